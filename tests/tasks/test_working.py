"""Accepting, submitting and giving back: what a worker may do, and what becomes of the slot."""

from datetime import timedelta

import pytest
from django.test import override_settings

from marketplace.errors import InvalidInput, NotFound, WrongState
from payments import audit, queries
from tasks import jobs, money_audit
from tasks.actions.accept import accept_hit, accept_next
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import MAX_FIELDS, submit
from tasks.actions.take_down import restore_group, take_down_group
from tasks.errors import AlreadyDone, HITTaken, NoMoreWork, NotEligible, QueueFull, TooLate
from tasks.models import HIT, Assignment
from tests import world
from workers.eligibility import LOCALE

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab():
    return world.a_lab()


@pytest.fixture
def worker():
    return world.a_worker()


@pytest.fixture(autouse=True)
def _books_balance():
    """Whatever a test here does, the money is right at its end."""
    yield
    assert [*audit.differences(), *money_audit.differences()] == []


def take(worker, batch, clock):
    return accept_next(worker=worker, group_id=batch.hit_type.public_id, at=clock.now)


def answer(assignment, clock, **fields):
    return submit(assignment_id=assignment.public_id, answer=fields or {"a": "b"}, at=clock.now)


def only_hit(batch):
    return HIT.objects.get(batch=batch)


def slots(batch):
    hit = only_hit(batch)
    return hit.open_slots, hit.accepted_count, hit.submitted_count


def test_a_worker_gets_each_hit_once_ever(clock, lab, worker):
    batch = world.a_batch(lab, rows=2, max_assignments=3)
    seen = {take(worker, batch, clock).hit_id for _ in range(2)}
    assert len(seen) == 2
    with pytest.raises(NoMoreWork):
        take(worker, batch, clock)
    for name in seen:
        with pytest.raises(AlreadyDone):
            accept_hit(worker=worker, hit_id=name, at=clock.now)


def test_a_returned_hit_never_comes_back_to_the_same_worker(clock, lab, worker):
    batch = world.a_batch(lab, rows=1)
    assignment = world.accepted(worker, batch)
    return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)
    with pytest.raises(NoMoreWork):
        take(worker, batch, clock)


def test_at_most_25_are_in_work_at_a_time(clock, lab, worker):
    batch = world.a_batch(lab, rows=27, max_assignments=1)
    taken = [take(worker, batch, clock) for _ in range(25)]
    with pytest.raises(QueueFull, match="25"):
        take(worker, batch, clock)
    submit(assignment_id=taken[0].assignment_id, answer={}, at=clock.now)
    take(worker, batch, clock)


@override_settings(MANYHANDS_QUEUE_LIMIT=1)
def test_work_past_its_deadline_no_longer_fills_the_queue(clock, lab, worker):
    batch = world.a_batch(lab, rows=3, assignment_seconds=60)
    take(worker, batch, clock)
    clock.forward(seconds=60)
    take(worker, batch, clock)


def test_who_does_not_qualify_is_told_what_is_asked(clock, lab, worker):
    asked = {
        "QualificationTypeId": LOCALE,
        "Comparator": "EqualTo",
        "LocaleValues": [{"Country": "CA"}],
    }
    batch = world.a_batch(lab, requirements=[asked])
    with pytest.raises(NotEligible, match="Location is CA"):
        take(worker, batch, clock)
    take(world.a_worker("celine", country="CA"), batch, clock)


def test_what_staff_took_down_is_not_accepted_but_what_was_accepted_is_finished(clock, lab, worker):
    staff = world.a_user("staff@manyhands.test", is_staff=True)
    batch = world.a_batch(lab)
    assignment = world.accepted(worker, batch)
    call = {"staff": staff, "hit_type": batch.hit_type, "reason": "Broken.", "at": clock.now}
    take_down_group(**call)
    with pytest.raises(NoMoreWork, match="taken down"):
        take(worker, batch, clock)
    assert not answer(assignment, clock).is_repeat
    restore_group(**call)
    take(worker, batch, clock)


def test_an_expired_hit_is_not_accepted_even_before_the_sweep(clock, lab, worker):
    batch = world.a_batch(lab, rows=1, lifetime_seconds=60)
    clock.forward(seconds=60)
    with pytest.raises(NoMoreWork):
        take(worker, batch, clock)
    with pytest.raises(HITTaken):
        accept_hit(worker=worker, hit_id=only_hit(batch).public_id, at=clock.now)


def test_there_is_no_accepting_what_is_not_there(clock, worker):
    with pytest.raises(NotFound):
        accept_next(worker=worker, group_id="3NOTHING", at=clock.now)
    with pytest.raises(NotFound):
        accept_hit(worker=worker, hit_id="3NOTHING", at=clock.now)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_slot_past_its_deadline_is_free_by_the_clock_and_not_by_the_sweep(
    clock, lab, worker, by_name
):
    batch = world.a_batch(lab, rows=1, max_assignments=1, assignment_seconds=60)
    late = world.accepted(worker, batch)
    other = world.a_worker("other")

    def take_it():
        if by_name:
            return accept_hit(worker=other, hit_id=only_hit(batch).public_id, at=clock.now)
        return take(other, batch, clock)

    clock.forward(seconds=90)  # with the 30 seconds that a submission may be late
    with pytest.raises((NoMoreWork, HITTaken)):
        take_it()
    clock.forward(seconds=1)
    take_it()
    late.refresh_from_db()
    assert late.status == "Abandoned"


