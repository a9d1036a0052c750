"""The one clock. Interfaces and jobs read it; rules are given the time as `at=`, and those
that work in steps a `Clock` to read at each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Clock = Callable[[], datetime]

_frozen: datetime | None = None


def now() -> datetime:
    """The time, in UTC."""
    return _frozen or datetime.now(UTC)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` in this process: for tests and for replaying history."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
