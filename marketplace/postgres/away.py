"""Telling a row that can't be done from a database that isn't there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import connection

log = structlog.get_logger()


def is_away() -> bool:
    """Whether the database doesn't answer. Asked where a job passes over a row that failed: the
    next rows would fail as well, as fast as they can be tried. Its next turn finds them all."""
    return not connection.is_usable()


@contextmanager
def passed_over(event: str, **which: Any) -> Iterator[None]:
    """One row of a job, `which` names it. Where it fails, `event` is logged and the next ones go
    on: it is tried again at the next turn, or when its lease runs out."""
    try:
        yield
    except Exception:
        if is_away():
            raise
        log.exception(event, **which)
