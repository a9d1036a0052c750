"""One refund's way through the gateway: given back exactly once, whatever dies when."""

from datetime import datetime

from payments.actions.advance_refund import finish_refund, leave_refund_open, take_refund
from payments.gateway import (
    GatewayError,
    GatewayLater,
    GatewayUnclear,
    RefundOrder,
    gateway_named,
)
from payments.gateway.payouts import LOOK_UP_AFTER, require_lease
from payments.models import Refund


def send_refund(*, refund_id: int, at: datetime) -> Refund | None:
    """Take one refund as far as it goes now. None where somebody else holds it or it isn't due."""
    refund = take_refund(refund_id=refund_id, at=at)
    if refund is None:
        return None
    try:
        reference = _sent_reference(refund, at)
    except GatewayUnclear as error:
        is_used_up = isinstance(error, GatewayLater)
        return leave_refund_open(refund=refund, why=str(error), at=at, is_key_used_up=is_used_up)
    except GatewayError as error:
        return finish_refund(refund=refund, at=at, failure=str(error) or "The gateway refused it.")
    return finish_refund(refund=refund, at=at, reference=reference)


def _sent_reference(refund: Refund, at: datetime) -> str:
    gateway, order = gateway_named(refund.deposit.gateway), order_of(refund)
    assert refund.first_attempt_at is not None
    if at - refund.first_attempt_at >= LOOK_UP_AFTER:
        found = gateway.find_refund(order)
        if found is not None:
            return found
    require_lease(refund.lease_until)
    try:
        return gateway.send_refund(order)
    except GatewayError:
        # Refused now, but an earlier attempt whose answer was lost may have gone through.
        if refund.attempts > 1 and (found := gateway.find_refund(order)):
            return found
        raise


def order_of(refund: Refund) -> RefundOrder:
    """The parameters, from the rows alone."""
    return RefundOrder(
        idempotency_key=refund.idempotency_key,
        name=refund.name,
        payment=refund.deposit.charge_reference,
        amount_cents=refund.amount_cents,
        currency=refund.deposit.currency,
    )
