"""Promises of the outbox whose destinations may be slow or gone, kept in lanes.

Every message names its lane in its payload: the destination it goes to. Each lane is served in
turn, a few messages at a time, so that one destination with a thousand messages or with no
answer holds up nobody else; after a failure the whole lane rests. The kind is listed in
outbox.IN_LANES, and a job of its own serves it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import F, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from marketplace import outbox
from marketplace.models import OutboxMessage

LONGEST_WAIT = timedelta(hours=1)
_LOCK_SPACE = 0x4D48  # of advisory locks: "MH"


@contextmanager
def alone(kind: str) -> Iterator[bool]:
    """Whether nobody else serves this kind now: two at once would be right, but would take up
    two of the processes that other jobs wait for. Gone with the connection, so with a kill too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_SPACE, kind])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            _unlock(kind)


def take(kind: str, *, at: datetime, each: int, most: int) -> list[list[OutboxMessage]]:
    """Up to `each` due messages of every lane, `most` in all, first the first of each lane.

    They are due again when the lease is over: what a dead process held goes out once more.
    """
    place = Window(RowNumber(), partition_by=F("payload__lane"), order_by=[F("due_at"), F("pk")])
    first = _pending(kind).filter(due_at__lte=at).annotate(place=place)
    chosen = first.filter(place__lte=each).order_by("place", "due_at", "pk")[:most]
    due = _pending(kind).filter(pk__in=[message.pk for message in chosen], due_at__lte=at)
    lanes: dict[str, list[OutboxMessage]] = {}
    for message in outbox.take(due.order_by("due_at", "pk"), at=at):
        lanes.setdefault(message.payload["lane"], []).append(message)
    return list(lanes.values())


def rest(message: OutboxMessage, *, until: datetime) -> None:
    """Its destination is in trouble: everything of its lane waits."""
    _lane(message.kind, message.payload["lane"]).filter(due_at__lt=until).update(due_at=until)


def put_back(messages: Sequence[OutboxMessage], *, until: datetime) -> None:
    """They were taken and not tried."""
    for message in messages:
        outbox.mine(message).update(due_at=until, attempts=message.attempts - 1)


def wake(kind: str, lane: str, *, at: datetime) -> None:
    """Somebody has seen to the destination: what waits for it need not wait longer."""
    _lane(kind, lane).filter(due_at__gt=at).update(due_at=at)


def next_turn(kind: str, lane: str, *, failures: int, at: datetime) -> datetime:
    """When something new may be tried in a lane whose last attempts failed: with what rests
    there, so that trouble isn't asked after more often the more there is to tell."""
    if not failures:
        return at
    waiting: datetime = _lane(kind, lane).aggregate(first=Min("due_at"))["first"] or at
    return max(at, min(waiting, at + outbox.longest_wait(failures, longest=LONGEST_WAIT)))


def wait(failures: int) -> timedelta:
    """How long a lane rests after so many failures in a row."""
    return outbox.wait(failures, longest=LONGEST_WAIT)


def _pending(kind: str) -> QuerySet[OutboxMessage]:
    return outbox.pending().filter(kind=kind)


def _lane(kind: str, lane: str) -> QuerySet[OutboxMessage]:
    return _pending(kind).filter(payload__lane=lane)


def _unlock(kind: str) -> None:
    arguments: list[Any] = [_LOCK_SPACE, kind]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", arguments)
    except DatabaseError:  # the connection is gone, and the lock with it
        connection.close()
