"""The steps of a payout: held -> sending (under a lease) -> sent | failed | unknown, or held again.

Each is one short transaction. Between taking and finishing, payments.gateway.payouts asks the
gateway, outside of any.
"""

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.money import SANDBOX_CURRENCY, show
from payments import ledger
from payments.actions.tell_payee import tell_payee
from payments.ledger import Move
from payments.models import AccountKind, Payout, Reason
from payments.queries import obstacle_to_payout, payee_of, sendable_payouts
from payments.states import OPEN_PAYOUTS, OutStatus

LEASE = timedelta(minutes=2)


def take_payout(*, payout_id: int, at: datetime) -> Payout | None:
    """Lease the payout: held, or unknown, or sending with a lease that ran out (a dead process).

    None where that isn't to be; also where its payee can't be paid any more, which ends it.
    """
    with transaction.atomic():
        payout = (
            sendable_payouts(at=at)
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(pk=payout_id)
            .first()
        )
        if payout is None or (payout.lease_until is not None and payout.lease_until > at):
            return None
        if payout.status == OutStatus.HELD and not _may_leave(payout, at):
            return None
        if payout.status == OutStatus.SENDING:
            payout.move_to(OutStatus.UNKNOWN)
        payout.move_to(OutStatus.SENDING)
        payout.lease_until = at + LEASE
        payout.first_attempt_at = payout.first_attempt_at or at
        payout.attempts += 1
        payout.save()
    return payout


def _may_leave(payout: Payout, at: datetime) -> bool:
    """What was never sent goes only where it may go now: its payee may be another by the day."""
    if payout.gateway == "play":
        return True
    payee = payee_of(payout.worker, payout.gateway)
    if payee is None or obstacle_to_payout(payee):
        finish_payout(payout=payout, failure=obstacle_to_payout(payee), at=at)
        return False
    free_from = payee.held_until()
    if free_from is not None and free_from > at:
        payout.due_at = free_from  # it was being sent, to no end, while the bank account changed
        payout.save()
        return False
    return True


def finish_payout(
    *, payout: Payout, at: datetime, reference: str = "", failure: str = ""
) -> Payout:
    """Record what the gateway said, and move the held money on, or back to the worker. A refusal
    is the answer to one attempt: it ends nothing while a later one is under way."""
    with transaction.atomic():
        locked = Payout.objects.select_for_update(no_key=True).get(pk=payout.pk)
        is_stale = bool(failure) and payout.attempts != locked.attempts
        if locked.status not in OPEN_PAYOUTS or is_stale:
            return locked
        if locked.status in (OutStatus.HELD, OutStatus.UNKNOWN):
            locked.move_to(OutStatus.SENDING)
        locked.move_to(OutStatus.FAILED if failure else OutStatus.SENT)
        locked.gateway_reference = reference
        locked.failure = failure[:300]
        locked.finished_at = at
        locked.lease_until = None
        locked.save()
        ledger.post([_outcome(locked)], at=at)
        if failure and locked.currency != SANDBOX_CURRENCY:
            _tell(locked, at)
    return locked


def _outcome(payout: Payout) -> Move:
    """Exactly one of the two can be written, since both use one key."""
    sent = payout.status == OutStatus.SENT
    return Move(
        key=f"payout-outcome:{payout.public_id}",
        debit=ledger.account(AccountKind.IN_PAYOUT, payout.worker, payout.currency),
        credit=(
            ledger.account(AccountKind.CLEARING, "", payout.currency)
            if sent
            else ledger.account(AccountKind.WORKER, payout.worker, payout.currency)
        ),
        amount_cents=payout.amount_cents,
        currency=payout.currency,
        reason=Reason.PAYOUT_SENT if sent else Reason.PAYOUT_RETURNED,
        reference=str(payout.public_id),
        note=payout.failure[:200],
    )


def _tell(payout: Payout, at: datetime) -> None:
    tell_payee(
        payee=payee_of(payout.worker, payout.gateway),
        worker=payout.worker,
        subject="a payout did not go through",
        text=(
            f"{show(payout.amount_cents, payout.currency)} could not be sent, and the money is "
            f"yours again. The reason: {payout.failure}\n\nPut that right where payouts are set "
            "up, and ask for the payout again. Where you have chosen a schedule, it is asked for "
            "by itself."
        ),
        key=f"payout-failed:{payout.public_id}",
        at=at,
    )
