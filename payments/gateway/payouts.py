"""One payout's way through the gateway: exactly one transfer, whatever dies when.

The gateway is called between two short transactions, never inside one; docs/handbook/money.md
has the crash points.
"""

from datetime import datetime, timedelta

from payments.actions.advance_payout import finish_payout, leave_payout_open, take_payout
from payments.gateway import GatewayError, GatewayUnclear, PayoutOrder, gateway_named
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
    except GatewayError as error:
        why = str(error) or "The gateway refused it."
        # Refused now, but an earlier attempt whose answer was lost may have gone through.
        if payout.attempts > 1 and (found := _found(payout)):
            return finish_payout(payout=payout, at=at, reference=found)
        return finish_payout(payout=payout, at=at, failure=why)
    except GatewayUnclear as error:
        return leave_payout_open(payout=payout, why=str(error), at=at)
    return finish_payout(payout=payout, at=at, reference=reference)


def _sent_reference(payout: Payout, at: datetime) -> str:
    gateway = gateway_named(payout.gateway)
    assert payout.first_attempt_at is not None
    if at - payout.first_attempt_at >= LOOK_UP_AFTER:
        found = _found(payout)
        if found is not None:
            return found
    return gateway.send_payout(
        PayoutOrder(
            idempotency_key=f"payout_{payout.public_id}",
            transfer_group=payout.transfer_group,
            destination=payout.destination,
            amount_cents=payout.amount_cents,
            currency=payout.currency,
        )
    )


def _found(payout: Payout) -> str | None:
    return gateway_named(payout.gateway).find_payout(payout.transfer_group)
