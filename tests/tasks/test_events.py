"""Whatever code changes work, its events are noted for those who wait for them, and only those."""

from datetime import timedelta

import pytest

from marketplace import clock as now
from tasks import jobs
from tasks.actions.accept import accept_next
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.models import HIT, Event, EventKind, ReviewPolicy, Subscription, Transport
from tests.world import a_batch, a_lab, a_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab():
    return a_lab()


@pytest.fixture
def batch(lab, clock):
    return a_batch(lab, rows=1, max_assignments=2, auto_approve_seconds=3600)


def subscribe(batch, *kinds, is_active=True):
    return Subscription.objects.create(
        hit_type=batch.hit_type, transport=Transport.HTTPS, destination="https://lab.test/hook",
        version="2014-08-15", event_types=list(kinds or EventKind.values), is_active=is_active,
        created_at=now.now(), updated_at=now.now(),
    )  # fmt: skip


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def start(worker, batch):
    taken = accept_next(worker=worker, group_id=batch.hit_type.public_id, at=now.now())
    return taken.assignment_id


def hand_in(assignment_id):
    submit(assignment_id=assignment_id, answer={"answer": "yes"}, at=now.now())


def test_each_step_of_an_assignment_and_the_end_of_its_hit_is_noted_once(lab, batch):
    subscribe(batch)
    first, second = start(a_worker("a"), batch), start(a_worker("b"), batch)
    hand_in(first)
    hand_in(second)
    approve_assignments(by=lab.by, assignment_ids=[first], at=now.now())
    reject_assignments(by=lab.by, assignment_ids=[second], at=now.now(), feedback="no")
    delete_hit(by=lab.by, hit_id=HIT.objects.get().public_id, at=now.now())
    assert sorted(kinds()) == sorted([
        "AssignmentAccepted", "AssignmentAccepted", "AssignmentSubmitted", "AssignmentSubmitted",
        "HITReviewable", "AssignmentApproved", "AssignmentRejected", "HITDisposed",
    ])  # fmt: skip


def test_returned_and_abandoned_work_is_noted(batch, clock):
    subscribe(batch)
    worker = a_worker("a")
    return_assignment(worker=worker, assignment_id=start(worker, batch), at=now.now())
    start(a_worker("b"), batch)
    clock.forward(seconds=700)
    jobs.abandon_assignments()
    assert kinds() == [
        "AssignmentAccepted", "AssignmentReturned", "AssignmentAccepted", "AssignmentAbandoned",
    ]  # fmt: skip


def test_a_hit_that_expires_unfilled_is_noted_as_expired_and_reviewable(batch, clock):
    subscribe(batch, "HITExpired", "HITReviewable")
    clock.forward(days=2)
    jobs.expire_hits()
    assert sorted(kinds()) == ["HITExpired", "HITReviewable"]


def test_more_time_and_more_assignments_are_extensions_and_less_time_is_none(lab, batch, clock):
    subscribe(batch, "HITExtended")
    hit_id = HIT.objects.get().public_id
    add_assignments(by=lab.by, hit_id=hit_id, extra=1, at=now.now())
    later = batch.expires_at + timedelta(hours=1)
    set_expiration(by=lab.by, hit_id=hit_id, expires_at=later, at=now.now())
    set_expiration(by=lab.by, hit_id=hit_id, expires_at=batch.expires_at, at=now.now())
    assert kinds() == ["HITExtended", "HITExtended"]


def test_only_kinds_asked_for_and_only_active_subscriptions_are_served(batch):
    subscription = subscribe(batch, "AssignmentSubmitted")
    hand_in(start(a_worker("a"), batch))
    assert kinds() == ["AssignmentSubmitted"]
    Subscription.objects.filter(pk=subscription.pk).update(is_active=False)
    hand_in(start(a_worker("b"), batch))
    assert kinds() == ["AssignmentSubmitted"]


def test_a_new_hit_of_a_subscribed_type_is_noted(lab, batch):
    subscribe(batch, "HITCreated")
    a_batch(lab, rows=2, project=batch.project)
    assert kinds() == ["HITCreated", "HITCreated"]


def test_work_that_nobody_listens_to_leaves_no_events(batch):
    hand_in(start(a_worker("a"), batch))
    assert not Event.objects.exists()


def test_a_review_policy_is_told_of_its_own_level_only(batch):
    hit = HIT.objects.get()
    ReviewPolicy.objects.create(hit=hit, level="Assignment", name="x", parameters={})
    hand_in(start(a_worker("a"), batch))
    hand_in(start(a_worker("b"), batch))
    assert kinds() == ["AssignmentSubmitted", "AssignmentSubmitted"]
    assert set(Event.objects.values_list("audience", flat=True)) == {"policy"}
