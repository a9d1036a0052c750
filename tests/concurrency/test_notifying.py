"""Two beats at once: each event is told by one document, and each document is sent by one job."""

import pytest

from marketplace import clock, lanes
from marketplace.models import OutboxMessage
from tasks.actions.notify import collect_events
from tasks.actions.subscribe import Specification, set_notifications
from tasks.gateway.notifications import deliver_due
from tasks.models import Delivery, Event
from tests import world
from tests.concurrency.racing import Meeting, errors, together
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 30


@pytest.fixture
def receiver(settings):
    settings.MANYHANDS_LOCAL_WEBHOOKS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def told(receiver):
    """Events of one HIT type, waiting."""
    lab = world.a_lab()
    batch = world.a_batch(lab, rows=1)
    set_notifications(
        by=lab.by,
        hit_type_id=batch.hit_type.public_id,
        is_sandbox=False,
        specification=Specification(
            transport="HTTPS",
            destination=f"http://127.0.0.1:{receiver.port}/",
            event_types=["AssignmentAccepted"],
        ),
        at=clock.now(),
    )
    assignment = world.accepted(world.a_worker(), batch)
    Event.objects.bulk_create(
        Event(
            audience="subscription",
            kind="AssignmentAccepted",
            hit_type_id=batch.hit_type_id,
            hit_id=assignment.hit_id,
            assignment_id=assignment.pk,
            at=clock.now(),
        )
        for _ in range(EVENTS - 1)
    )


def collect():
    return collect_events(at=clock.now())


def test_each_event_is_in_one_document(told, monkeypatch):
    meeting = Meeting()
    monkeypatch.setattr("tasks.actions.notify._deliver", meeting.before(_deliver()))
    taken = together(collect, collect)
    assert not errors(taken)
    assert sum(taken) == EVENTS
    assert sum(len(each.document["Events"]) for each in Delivery.objects.all()) == EVENTS


def test_without_the_lock_events_are_told_twice(told, monkeypatch, lift_row_locks):
    lift_row_locks()
    meeting = Meeting()
    monkeypatch.setattr("tasks.actions.notify._deliver", meeting.before(_deliver()))
    together(collect, collect)
    assert sum(len(each.document["Events"]) for each in Delivery.objects.all()) == 2 * EVENTS


def _deliver():
    from tasks.actions import notify

    return notify._deliver


def deliver():
    return deliver_due(now=clock.now)


def test_each_document_is_sent_once_by_two_at_once(told, receiver):
    receiver.slow_seconds = 0.2
    collect()
    sent = together(deliver, deliver)
    assert not errors(sent)
    assert sum(sent) == len(receiver.got) == 1


def take():
    return lanes.take("notification", at=clock.now(), each=9, most=9)


def test_two_that_take_at_once_do_not_take_the_same(told):
    """Being alone saves processes; the row's lock and lease are what holds."""
    collect()
    taken = together(take, take)
    assert sorted(len(lanes_taken) for lanes_taken in taken) == [0, 1]
    assert OutboxMessage.objects.get(kind="notification").attempts == 1


def test_while_one_is_at_it_another_leaves_at_once(told, receiver):
    receiver.slow_seconds = 0.5
    collect()

    def look():
        with lanes.alone("notification") as is_mine:
            return is_mine

    def hold():
        with lanes.alone("notification") as is_mine:
            found = together(look)
            return is_mine, found

    assert hold() == (True, [False])
    assert look() is True
