"""The inbox of a gateway's events: kept once, looked at by one, and again if that failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.actions.advance_poll import advance_poll
from payments.actions.receive_gateway_event import (
    Told,
    finish_gateway_event,
    note_problem,
    receive_gateway_events,
    take_gateway_event,
)
from payments.models import GatewayEvent, GatewayPoll

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(clock):
    return Told(
        event_id="evt_1", kind="refund.failed", object_id="re_1", account="acct_1",
        happened_at=clock.now - timedelta(minutes=3),
    )  # fmt: skip


@pytest.fixture
def event(told, clock):
    receive_gateway_events([told], gateway="stripe", at=clock.now)
    return GatewayEvent.objects.get()


def test_an_event_is_kept_with_its_names_and_is_due_at_once(event, told, clock):
    assert (event.gateway, event.event_id, event.kind) == ("stripe", "evt_1", "refund.failed")
    assert (event.object_id, event.account, event.happened_at) == (
        "re_1", "acct_1", told.happened_at,
    )  # fmt: skip
    assert (event.received_at, event.due_at, event.was_polled) == (clock.now, clock.now, False)
    assert (event.attempts, event.processed_at, event.problem) == (0, None, "")


def test_those_that_are_new_are_counted_each_once(event, told, clock):
    second, third = replace(told, event_id="evt_2"), replace(told, event_id="evt_3")
    keep = [told, second, second, third]
    given = {"gateway": "stripe", "at": clock.now, "was_polled": True}
    assert receive_gateway_events(keep, **given) == 2
    assert receive_gateway_events(keep, **given) == 0
    assert receive_gateway_events(keep, **given | {"gateway": "other"}) == 3
    polled = GatewayEvent.objects.filter(gateway="stripe", was_polled=True)
    assert sorted(polled.values_list("event_id", flat=True)) == ["evt_2", "evt_3"]


def test_one_that_can_not_be_looked_at_is_taken_again_later_and_later(event, clock):
    waits = []
    for attempt in range(1, 9):
        taken = take_gateway_event(event_id=event.pk, at=clock.now)
        assert taken == event
        event.refresh_from_db()
        assert event.attempts == attempt
        assert take_gateway_event(event_id=event.pk, at=clock.now) is None
        waits.append((event.due_at - clock.now) // timedelta(minutes=1))
        clock.set(event.due_at)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_problem_is_noted_until_it_is_looked_at_and_then_stays(event, told, clock):
    receive_gateway_events([replace(told, event_id="evt_2")], gateway="stripe", at=clock.now)
    note_problem(event=event, problem="?" * 1000)
    event.refresh_from_db()
    assert (event.problem, event.processed_at) == ("?" * 300, None)
    finish_gateway_event(event=event, at=clock.now, problem="!" * 1000)
    event.refresh_from_db()
    assert (event.problem, event.processed_at) == ("!" * 300, clock.now)
    first = clock.now
    clock.forward(hours=1)
    assert take_gateway_event(event_id=event.pk, at=clock.now) is None
    finish_gateway_event(event=event, at=clock.now)
    note_problem(event=event, problem="late")
    event.refresh_from_db()
    assert (event.problem, event.processed_at) == ("!" * 300, first)
    other = GatewayEvent.objects.get(event_id="evt_2")
    assert (other.problem, other.processed_at) == ("", None)
    finish_gateway_event(event=other, at=clock.now)
    other.refresh_from_db()
    assert (other.problem, other.processed_at) == ("", clock.now)


def test_how_far_each_gateway_was_asked_is_one_row(clock):
    for gateway, hours in (("stripe", 0), ("other", 0), ("stripe", 1)):
        clock.forward(hours=hours)
        advance_poll(gateway=gateway, at=clock.now)
    assert dict(GatewayPoll.objects.values_list("gateway", "asked_at")) == {
        "stripe": clock.now,
        "other": clock.now - timedelta(hours=1),
    }
