"""The steps of a refund: held -> sending (under a lease) -> sent | failed | unknown, or held again;
and sent -> failed, where the payer's bank sends it back.

Each is one short transaction. Between taking and finishing, payments.gateway.refunds asks the
gateway, outside of any.
"""

from datetime import datetime

from django.db import transaction

from payments import ledger
from payments.actions.advance_payout import LEASE
from payments.actions.tell_requester import tell_requester
from payments.ledger import Move
from payments.models import AccountKind, Reason, Refund
from payments.queries import sendable_refunds
from payments.states import OutStatus


def take_refund(*, refund_id: int, at: datetime) -> Refund | None:
    """Lease the refund: held, or unknown, or sending with a lease that ran out (a dead process)."""
    with transaction.atomic():
        refund = (
            sendable_refunds(at=at)
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("deposit__requester")
            .filter(pk=refund_id)
            .first()
        )
        if refund is None or (refund.lease_until is not None and refund.lease_until > at):
            return None
        if refund.status == OutStatus.SENDING:
            refund.move_to(OutStatus.UNKNOWN)
        refund.move_to(OutStatus.SENDING)
        refund.lease_until = at + LEASE
        refund.first_attempt_at = refund.first_attempt_at or at
        refund.attempts += 1
        refund.save()
    return refund


def finish_refund(
    *, refund: Refund, at: datetime, reference: str = "", failure: str = ""
) -> Refund:
    """Record what the gateway said, and move the money on, or back to the balance.

    A failure after it was sent counts too. What has failed stays failed: a word that it was sent
    all the same is one for reconciliation. A refusal, which names no refund, is the answer to one
    attempt: it ends nothing once a later one has begun.
    """
    with transaction.atomic():
        locked = _locked(refund)
        was_sent = locked.status == OutStatus.SENT
        is_stale = not reference and refund.attempts != locked.attempts
        if is_stale or locked.status == OutStatus.FAILED or (was_sent and not failure):
            return locked
        if locked.status in (OutStatus.HELD, OutStatus.UNKNOWN):
            locked.move_to(OutStatus.SENDING)
        locked.move_to(OutStatus.FAILED if failure else OutStatus.SENT)
        locked.gateway_reference = reference or locked.gateway_reference
        locked.failure = failure[:300]
        locked.finished_at = at
        locked.lease_until = None
        locked.save()
        ledger.post([_returned(locked) if was_sent else _outcome(locked)], at=at)
        if failure:
            _tell(locked, at)
    return locked


def _locked(refund: Refund) -> Refund:
    rows = Refund.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("deposit__requester").get(pk=refund.pk)


def _outcome(refund: Refund) -> Move:
    """Exactly one of the two can be written, since both use one key."""
    sent = refund.status == OutStatus.SENT
    return _move(
        refund,
        key=f"refund-outcome:{refund.public_id}",
        debit=AccountKind.IN_REFUND,
        credit=AccountKind.CLEARING if sent else AccountKind.REQUESTER,
        reason=Reason.REFUND_SENT if sent else Reason.REFUND_RETURNED,
    )


def _returned(refund: Refund) -> Move:
    return _move(
        refund,
        key=f"refund-returned:{refund.public_id}",
        debit=AccountKind.CLEARING,
        credit=AccountKind.REQUESTER,
        reason=Reason.REFUND_RETURNED,
    )


def _move(
    refund: Refund, *, key: str, debit: AccountKind, credit: AccountKind, reason: Reason
) -> Move:
    holder, currency = refund.deposit.requester.public_id, refund.deposit.currency
    whose = {kind: "" if kind == AccountKind.CLEARING else holder for kind in (debit, credit)}
    return Move(
        key=key,
        debit=ledger.account(debit, whose[debit], currency),
        credit=ledger.account(credit, whose[credit], currency),
        amount_cents=refund.amount_cents,
        currency=currency,
        reason=reason,
        reference=str(refund.public_id),
        note=refund.failure[:200],
    )


def _tell(refund: Refund, at: datetime) -> None:
    tell_requester(
        requester=refund.deposit.requester,
        subject="a refund did not go through",
        text=f"It is on your balance again. The payment service says: {refund.failure}",
        key=f"refund-failed:{refund.public_id}",
        at=at,
    )
