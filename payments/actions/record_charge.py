"""What the gateway says of a deposit is recorded, and settled money credited once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from payments import ledger
from payments.actions.free_deposit import hold_of
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason
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


def record_charge(
    *, deposit_id: int, told: Charge, at: datetime, ask_at: datetime | None = None
) -> Deposit:
    """Take one deposit as far as the gateway's word lets it go. Harmless to run twice at once:
    the money is credited once, by the ledger's unique key deposit:<id>. Until `ask_at`
    only an event asks again."""
    with transaction.atomic():
        locked = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        if not locked.is_asked_about:
            return locked
        locked.gateway_reference = told.reference or locked.gateway_reference
        locked.charge_reference = told.payment or locked.charge_reference
        if locked.status != DepositStatus.SETTLED:
            _apply(locked, told, at)
        if locked.status == DepositStatus.SETTLED and told.fee_cents is not None:
            _note_fee(locked, told.fee_cents, at)
        locked.pay_url = told.pay_url if locked.status == DepositStatus.PENDING else ""
        locked.ask_at = ask_at if locked.is_asked_about else None
        locked.save()
    return locked


def postpone_charge(*, deposit_id: int, until: datetime) -> None:
    """The gateway gave no answer: it is asked again then."""
    Deposit.objects.exclude(status=DepositStatus.FAILED).filter(pk=deposit_id).update(ask_at=until)


def _apply(deposit: Deposit, told: Charge, at: datetime) -> None:
    if told.failure:
        deposit.move_to(DepositStatus.FAILED)
        deposit.failure = told.failure[:300]
    elif told.is_settled:
        deposit.move_to(DepositStatus.SETTLED)
        deposit.settled_at = at
        deposit.held_until = hold_of(deposit, at=at)
        ledger.post([_credit(deposit)], at=at)
    elif deposit.status == DepositStatus.CREATED:
        deposit.move_to(DepositStatus.PENDING)


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
