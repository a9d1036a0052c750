"""Threads with a connection each, started together, against a database that really commits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from payments import audit
from tasks import money_audit
from tasks.models import Assignment

ROUNDS = 5


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Call all at the same moment, each on a connection of its own; results or exceptions."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


class Meeting:
    """A place in the code where threads wait for each other, so that a race happens at will.

    It gives up after `seconds`: with the lock in place the second thread never gets there, and
    the first goes on alone.
    """

    def __init__(self, parties: int = 2, seconds: float = 0.3) -> None:
        self._barrier = threading.Barrier(parties)
        self._seconds = seconds

    def wait(self) -> None:
        """Wait for the others, or not at all once one has given up."""
        try:
            self._barrier.wait(self._seconds)
        except threading.BrokenBarrierError:
            return

    def after(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, then a wait: both threads have read before either writes."""

        def with_wait(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            self.wait()
            return result

        return with_wait

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A wait, then `function`."""

        def with_wait(*args: Any, **kwargs: Any) -> Any:
            self.wait()
            return function(*args, **kwargs)

        return with_wait


def unlocked(chosen: Any, *, skip_locked: bool = False) -> list[Assignment]:
    """lock_assignments as it would be if somebody left the lock out."""
    return list(chosen.order_by("pk"))


def errors(results: list[Any]) -> list[Exception]:
    """The exceptions among the results."""
    return [result for result in results if isinstance(result, Exception)]


def differences() -> list[str]:
    """Everything that audit_ledger would say."""
    return [*audit.differences(), *money_audit.differences()]
