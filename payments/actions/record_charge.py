"""What the gateway says of a deposit is recorded, and settled money credited once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from marketplace.money import show
from payments import ledger
from payments.actions.free_deposit import hold_of
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.make_top_up import note_top_up_failed, note_top_up_settled, tell_to_confirm
from payments.actions.save_method import payer_of
from payments.actions.tell_requester import tell_requester
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason
from payments.queries import billed_to
from payments.states import DepositStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """How a deposit stands at the gateway."""

    reference: str = ""
    is_settled: bool = False
    failure: str = ""
    pay_url: str = ""
    amount_cents: int | None = None
    """What was paid, where the gateway tells."""
    payment: str = ""
    """The gateway's name for the payment itself: what a refund or a dispute is about."""
    fee_cents: int | None = 0
    """What the gateway keeps of it; None while it doesn't say."""
    paid_with: str = ""
    """The method in words, for the receipt."""
    method: MethodFacts | None = None
    """What was saved as it paid."""
    needs_payer: bool = False
    """The saved method's bank wants its owner's word: nothing was charged."""


def record_charge(
    *,
    deposit_id: int,
    told: Charge,
    at: datetime,
    ask_at: datetime | None = None,
    attempt: int | None = None,
) -> Deposit:
    """Take one deposit as far as the gateway's word lets it go. Harmless to run twice at once:
    the money is credited once, by the ledger's unique key deposit:<id>. Until `ask_at`
    only an event asks again.

    A refusal is the answer to one `attempt`: it ends nothing once a later one has begun. Of one
    that failed nothing is heard but that it has settled all the same: money that is there
    counts."""
    with transaction.atomic():
        locked = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        is_paid_late = locked.may_be_paid_late and told.is_settled
        is_refusal = told.needs_payer or bool(told.failure)
        is_stale = is_refusal and attempt not in (None, locked.attempts)
        if is_stale or not (locked.is_asked_about or is_paid_late):
            return locked
        locked.gateway_reference = told.reference or locked.gateway_reference
        locked.charge_reference = told.payment or locked.charge_reference
        locked.paid_with = (told.paid_with or locked.paid_with)[:120]
        if told.method is not None and locked.saves_method:
            payer = payer_of(locked.requester, gateway=locked.gateway, at=at)
            keep_method(payer=payer, told=told.method, at=at, wanted_at=locked.created_at)
        if locked.status != DepositStatus.SETTLED:
            _apply(locked, told, at)
        if locked.status == DepositStatus.SETTLED and told.fee_cents is not None:
            _note_fee(locked, told.fee_cents, at)
        locked.pay_url = told.pay_url if locked.status == DepositStatus.PENDING else ""
        locked.ask_at = ask_at if locked.is_asked_about else None
        locked.save()
        if is_paid_late:
            _tell_paid_late(locked, at)
    return locked


def take_charge(*, deposit_id: int, at: datetime, until: datetime) -> Deposit | None:
    """Lease a deposit whose saved method is to be charged, until then. None where somebody else
    has it, or it isn't due."""
    with transaction.atomic():
        rows = Deposit.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        deposit = rows.select_related("method__payer", "requester").filter(pk=deposit_id).first()
        if deposit is None or not deposit.is_to_be_charged or (deposit.ask_at or at) > at:
            return None
        deposit.first_attempt_at = deposit.first_attempt_at or at
        deposit.attempts += 1
        deposit.ask_at = until
        deposit.save()
    return deposit


def postpone_charge(*, deposit_id: int, until: datetime) -> None:
    """The gateway gave no answer: it is asked again then."""
    Deposit.objects.exclude(status=DepositStatus.FAILED).filter(pk=deposit_id).update(ask_at=until)


def _apply(deposit: Deposit, told: Charge, at: datetime) -> None:
    if told.failure:
        deposit.move_to(DepositStatus.FAILED)
        deposit.failure = told.failure[:300]
        deposit.failed_at = at
        if deposit.is_top_up:
            note_top_up_failed(deposit=deposit, at=at)
    elif told.needs_payer:
        deposit.needs_payer = True
        if deposit.is_top_up:
            tell_to_confirm(deposit=deposit, at=at)
    elif told.is_settled:
        deposit.move_to(DepositStatus.SETTLED)
        deposit.failure, deposit.failed_at = "", None
        deposit.settled_at = at
        deposit.held_until = hold_of(deposit, at=at)
        deposit.paid_by = billed_to(deposit.requester)
        ledger.post([_credit(deposit)], at=at)
        if deposit.is_top_up:
            note_top_up_settled(deposit=deposit)
    elif deposit.status == DepositStatus.CREATED:
        deposit.move_to(DepositStatus.PENDING)


def _tell_paid_late(deposit: Deposit, at: datetime) -> None:
    tell_requester(
        requester=deposit.requester,
        subject="a deposit that had failed was paid after all",
        text=(
            f"The payment service has your {show(deposit.amount_cents, deposit.currency)}: they "
            "were added. If you paid again meanwhile, an owner can take the money back on the "
            "money page."
        ),
        key=f"deposit-paid-late:{deposit.public_id}",
        at=at,
    )


def _credit(deposit: Deposit) -> Move:
    holder = deposit.requester.public_id
    kind = AccountKind.ON_HOLD if deposit.is_on_hold else AccountKind.REQUESTER
    return Move(
        key=f"deposit:{deposit.public_id}",
        debit=ledger.account(AccountKind.CLEARING, "", deposit.currency),
        credit=ledger.account(kind, holder, deposit.currency),
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        reason=Reason.DEPOSIT,
        reference=str(deposit.public_id),
    )


def _note_fee(deposit: Deposit, cents: int, at: datetime) -> None:
    """Of the money that came in, the gateway kept this: the clearing account holds the rest."""
    deposit.fee_cents = cents
    fee = Move(
        key=f"gateway-fee:{deposit.public_id}",
        debit=ledger.account(AccountKind.STRIPE_FEES, "", deposit.currency),
        credit=ledger.account(AccountKind.CLEARING, "", deposit.currency),
        amount_cents=cents,
        currency=deposit.currency,
        reason=Reason.GATEWAY_FEE,
        reference=str(deposit.public_id),
    )
    ledger.post([fee], at=at)
