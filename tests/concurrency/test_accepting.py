"""Many want the same thing at the same moment: one gets it, and the others are told.

Each race stands beside its twin, the same race without its lock, which must go wrong: or the
race would prove nothing.
"""

import random
from functools import partial

import pytest
from django.db import IntegrityError
from django.test import override_settings

from marketplace import clock
from tasks.actions import accept, give_back
from tasks.actions.accept import Accepted, accept_hit, accept_next
from tasks.actions.give_back import abandon_overdue, return_assignment
from tasks.actions.submit import Submitted, submit
from tasks.errors import AlreadyDone, HITTaken, NoMoreWork, QueueFull, TooLate
from tasks.models import HIT, Assignment
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together, unlocked

pytestmark = pytest.mark.django_db(transaction=True)


def _one_slot(lab):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    return batch, HIT.objects.get(batch=batch)


def _grabs(workers, batch, hit):
    """Half of them by the group, half by the HIT's name."""
    now = clock.now()
    return [
        partial(accept_next, worker=worker, group_id=batch.hit_type.public_id, at=now)
        if number % 2
        else partial(accept_hit, worker=worker, hit_id=hit.public_id, at=now)
        for number, worker in enumerate(workers)
    ]


def test_of_fifty_who_want_the_last_slot_one_gets_it_and_49_are_told():
    lab = world.a_lab()
    workers = [world.a_worker(f"w{n}") for n in range(50)]
    for _ in range(ROUNDS):
        batch, hit = _one_slot(lab)
        results = together(*_grabs(workers, batch, hit))
        assert sum(isinstance(result, Accepted) for result in results) == 1
        assert all(isinstance(error, NoMoreWork | HITTaken) for error in errors(results))
        hit.refresh_from_db()
        assert (hit.open_slots, hit.accepted_count) == (0, 1)
        # The group's other HIT of the same terms must not be there for the next round.
        taken = Assignment.objects.get(hit=hit)
        submit(assignment_id=taken.public_id, answer={}, at=clock.now())
    assert differences() == []


def test_without_the_row_lock_the_last_slot_is_taken_below_zero(monkeypatch):
    """Twin. The counter's CHECK still holds, so it shows as errors instead of refusals."""
    lab = world.a_lab()
    workers = [world.a_worker(f"w{n}") for n in range(20)]
    for name in ("_NEXT", "_THIS"):
        statement = getattr(accept, name).replace("FOR NO KEY UPDATE", "")
        monkeypatch.setattr(accept, name, statement.replace("SKIP LOCKED", ""))
    went_wrong = 0
    for _ in range(ROUNDS):
        batch, hit = _one_slot(lab)
        results = together(*_grabs(workers, batch, hit))
        went_wrong += any(isinstance(error, IntegrityError) for error in errors(results))
        taken = Assignment.objects.get(hit=hit)
        submit(assignment_id=taken.public_id, answer={}, at=clock.now())
    assert went_wrong


def _one_worker_on_ten_connections(lab, worker):
    batch = world.a_batch(lab, rows=20, max_assignments=1)
    call = partial(accept_next, worker=worker, group_id=batch.hit_type.public_id, at=clock.now())
    return together(*[call] * 10)


@override_settings(MANYHANDS_QUEUE_LIMIT=3)
def test_one_worker_on_ten_connections_gets_exactly_what_the_queue_allows():
    lab = world.a_lab()
    for number in range(ROUNDS):
        results = _one_worker_on_ten_connections(lab, world.a_worker(f"w{number}"))
        assert sum(isinstance(result, Accepted) for result in results) == 3
        assert all(isinstance(error, QueueFull) for error in errors(results))
    assert differences() == []


@override_settings(MANYHANDS_QUEUE_LIMIT=3)
def test_without_the_workers_lock_the_queue_overflows(monkeypatch):
    """Twin."""
    monkeypatch.setattr(accept, "accepting_key", lambda _: random.getrandbits(40))
    lab = world.a_lab()
    got = []
    for number in range(ROUNDS):
        results = _one_worker_on_ten_connections(lab, world.a_worker(f"w{number}"))
        got.append(sum(isinstance(result, Accepted) for result in results))
    assert max(got) > 3


