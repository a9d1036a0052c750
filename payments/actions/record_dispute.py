"""What the gateway says of a dispute is recorded: the balance is frozen, and money that the payer's
bank took leaves it, as far as it is there. What is missing the requester owes the operator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.money import show
from payments import ledger
from payments.actions.free_deposit import free_all
from payments.actions.settle_loss import settle_loss
from payments.actions.tell_requester import tell_requester
from payments.ledger import Move
from payments.locks import lock_accounts
from payments.models import AccountKind, Deposit, Dispute, Reason, Transfer

CLOSED = ("won", "lost", "warning_closed", "prevented")


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """One movement of the gateway's for a dispute; `amount_cents` is negative for money taken."""

    reference: str
    amount_cents: int
    fee_cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeState:
    """A dispute as the gateway has it. `deposit` is the deposit's name there: deposit_<id>."""

    reference: str
    deposit: str
    amount_cents: int
    reason: str
    status: str
    bookings: tuple[Booking, ...]


def record_dispute(*, gateway: str, said: DisputeState, at: datetime) -> str:
    """Take the dispute as far as the gateway's word lets it go; harmless to run twice at once.

    Returns a sentence where the dispute is about no deposit of ours, else "".
    """
    deposit = _deposit_of(said.deposit, gateway)
    if deposit is None:
        return f"dispute {said.reference} is about a payment that is no deposit here"
    with transaction.atomic():
        Dispute.objects.get_or_create(
            gateway=gateway,
            reference=said.reference,
            defaults={
                "deposit": deposit,
                "amount_cents": said.amount_cents,
                "opened_at": at,
            },
        )
        dispute = Dispute.objects.select_for_update(no_key=True).get(
            gateway=gateway, reference=said.reference
        )
        is_new, was_open = not dispute.status, dispute.closed_at is None
        dispute.status, dispute.reason = said.status[:40], said.reason[:60]
        if was_open and said.status in CLOSED:
            dispute.closed_at = at
        dispute.save()
        # What is on hold can be taken as well.
        free_all(requester=deposit.requester, currency=deposit.currency, at=at)
        for booking in said.bookings:
            _book(dispute, deposit, booking, at)
        settle_loss(requester=deposit.requester, currency=deposit.currency, at=at)
        if is_new or (was_open and dispute.closed_at):
            _tell(dispute, deposit, at)
    return ""


def _deposit_of(name: str, gateway: str) -> Deposit | None:
    try:
        public_id = UUID(name.removeprefix("deposit_"))
    except ValueError:
        return None
    found = Deposit.objects.filter(public_id=public_id, gateway=gateway)
    return found.select_related("requester").first()


def _book(dispute: Dispute, deposit: Deposit, booking: Booking, at: datetime) -> None:
    """Once per booking: its keys carry the gateway's name for it."""
    keys = {part: f"dispute:{booking.reference}:{part}" for part in ("balance", "loss", "fee")}
    if Transfer.objects.filter(key__in=keys.values()).exists():
        return
    holder, currency = deposit.requester.public_id, deposit.currency
    balance = ledger.account(AccountKind.REQUESTER, holder, currency)
    loss = ledger.account(AccountKind.DISPUTE_LOSS, holder, currency)
    fees = ledger.account(AccountKind.STRIPE_FEES, "", currency)
    clearing = ledger.account(AccountKind.CLEARING, "", currency)
    cents = booking.amount_cents
    balances, _frozen = lock_accounts([balance])
    owed = -ledger.summed_balance(loss)
    # The balance pays first; what comes back goes first to what is owed.
    of_loss = cents - max(cents, -balances[balance]) if cents < 0 else min(cents, owed)
    changes = [
        (keys["balance"], balance, cents - of_loss),
        (keys["loss"], loss, of_loss),
        (keys["fee"], fees, -booking.fee_cents),
    ]
    ledger.post(
        [
            Move(
                key=key,
                debit=own if is_taken else clearing,
                credit=clearing if is_taken else own,
                amount_cents=abs(change),
                currency=currency,
                reason=_reason(own == fees, is_taken),
                reference=dispute.reference,
            )
            for key, own, change in changes
            for is_taken in [change < 0]
        ],
        at=at,
    )


def _reason(is_fee: bool, is_taken: bool) -> Reason:
    if is_fee:
        return Reason.GATEWAY_FEE
    return Reason.DISPUTE if is_taken else Reason.DISPUTE_RETURNED


def _tell(dispute: Dispute, deposit: Deposit, at: datetime) -> None:
    amount = show(dispute.amount_cents, deposit.currency)
    if dispute.closed_at is None:
        subject = "a payment is disputed, and your balance is frozen"
        text = (
            f"The bank behind your deposit of {show(deposit.amount_cents, deposit.currency)} takes "
            f"back {amount}. Until this is settled nothing can be posted or refunded; work that is "
            "open is still paid. If you did not ask your bank for this, tell it so, and write to "
            "the operator."
        )
    else:
        subject = "the dispute about a payment has ended"
        text = f"It was about {amount} and ended with: {dispute.status.replace('_', ' ')}."
    tell_requester(
        requester=deposit.requester,
        subject=subject,
        text=text,
        key=f"dispute:{dispute.reference}:{'open' if dispute.closed_at is None else 'closed'}",
        at=at,
    )
