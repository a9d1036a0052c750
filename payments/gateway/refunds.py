"""One refund's way through the gateway: given back exactly once, whatever dies when."""

from datetime import datetime

from marketplace import clock
from payments.actions.advance_refund import finish_refund, take_refund
from payments.actions.leave_open import leave_open
from payments.gateway import (
    GatewayError,
    GatewayLater,
    GatewayUnclear,
    RefundOrder,
    gateway_named,
)
from payments.gateway.once import once
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
        return leave_open(row=refund, why=str(error), at=at, is_key_used_up=is_used_up)
    except GatewayError as error:
        return finish_refund(
            refund=refund, at=clock.now(), failure=str(error) or "The gateway refused it."
        )
    return finish_refund(refund=refund, at=clock.now(), reference=reference)


def _sent_reference(refund: Refund, at: datetime) -> str:
    gateway, order = gateway_named(refund.deposit.gateway), order_of(refund)
    return once(
        lambda: gateway.send_refund(order),
        look_up=lambda: gateway.find_refund(order),
        since=refund.first_attempt_at,
        attempts=refund.attempts,
        at=at,
        lease_until=refund.lease_until,
    )


def order_of(refund: Refund) -> RefundOrder:
    """The parameters, from the rows alone."""
    return RefundOrder(
        idempotency_key=refund.idempotency_key,
        name=refund.name,
        payment=refund.deposit.charge_reference,
        amount_cents=refund.amount_cents,
        currency=refund.deposit.currency,
    )
