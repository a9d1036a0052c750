"""What the gateway says of a dispute is recorded: the balance is frozen, and money that the payer's
bank took leaves it, as far as it is there. What is missing the requester owes the operator. Of what
is on hold only the disputed deposit itself pays: what the bank takes of one says nothing for the
others, which pay what is owed when their holds are over.

A bank debit's dispute is lost from the first. An inquiry, by which a bank only asks, takes and
freezes nothing; it may become a dispute."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.audit import trail
from marketplace.money import show
from payments import ledger
from payments.actions.free_deposit import free_deposit
from payments.actions.retire_method import retire_method
from payments.actions.set_top_up import stop_top_up
from payments.actions.settle_loss import settle_loss
from payments.actions.tell_requester import tell_requester
from payments.ledger import Move
from payments.locks import lock_accounts
from payments.models import AccountKind, Deposit, Dispute, Reason, SavedMethod, Transfer
from payments.models.dispute import INQUIRY, LOST

CLOSED = ("won", LOST, "warning_closed", "prevented")
STAGES = ("", "asked", "open", "closed")
"""What a dispute goes through, never backwards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """One movement of the gateway's for a dispute; `amount_cents` is negative for money taken."""

    reference: str
    amount_cents: int
    fee_cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeState:
    """A dispute as the gateway has it. `deposit` is the deposit's name there: deposit_<id>, and
    `method` the gateway's name for what paid it."""

    reference: str
    deposit: str
    method: str
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
        before, now = (STAGES.index(_stage(status)) for status in (dispute.status, said.status))
        if now >= before:  # else the answer was overtaken by a later one
            dispute.status, dispute.reason = said.status[:40], said.reason[:60]
            if said.status in CLOSED:
                dispute.closed_at = dispute.closed_at or at
            dispute.save()
        new = [booking for booking in said.bookings if not _is_booked(booking)]
        if any(booking.amount_cents < 0 for booking in new):
            free_deposit(deposit_id=deposit.pk, at=at, is_disputed=True)
        retired = None
        if dispute.status == LOST or _stage(dispute.status) == "open":
            retired = retire_method(reference=said.method, disputed=deposit, at=at)
        for booking in new:
            _book(dispute, deposit, booking, at)
        settle_loss(requester=deposit.requester, currency=deposit.currency, at=at)
        if retired is not None:
            why = "The bank took a payment back."
            stop_top_up(requester=deposit.requester, actor=trail.SYSTEM, why=why, at=at)
        if now > before:
            _tell(dispute, deposit, retired, at)
    return ""


def _deposit_of(name: str, gateway: str) -> Deposit | None:
    try:
        public_id = UUID(name.removeprefix("deposit_"))
    except ValueError:
        return None
    found = Deposit.objects.filter(public_id=public_id, gateway=gateway)
    return found.select_related("requester").first()


def _keys(booking: Booking) -> dict[str, str]:
    return {part: f"dispute:{booking.reference}:{part}" for part in ("balance", "loss", "fee")}


def _is_booked(booking: Booking) -> bool:
    return Transfer.objects.filter(key__in=_keys(booking).values()).exists()


def _book(dispute: Dispute, deposit: Deposit, booking: Booking, at: datetime) -> None:
    """Once per booking: its keys carry the gateway's name for it."""
    keys = _keys(booking)
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


def _stage(status: str) -> str:
    """How far it has come; "" before the gateway's first word."""
    if status in CLOSED:
        return "closed"
    if status.startswith(INQUIRY):
        return "asked"
    return "open" if status else ""


def _tell(dispute: Dispute, deposit: Deposit, retired: SavedMethod | None, at: datetime) -> None:
    stage, amount = _stage(dispute.status), show(dispute.amount_cents, deposit.currency)
    whose = f"The bank behind your deposit of {show(deposit.amount_cents, deposit.currency)}"
    if stage == "asked":
        subject = "the bank behind a payment asks about it"
        text = (
            f"{whose} asks about {amount} of it, and has taken nothing. Your balance can be used "
            "as before. If you did not ask your bank for this, tell it so, and write to the "
            "operator."
        )
    elif stage == "open":
        subject = "a payment is disputed, and your balance is frozen"
        text = (
            f"{whose} takes back {amount}. Until this is settled nothing can be posted or "
            "refunded; work that is open is still paid. If you did not ask your bank for this, "
            "tell it so, and write to the operator."
        )
    else:
        subject = "the dispute about a payment has ended"
        text = f"It was about {amount} and ended with: {dispute.status.replace('_', ' ')}."
        if dispute.status == LOST:
            text += (
                f" {whose} keeps it: it was taken from your balance. What the balance lacked is "
                "owed, and is paid first by what comes back to it or is deposited."
            )
    if retired is not None:
        text += (
            f"\n\n{retired} can't be charged any more, and automatic top-up is off. To go on, save "
            "it again on the money page, or another card or bank account."
        )
    tell_requester(
        requester=deposit.requester,
        subject=subject,
        text=text,
        key=f"dispute:{dispute.reference}:{stage}",
        at=at,
    )
