"""Events become documents, and documents promises: one transaction each, so that whatever dies,
an event is told at least once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from marketplace import ids, lanes, outbox
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState
from marketplace.models import OutboxMessage
from tasks.models import HIT, Assignment, Delivery, Event, Subscription, Transport
from tasks.queries.notifications import document, event, test_event

KIND = "notification"
"""Of the outbox's messages; their payload is {delivery: its key, lane}."""
EVENTS_A_DOCUMENT = 50
EVENTS_A_ROUND = 1000


def lane_of(subscription_id: int) -> str:
    """The outbox's lane: what goes to one subscription waits for nobody else's."""
    return f"subscription:{subscription_id}"


def collect_events(*, at: datetime) -> int:
    """Put a round of events into documents, and promise those; how many events were taken.

    What happened to a HIT type whose notifications are off by now is dropped.
    """
    with transaction.atomic():
        events = list(
            Event.objects.select_for_update(skip_locked=True, no_key=False)
            .filter(audience=Event.Audience.SUBSCRIPTION)
            .order_by("id")[:EVENTS_A_ROUND]
        )
        by_type: dict[int, list[Event]] = defaultdict(list)
        for each in events:
            by_type[each.hit_type_id].append(each)
        wanted = Subscription.objects.filter(hit_type_id__in=by_type, is_active=True)
        hit_ids = dict(
            HIT.objects.filter(pk__in={each.hit_id for each in events}).values_list(
                "pk", "public_id"
            )
        )
        assignment_ids = dict(
            Assignment.objects.filter(
                pk__in={each.assignment_id for each in events if each.assignment_id}
            ).values_list("pk", "public_id")
        )
        for subscription in wanted.select_related("hit_type__requester"):
            told = [
                event(
                    kind=each.kind,
                    at=each.at,
                    hit_type_id=subscription.hit_type.public_id,
                    hit_id=hit_ids.get(each.hit_id, ""),
                    assignment_id=assignment_ids.get(each.assignment_id or 0, ""),
                )
                for each in by_type[subscription.hit_type_id]
                if each.kind in subscription.event_types
            ]
            for start in range(0, len(told), EVENTS_A_DOCUMENT):
                _deliver(subscription, told[start : start + EVENTS_A_DOCUMENT], at)
        Event.objects.filter(pk__in=[each.pk for each in events]).delete()
    return len(events)


def send_test_event(
    *, by: Acting, transport: Transport, destination: str, version: str, kind: str, at: datetime
) -> Delivery:
    """Send one event that never happened to a destination that was checked (subscribe.checked).

    The filter of events does not apply to it. It is signed as the subscription to the same
    address would sign, where the requester has one.
    """
    by.require(Role.MANAGER)
    document_id = ids.work_id()
    with transaction.atomic():
        delivery = Delivery.objects.create(
            document_id=document_id,
            requester=by.requester,
            transport=transport,
            destination=destination,
            document=document(
                version=version,
                document_id=document_id,
                requester=by.requester,
                events=[test_event(kind=kind, at=at)],
            ),
            is_test=True,
            created_at=at,
        )
        _promise(delivery, at)
        trail.record(
            action="send_test_event",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            transport=transport,
            destination=destination,
            kind=kind,
        )
    return delivery


def send_again(*, by: Acting, delivery_id: int, at: datetime) -> Delivery:
    """Send a document once more, as it was, to where its subscription points now.

    Raises NotFound, and WrongState while it is still on its way.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(no_key=True)
            .filter(pk=delivery_id, requester=by.requester)
            .first()
        )
        if delivery is None:
            raise NotFound("There is no such notification.")
        if delivery.delivered_at is None and delivery.gave_up_at is None:
            raise WrongState("This notification is still on its way: it is tried by itself.")
        delivery.delivered_at = delivery.gave_up_at = None
        delivery.answer = ""
        delivery.save(update_fields=["delivered_at", "gave_up_at", "answer"])
        _promise(delivery, at, is_again=True)
        trail.record(
            action="send_notification_again",
            actor=by.trail,
            subject=("notification", delivery.document_id),
            at=at,
        )
    return delivery


def _deliver(subscription: Subscription, told: Sequence[dict[str, str]], at: datetime) -> None:
    requester = subscription.hit_type.requester
    document_id = ids.work_id()
    delivery = Delivery.objects.create(
        document_id=document_id,
        requester=requester,
        subscription=subscription,
        transport=subscription.transport,
        destination=subscription.destination,
        document=document(
            version=subscription.version,
            document_id=document_id,
            requester=requester,
            events=told,
        ),
        created_at=at,
    )
    _promise(delivery, at)


def _promise(delivery: Delivery, at: datetime, *, is_again: bool = False) -> None:
    """In the transaction of its cause. Each time it is asked for is a fact of its own."""
    fact = f"notification:{delivery.document_id}:"
    before = OutboxMessage.objects.filter(key__startswith=fact).count() if is_again else 0
    lane, failures = f"test:{delivery.pk}", 0
    if delivery.subscription:
        lane = lane_of(delivery.subscription.pk)
        failures = 0 if is_again else delivery.subscription.failures_in_a_row
    outbox.send(
        kind=KIND,
        payload={"delivery": delivery.pk, "lane": lane},
        key=f"{fact}{before + 1}",
        at=at,
        due_at=lanes.next_turn(KIND, lane, failures=failures, at=at),
    )
