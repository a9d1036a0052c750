"""What is asked of the gateway happens exactly once, whatever dies when: a transfer, a refund, a
charge, a customer. docs/handbook/money.md has the crash points.

The row that asks is leased and its parameters are frozen. Its own key keeps a second call from
doing anything, but a gateway may forget a key after 24 hours: from then on it is looked up first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from marketplace import clock
from payments.gateway.base import GatewayError, GatewayUnclear

LONGEST_CALL = timedelta(seconds=35)
"""A call that has no answer by then gets none."""
T = TypeVar("T")

LOOK_UP_AFTER = timedelta(hours=23)
"""A gateway may forget an idempotency key after 24 hours: from here on, look before asking."""


def once(
    ask: Callable[[], T],
    *,
    look_up: Callable[[], T | None],
    since: datetime | None,
    attempts: int,
    at: datetime,
    lease_until: datetime | None,
) -> T:
    """What came of asking: now, or at an earlier attempt whose answer was lost.

    `since` is when the first of the `attempts` began, this one at `at`. Raises GatewayError where
    the gateway refused and had done nothing before; GatewayUnclear where nobody can tell yet.
    """
    assert since is not None
    if at - since >= LOOK_UP_AFTER and (found := look_up()) is not None:
        return found
    require_lease(lease_until)
    try:
        return ask()
    except GatewayError:
        # Refused now, but an earlier attempt whose answer was lost may have gone through.
        if attempts > 1 and (found := look_up()) is not None:
            return found
        raise


def require_lease(until: datetime | None) -> None:
    """What was decided when the lease was taken holds as long as it does, and the call has to come
    to its end within. A process that was held up for a day, with its machine perhaps, would ask
    under a key that the gateway has forgotten. Raises GatewayUnclear."""
    if until is None or clock.now() > until - LONGEST_CALL:
        raise GatewayUnclear("This attempt was held up for longer than its lease.")