def test_submitting_twice_changes_nothing_and_the_first_answer_stands(clock, lab, worker):
    assignment = world.accepted(worker, world.a_batch(lab))
    first = answer(assignment, clock, colour="red")
    clock.forward(days=1)
    again = answer(assignment, clock, colour="blue")
    assert again.is_repeat
    assert again.submitted_at == first.submitted_at
    assignment.refresh_from_db()
    assert assignment.answer == {"colour": "red"}


def test_a_submission_is_taken_30_seconds_late_and_not_31(clock, lab, worker):
    batch = world.a_batch(lab, rows=2, assignment_seconds=60)
    one, two = world.accepted(worker, batch), world.accepted(worker, batch)
    clock.forward(seconds=90)
    assert not answer(one, clock).is_repeat
    clock.forward(seconds=1)
    with pytest.raises(TooLate, match="ran out at 09:01 UTC"):
        answer(two, clock)


def test_what_was_returned_or_is_somebody_elses_is_not_submitted(clock, lab, worker):
    batch = world.a_batch(lab)
    assignment = world.accepted(worker, batch)
    other = world.a_worker("other")
    with pytest.raises(NotFound):
        submit(assignment_id=assignment.public_id, answer={}, at=clock.now, worker=other)
    with pytest.raises(NotFound):
        return_assignment(worker=other, assignment_id=assignment.public_id, at=clock.now)
    return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)
    with pytest.raises(WrongState, match="returned"):
        answer(assignment, clock)
    with pytest.raises(NotFound):
        submit(assignment_id="3NOTHING", answer={}, at=clock.now)


def test_an_answer_has_a_size(clock, lab, worker):
    assignment = world.accepted(worker, world.a_batch(lab))
    for too_much in ({"a": "x" * 262_144}, {str(n): "" for n in range(MAX_FIELDS + 1)}):
        with pytest.raises(InvalidInput):
            submit(assignment_id=assignment.public_id, answer=too_much, at=clock.now)
    submit(assignment_id=assignment.public_id, answer={"a": "x" * 262_000}, at=clock.now)


def test_what_json_cannot_hold_is_left_out_of_an_answer_and_the_rest_kept(clock, lab, worker):
    assignment = world.accepted(worker, world.a_batch(lab))
    answer(assignment, clock, **{"a\0": "b\0c", "half": "\ud83d", "many": ["ü\0", "😀"]})
    assignment.refresh_from_db()
    assert assignment.answer == {"a": "bc", "half": "?", "many": ["ü", "😀"]}


def test_returning_opens_the_slot_and_doing_it_twice_opens_one(clock, lab, worker):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    assignment = world.accepted(worker, batch)
    assert slots(batch) == (0, 1, 0)
    for _ in range(2):
        return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)
    assert slots(batch) == (1, 0, 0)


def test_what_was_submitted_is_not_returned(clock, lab, worker):
    assignment = world.submitted(worker, world.a_batch(lab))
    with pytest.raises(WrongState, match="submitted this already"):
        return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)


@pytest.mark.parametrize("how", ["returned", "abandoned"])
def test_given_back_after_expiry_its_money_goes_home(clock, lab, worker, how):
    batch = world.a_batch(lab, rows=1, max_assignments=1, lifetime_seconds=60)
    assignment = world.accepted(worker, batch)
    before = queries.requester_balance(lab.requester.public_id, "USD")
    clock.forward(days=1)
    jobs.expire_hits()
    assert queries.requester_balance(lab.requester.public_id, "USD") == before
    if how == "returned":
        return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)
    else:
        assert jobs.abandon_assignments() == 1
    assert queries.requester_balance(lab.requester.public_id, "USD") == before + 10
    assert slots(batch) == (0, 0, 0)
    assert only_hit(batch).status == "Reviewable"


def test_work_accepted_before_expiry_may_be_submitted_after_it(clock, lab, worker):
    batch = world.a_batch(lab, rows=1, lifetime_seconds=60)
    assignment = world.accepted(worker, batch)
    clock.forward(seconds=120)
    jobs.expire_hits()
    assert only_hit(batch).status == "Unassignable"
    assert not answer(assignment, clock).is_repeat


def test_expiry_returns_what_nobody_accepted_and_running_it_again_returns_nothing(
    clock, lab, worker
):
    batch = world.a_batch(lab, rows=3, max_assignments=2)
    world.submitted(worker, batch)
    clock.forward(days=1)
    assert [jobs.expire_hits() for _ in range(2)] == [3, 0]
    held = sum(Assignment.objects.values_list("hit__reward_cents", flat=True))
    assert queries.requester_balance(lab.requester.public_id, "USD") == 100_00 - held


def test_a_finished_hit_is_disposed_of_after_120_days(clock, lab, worker):
    batch = world.a_batch(lab, rows=1, max_assignments=1, auto_approve_seconds=0)
    world.submitted(worker, batch)
    jobs.auto_approve()
    expires = only_hit(batch).expires_at
    clock.set(expires + timedelta(days=120))
    assert jobs.dispose_hits() == 0
    clock.forward(seconds=1)
    assert [jobs.dispose_hits() for _ in range(2)] == [1, 0]
    assert only_hit(batch).status == "Disposed"


def test_a_hit_with_work_to_review_is_never_disposed_of(clock, lab, worker):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    world.submitted(worker, batch)
    clock.forward(days=500)
    assert jobs.dispose_hits() == 0
