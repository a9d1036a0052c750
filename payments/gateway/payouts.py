"""One payout's way through the gateway: exactly one transfer, whatever dies when.

The gateway is called between two short transactions, never inside one; docs/handbook/money.md
has the crash points.
"""

from datetime import datetime, timedelta

from marketplace import clock
from payments.actions.advance_payout import finish_payout, leave_payout_open, take_payout
from payments.gateway import (
    GatewayError,
    GatewayLater,
    GatewayUnclear,
    PayoutOrder,
    gateway_named,
)
from payments.models import Payout

LOOK_UP_AFTER = timedelta(hours=23)
"""A gateway may forget an idempotency key after 24 hours: from here on, look before sending."""


def send_payout(*, payout_id: int, at: datetime) -> Payout | None:
    """Take one payout as far as it goes now. None where somebody else holds it or it isn't due."""
    payout = take_payout(payout_id=payout_id, at=at)
    if payout is None:
        return None
    try:
        reference = _sent_reference(payout, at)
    except GatewayUnclear as error:
        is_used_up = isinstance(error, GatewayLater)
        return leave_payout_open(payout=payout, why=str(error), at=at, is_key_used_up=is_used_up)
    except GatewayError as error:
        return finish_payout(payout=payout, at=at, failure=str(error) or "The gateway refused it.")
    return finish_payout(payout=payout, at=at, reference=reference)


def _sent_reference(payout: Payout, at: datetime) -> str:
    gateway = gateway_named(payout.gateway)
    assert payout.first_attempt_at is not None
    if at - payout.first_attempt_at >= LOOK_UP_AFTER:
        found = _found(payout)
        if found is not None:
            return found
    require_lease(payout.lease_until)
    try:
        return gateway.send_payout(_order(payout))
    except GatewayError:
        # Refused now, but an earlier attempt whose answer was lost may have gone through.
        if payout.attempts > 1 and (found := _found(payout)):
            return found
        raise


def require_lease(until: datetime | None) -> None:
    """What was decided when the lease was taken holds as long as it does. A process that was held
    up for a day, with its machine perhaps, would send under a key that the gateway has forgotten.
    Raises GatewayUnclear."""
    if until is None or clock.now() >= until:
        raise GatewayUnclear("This attempt was held up for longer than its lease.")


def _order(payout: Payout) -> PayoutOrder:
    return PayoutOrder(
        idempotency_key=payout.idempotency_key,
        transfer_group=payout.transfer_group,
        destination=payout.destination,
        amount_cents=payout.amount_cents,
        currency=payout.currency,
    )


def _found(payout: Payout) -> str | None:
    return gateway_named(payout.gateway).find_payout(payout.transfer_group)
