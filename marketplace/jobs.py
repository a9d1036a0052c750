"""What the installation itself does by the clock: keep its promises, and show that it lives."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import F

from marketplace import (
    clock,
    idempotency,
    mail,  # noqa: F401  (registers how "email" is delivered)
    outbox,
)
from marketplace.models import Heartbeat, OutboxMessage

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=6)
# What a sent message no longer needs: an invitation's text holds a token of which we otherwise
# keep the hash only.
FORGOTTEN_ONCE_SENT = {"email": ("text", "headers")}


@shared_task(name="marketplace.deliver_outbox")
def deliver_outbox() -> int:
    """Carry out the promises that are due; returns how many went out.

    A message is taken by pushing its due time ahead and counting the attempt, in a transaction
    of its own; the effect happens outside any transaction. A process that dies in between
    leaves a message that is due again once the lease is over: delivery is at least once.
    """
    sent = 0
    while taken := _take(clock.now()):
        for message in taken:
            sent += _deliver(message)
    return sent


@shared_task(name="marketplace.heartbeat")
def heartbeat() -> None:
    """Beat sent this and a worker ran it: both are alive. Ran by hand it proves the worker only."""
    at = clock.now()
    for name in ("jobs", "beat"):
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at})


@shared_task(name="marketplace.forget_requests")
def forget_requests() -> int:
    """Forget requests whose repeats are no longer looked for; how many."""
    return idempotency.forget(at=clock.now())


def _take(at: datetime) -> list[OutboxMessage]:
    with transaction.atomic():
        due = list(
            OutboxMessage.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(sent_at=None, gave_up_at=None, due_at__lte=at)
            .exclude(kind__in=outbox.IN_LANES)
            .order_by("due_at")[:BATCH]
        )
        OutboxMessage.objects.filter(pk__in=[message.pk for message in due]).update(
            due_at=at + LEASE, attempts=F("attempts") + 1
        )
    for message in due:
        message.due_at, message.attempts = at + LEASE, message.attempts + 1
    return due


def _deliver(message: OutboxMessage) -> bool:
    deliver = outbox.delivery_for(message.kind)
    try:
        if deliver is None:
            raise LookupError(f"Nothing delivers messages of the kind “{message.kind}”.")
        deliver(message.payload)
    except Exception as error:
        _postpone(message, error)
        return False
    # Whoever took it after our lease ran out may have sent it too: this row is theirs then.
    _mine(message).update(
        sent_at=clock.now(), last_error="", payload=_without_secrets(message.kind, message.payload)
    )
    return True


def _postpone(message: OutboxMessage, error: Exception) -> None:
    at = clock.now()
    is_last = message.attempts >= MOST_ATTEMPTS
    log.warning(
        "outbox message %s (%s) failed at attempt %s%s: %s",
        message.pk,
        message.kind,
        message.attempts,
        ", given up" if is_last else "",
        error,
    )
    _mine(message).update(
        last_error=f"{type(error).__name__}: {error}"[:2000],
        due_at=at + _wait(message.attempts),
        gave_up_at=at if is_last else None,
    )


def _mine(message: OutboxMessage) -> Any:
    return OutboxMessage.objects.filter(
        pk=message.pk, attempts=message.attempts, sent_at=None, gave_up_at=None
    )


def _wait(attempts: int) -> timedelta:
    """Twice as long each time, with jitter, so that a mail server that is back isn't stormed."""
    longest: timedelta = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _without_secrets(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    forgotten = FORGOTTEN_ONCE_SENT.get(kind, ())
    return {name: value for name, value in payload.items() if name not in forgotten}
