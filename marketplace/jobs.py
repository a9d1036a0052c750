"""What the installation itself does by the clock: keep its promises, and show that it lives."""

import logging

from celery import shared_task

from marketplace import (
    clock,
    idempotency,
    mail,  # noqa: F401  (registers how "email" is delivered)
    outbox,
)
from marketplace.models import Heartbeat, OutboxMessage

log = logging.getLogger(__name__)

BATCH = 50
MOST_ATTEMPTS = 12


@shared_task(name="marketplace.deliver_outbox")
def deliver_outbox() -> int:
    """Carry out the promises that are due; returns how many went out.

    The effect happens outside any transaction, and while the message is leased: what a slow mail
    server leaves no time for is left to whoever takes it next.
    """
    sent = 0
    while taken := _take():
        for message in taken:
            if clock.now() < message.due_at:
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


@shared_task(name="marketplace.forget_sent")
def forget_sent() -> int:
    """Forget messages that were sent long ago; how many."""
    forgotten = 0
    while gone := outbox.forget_sent(at=clock.now()):
        forgotten += gone
    return forgotten


def _take() -> list[OutboxMessage]:
    at = clock.now()
    due = outbox.pending().filter(due_at__lte=at).exclude(kind__in=outbox.IN_LANES)
    return outbox.take(due.order_by("due_at")[:BATCH], at=at)


def _deliver(message: OutboxMessage) -> bool:
    deliver = outbox.delivery_for(message.kind)
    try:
        if deliver is None:
            raise LookupError(f"Nothing delivers messages of the kind “{message.kind}”.")
        deliver(message.payload)
    except Exception as error:
        _failed(message, f"{type(error).__name__}: {error}")
        return False
    outbox.done(message, at=clock.now())
    return True


def _failed(message: OutboxMessage, why: str) -> None:
    at, is_last = clock.now(), message.attempts >= MOST_ATTEMPTS
    log.warning(
        "outbox message %s (%s) failed at attempt %s%s: %s",
        message.pk,
        message.kind,
        message.attempts,
        ", given up" if is_last else "",
        why,
    )
    if is_last:
        outbox.give_up(message, why=why, at=at)
    else:
        outbox.postpone(message, why=why, until=at + outbox.wait(message.attempts))
