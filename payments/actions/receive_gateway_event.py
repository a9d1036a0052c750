"""The inbox of gateway events: a row first, once per event; then what it is about is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from payments.models import GatewayEvent

LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
DOUBLINGS = 6
"""Two minutes doubled this often are past the longest wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What an event says, without what it says it about: that is fetched anew."""

    event_id: str
    kind: str
    object_id: str
    account: str
    happened_at: datetime


def receive_gateway_events(
    told: Iterable[Told], *, gateway: str, at: datetime, was_polled: bool = False
) -> int:
    """Keep those that are new; how many were."""
    rows = [
        GatewayEvent(
            gateway=gateway,
            event_id=each.event_id,
            kind=each.kind,
            object_id=each.object_id,
            account=each.account,
            happened_at=each.happened_at,
            received_at=at,
            due_at=at,
            was_polled=was_polled,
        )
        for each in told
    ]
    known = GatewayEvent.objects.filter(
        gateway=gateway, event_id__in=[row.event_id for row in rows]
    )
    before = set(known.values_list("event_id", flat=True))
    GatewayEvent.objects.bulk_create(rows, ignore_conflicts=True)
    return len({row.event_id for row in rows} - before)


def take_gateway_event(*, event_id: int, at: datetime) -> GatewayEvent | None:
    """Lease one that isn't processed; None where somebody else has it, or it isn't due."""
    with transaction.atomic():
        event = (
            GatewayEvent.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(pk=event_id, processed_at=None, due_at__lte=at)
            .first()
        )
        if event is not None:
            event.due_at = at + min(LONGEST_WAIT, LEASE * 2 ** min(event.attempts, DOUBLINGS))
            event.attempts += 1
            event.save()
    return event


def finish_gateway_event(*, event: GatewayEvent, at: datetime, problem: str = "") -> None:
    """All that follows from it has happened."""
    GatewayEvent.objects.filter(pk=event.pk, processed_at=None).update(
        processed_at=at, problem=problem[:300]
    )


def note_problem(*, event: GatewayEvent, problem: str) -> None:
    """It could not be looked at now; its lease says when it is tried again."""
    GatewayEvent.objects.filter(pk=event.pk, processed_at=None).update(problem=problem[:300])
