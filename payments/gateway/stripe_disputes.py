"""Refunds and disputes as Stripe has them now: what their events are looked up with."""

from typing import Any
from uuid import UUID

from payments.actions.record_dispute import Booking, DisputeState
from payments.gateway.base import GatewayError, GatewayUnclear
from payments.gateway.stripe_client import asked, client

UNDONE = ("failed", "canceled")
WAITS = {
    "insufficient_funds": "The marketplace's balance at Stripe is too low now.",
    "charge_pending": "The payment itself has not settled at Stripe yet.",
}
"""Why Stripe hasn't begun with a refund that it took on: it may still come to nothing."""


def find_dispute(reference: str) -> DisputeState:
    """Raises GatewayError, GatewayUnclear."""
    given: Any = {"expand": ["payment_intent"]}
    found: Any = asked(lambda: client().v1.disputes.retrieve(reference, given))
    intent = found.payment_intent
    return DisputeState(
        reference=found.id,
        deposit=(intent.metadata.to_dict().get("deposit") if intent else "") or "",
        amount_cents=found.amount,
        reason=found.reason,
        status=found.status,
        method=(intent.payment_method if intent else "") or "",
        bookings=tuple(
            Booking(reference=each.id, amount_cents=each.amount, fee_cents=each.fee)
            for each in found.balance_transactions
        ),
    )


def refund_reference(refund: Any) -> str:
    """The refund's name at Stripe. Raises GatewayError with its reason where it came to nothing,
    GatewayUnclear while Stripe waits with it.

    A bank's refund is pending for days: its money has left the balance all the same.
    """
    if is_waiting(refund):
        raise GatewayUnclear(WAITS[refund.pending_reason])
    if refund.status in UNDONE:
        words = (refund.failure_reason or refund.status).replace("_", " ")
        raise GatewayError(f"The payer's bank did not take it: {words}.")
    return str(refund.id)


def is_waiting(refund: Any) -> bool:
    """Stripe took it on, and its money is still in the balance."""
    return refund.status == "pending" and refund.pending_reason in WAITS


def find_refund_by_id(reference: str) -> tuple[UUID | None, str, str]:
    """Which of our refunds it is, its name, and why it failed, or "". Raises GatewayError,
    GatewayUnclear; that also while Stripe waits with it."""
    found: Any = asked(lambda: client().v1.refunds.retrieve(reference))
    name = (found.metadata.to_dict() if found.metadata else {}).get("refund", "")
    try:
        public_id = UUID(name.removeprefix("refund_"))
    except ValueError:
        return None, found.id, ""
    try:
        return public_id, refund_reference(found), ""
    except GatewayError as error:
        return public_id, found.id, str(error)
