"""Promises of the outbox whose destinations may be slow or gone, kept in lanes.

Every message names its lane in its payload: the destination it goes to. Each lane is served in
turn, a few messages at a time, so that one destination with a thousand messages or with no
answer holds up nobody else; after a failure the whole lane rests. The kind is listed in
outbox.IN_LANES, and a job of its own serves it.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from marketplace.models import OutboxMessage

LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=15)
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
    with transaction.atomic():
        place = Window(
            RowNumber(), partition_by=F("payload__lane"), order_by=[F("due_at"), F("pk")]
        )
        first = _pending(kind).filter(due_at__lte=at).annotate(place=place)
        chosen = first.filter(place__lte=each).order_by("place", "due_at", "pk")[:most]
        taken = list(
            _pending(kind)
            .select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=[message.pk for message in chosen], due_at__lte=at)
            .order_by("due_at", "pk")
        )
        _pending(kind).filter(pk__in=[message.pk for message in taken]).update(
            due_at=at + LEASE, attempts=F("attempts") + 1
        )
    lanes: dict[str, list[OutboxMessage]] = {}
    for message in taken:
        message.attempts += 1
        lanes.setdefault(message.payload["lane"], []).append(message)
    return list(lanes.values())


def done(message: OutboxMessage, *, at: datetime) -> None:
    """It went out."""
    _mine(message).update(sent_at=at, last_error="")


def give_up(message: OutboxMessage, *, why: str, at: datetime) -> None:
    """It never will."""
    _mine(message).update(gave_up_at=at, last_error=why[:2000])


def postpone(message: OutboxMessage, *, why: str, until: datetime) -> None:
    """It failed, and is tried again."""
    _mine(message).update(due_at=until, last_error=why[:2000])


def rest(message: OutboxMessage, *, until: datetime) -> None:
    """Its destination is in trouble: everything of its lane waits."""
    _lane(message.kind, message.payload["lane"]).filter(due_at__lt=until).update(due_at=until)


def put_back(messages: Sequence[OutboxMessage], *, until: datetime) -> None:
    """They were taken and not tried."""
    for message in messages:
        _mine(message).update(due_at=until, attempts=message.attempts - 1)


def wake(kind: str, lane: str, *, at: datetime) -> None:
    """Somebody has seen to the destination: what waits for it need not wait longer."""
    _lane(kind, lane).filter(due_at__gt=at).update(due_at=at)


def next_turn(kind: str, lane: str, *, failures: int, at: datetime) -> datetime:
    """When something new may be tried in a lane whose last attempts failed: with what rests
    there, so that trouble isn't asked after more often the more there is to tell."""
    if not failures:
        return at
    waiting: datetime = _lane(kind, lane).aggregate(first=Min("due_at"))["first"] or at
    return max(at, min(waiting, at + _longest(failures)))


def wait(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 15 s, twice as long each time, an hour
    at most, and up to half of it less, so that what failed together doesn't return together."""
    return _longest(failures) * random.uniform(0.5, 1)  # noqa: S311


def _longest(failures: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)


def _pending(kind: str) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(kind=kind, sent_at=None, gave_up_at=None)


def _lane(kind: str, lane: str) -> QuerySet[OutboxMessage]:
    return _pending(kind).filter(payload__lane=lane)


def _mine(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    # Whoever took it after our lease ran out has counted an attempt: the row is theirs then.
    return _pending(message.kind).filter(pk=message.pk, attempts=message.attempts)


def _unlock(kind: str) -> None:
    arguments: list[Any] = [_LOCK_SPACE, kind]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", arguments)
    except DatabaseError:  # the connection is gone, and the lock with it
        connection.close()
