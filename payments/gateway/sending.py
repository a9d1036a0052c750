"""Many payouts at once, no faster than the gateway takes them.

Stripe answers a transfer in tenths of a second and allows 100 calls a second (25 with test keys),
https://docs.stripe.com/rate-limits: lanes side by side make up for the first, a pace holds the
second. Whatever order they go out in, each is sent exactly once (payments.gateway.payouts).
"""

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from marketplace import clock
from marketplace.postgres.away import passed_over
from payments.gateway.payouts import send_payout
from payments.states import OPEN_PAYOUTS


class Pace:
    """At most so many starts a second, whichever lane asks."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        time.sleep(turn - now)


def send_payouts(ids: Iterable[int], *, lanes: int, per_second: int) -> int:
    """Take each payout as far as it goes now; how many reached an end."""
    pace, queue = Pace(per_second), _Shared(ids)
    if lanes == 1:
        return _lane(queue, pace)
    with ThreadPoolExecutor(lanes, thread_name_prefix="payouts") as pool:
        return sum(pool.map(lambda _number: _own_lane(queue, pace), range(lanes)))


class _Shared:
    """An iterator that several threads may ask."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = iter(ids)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            return next(self._ids)


def _own_lane(queue: _Shared, pace: Pace) -> int:
    try:
        return _lane(queue, pace)
    finally:
        connection.close()  # a thread's own


def _lane(queue: Iterable[int], pace: Pace) -> int:
    sent = 0
    for pk in queue:
        pace.wait()
        with passed_over("payments.payout_failed", payout=pk):
            payout = send_payout(payout_id=pk, at=clock.now(), turn=pace.wait)
            sent += payout is not None and payout.status not in OPEN_PAYOUTS
    return sent