def _same_hit_ten_times(lab, worker):
    hit = HIT.objects.get(batch=world.a_batch(lab, rows=1, max_assignments=9))
    call = partial(accept_hit, worker=worker, hit_id=hit.public_id, at=clock.now())
    return together(*[call] * 10)


def test_one_worker_gets_a_hit_once_whatever_number_of_tabs_asks_for_it():
    lab, worker = world.a_lab(), world.a_worker()
    for _ in range(ROUNDS):
        results = _same_hit_ten_times(lab, worker)
        assert sum(isinstance(result, Accepted) for result in results) == 1
        assert all(isinstance(error, AlreadyDone) for error in errors(results))
    assert differences() == []


def test_without_the_workers_lock_a_second_tab_gets_an_error(monkeypatch):
    """Twin. The unique constraint holds, so it shows as an error and not as a second one."""
    monkeypatch.setattr(accept, "accepting_key", lambda _: random.getrandbits(40))
    lab, worker = world.a_lab(), world.a_worker()
    results = [error for _ in range(ROUNDS) for error in errors(_same_hit_ten_times(lab, worker))]
    assert any(isinstance(error, IntegrityError) for error in results)


def _submit_against_abandon(lab, worker, monkeypatch, lock):
    """Both at the last moment, on two machines whose clocks differ by a second. Abandoning has
    read the assignment when submitting comes."""
    assignment = world.accepted(worker, world.a_batch(lab, rows=1, max_assignments=1))
    end = assignment.deadline_at + give_back.GRACE
    meeting, submitted = Meeting(), Meeting()

    def read(*args, **kwargs):
        found = lock(*args, **kwargs)
        meeting.wait()
        submitted.wait()
        return found

    def submits():
        meeting.wait()
        try:
            return submit(assignment_id=assignment.public_id, answer={"a": "b"}, at=end)
        finally:
            submitted.wait()

    with monkeypatch.context() as patch:
        patch.setattr(give_back, "lock_assignments", read)
        results = together(
            submits,
            lambda: abandon_overdue(
                at=end + clock.now().resolution * 10**6, hit_id=assignment.hit_id
            ),
        )
    assignment.refresh_from_db()
    return results, assignment.status


def test_submitting_against_abandoning_at_the_deadline_ends_one_way(monkeypatch):
    lab, worker = world.a_lab(), world.a_worker()
    for _ in range(ROUNDS):
        (submitted, abandoned), status = _submit_against_abandon(
            lab, worker, monkeypatch, give_back.lock_assignments
        )
        if status == "Submitted":
            assert isinstance(submitted, Submitted)
            assert abandoned == 0
        else:
            assert status == "Abandoned"
            assert isinstance(submitted, TooLate)
            assert abandoned == 1
    assert differences() == []


def test_without_the_assignments_lock_an_answer_is_lost_or_the_sweep_breaks(monkeypatch):
    """Twin."""
    (submitted, abandoned), status = _submit_against_abandon(
        world.a_lab(), world.a_worker(), monkeypatch, unlocked
    )
    assert isinstance(submitted, Submitted)
    assert isinstance(abandoned, IntegrityError) or status == "Abandoned"


def _two_returns(lab, worker):
    assignment = world.accepted(worker, world.a_batch(lab, rows=1, max_assignments=1))
    call = partial(
        return_assignment, worker=worker, assignment_id=assignment.public_id, at=clock.now()
    )
    return together(call, call), assignment.hit


def test_returning_twice_at_once_opens_one_slot():
    lab, worker = world.a_lab(), world.a_worker()
    for _ in range(ROUNDS):
        results, hit = _two_returns(lab, worker)
        assert [result.status for result in results] == ["Returned"] * 2
        hit.refresh_from_db()
        assert (hit.open_slots, hit.accepted_count) == (1, 0)
    assert differences() == []


def test_without_the_assignments_lock_returning_twice_breaks(monkeypatch):
    """Twin: the second takes from a counter that is at zero already."""
    monkeypatch.setattr(give_back, "lock_assignments", Meeting(seconds=10).after(unlocked))
    results, _ = _two_returns(world.a_lab(), world.a_worker())
    assert errors(results)
