"""Effects on the outside world, written in the transaction that causes them.

`send` only writes a row. The deliver_outbox job takes rows by query and hands each to the
function registered for its kind; a kind is registered with `@delivers("email")`.
Delivery is at least once, with backoff, and a row that keeps failing is kept for the operator.

Whoever delivers takes a message first, which counts an attempt and pushes its due time ahead, and
tells what became of it afterwards. One whose process died is due again when the lease is over.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from marketplace.models import OutboxMessage

Deliver = Callable[[Mapping[str, Any]], None]
_deliveries: dict[str, Deliver] = {}
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=6)
KEPT_FOR = timedelta(days=14)
"""From when it was sent: as long as somebody may ask whether it was."""
# What a sent message no longer needs: an invitation's text holds a token of which we otherwise
# keep the hash only.
FORGOTTEN_ONCE_SENT = {"email": ("text", "headers")}
IN_LANES = frozenset({"notification"})
"""Kinds whose destinations may be slow or gone: see marketplace.lanes. deliver_outbox leaves them
to a job of their own, so that no letter waits behind them."""


def delivers(kind: str) -> Callable[[Deliver], Deliver]:
    """Register the function that carries out one kind of message."""

    def register(function: Deliver) -> Deliver:
        _deliveries[kind] = function
        return function

    return register


def delivery_for(kind: str) -> Deliver | None:
    """The function registered for `kind`."""
    return _deliveries.get(kind)


def send(
    *,
    kind: str,
    payload: Mapping[str, Any],
    key: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """Promise one effect, at once or from `due_at` on. `key` names the fact behind it: the same
    fact is promised once.

    Must run inside the transaction of its cause, since a promise without its cause, or a
    cause without its promise, is the failure this exists to prevent.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("outbox.send outside a transaction")
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                kind=kind, payload=dict(payload), key=key, created_at=at, due_at=due_at or at
            )
        ],
        ignore_conflicts=True,
    )


def pending() -> QuerySet[OutboxMessage]:
    """What is to be delivered still, now or later."""
    return OutboxMessage.objects.filter(sent_at=None, gave_up_at=None)


def take(due: QuerySet[OutboxMessage], *, at: datetime) -> list[OutboxMessage]:
    """Those of the pending messages `due` that nobody else is taking, leased and ours."""
    with transaction.atomic():
        taken = list(due.select_for_update(skip_locked=True, no_key=True))
        OutboxMessage.objects.filter(pk__in=[message.pk for message in taken]).update(
            due_at=at + LEASE, attempts=F("attempts") + 1
        )
    for message in taken:
        message.due_at, message.attempts = at + LEASE, message.attempts + 1
    return taken


def done(message: OutboxMessage, *, at: datetime) -> None:
    """It went out."""
    forgotten = FORGOTTEN_ONCE_SENT.get(message.kind, ())
    kept = {name: value for name, value in message.payload.items() if name not in forgotten}
    mine(message).update(sent_at=at, last_error="", payload=kept)


def give_up(message: OutboxMessage, *, why: str, at: datetime) -> None:
    """It never will."""
    mine(message).update(gave_up_at=at, last_error=why[:2000])


def postpone(message: OutboxMessage, *, why: str, until: datetime) -> None:
    """It failed, and is tried again."""
    mine(message).update(due_at=until, last_error=why[:2000])


def mine(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The row of a message that was taken, as long as it is ours: whoever took it after our
    lease ran out has counted an attempt."""
    return pending().filter(pk=message.pk, attempts=message.attempts)


def wait(failures: int, *, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after so many failures in a row: 15 s, twice as long each time, `longest`
    at most, and up to half of it less, so that what failed together doesn't return together."""
    return longest_wait(failures, longest=longest) * random.uniform(0.5, 1)  # noqa: S311


def longest_wait(failures: int, *, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """The same without chance."""
    return min(FIRST_WAIT * 2 ** min(failures - 1, 20), longest)


def forget_sent(*, at: datetime, limit: int = 1000) -> int:
    """Delete a round of messages that were sent KEPT_FOR ago, oldest first; how many.

    What goes in lanes is deleted with the log that it belongs to.
    """
    old = OutboxMessage.objects.filter(sent_at__lt=at - KEPT_FOR).exclude(kind__in=IN_LANES)
    gone = old.order_by("sent_at").values_list("pk", flat=True)[:limit]
    deleted, _of_model = OutboxMessage.objects.filter(pk__in=list(gone)).delete()
    return deleted
