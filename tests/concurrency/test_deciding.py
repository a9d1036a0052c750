"""Two decide about the same work at the same moment. Each race has its twin without the lock."""

from datetime import timedelta
from functools import partial

import pytest

from marketplace import clock
from marketplace.errors import InsufficientFunds
from payments import queries
from payments.ledger import AlreadyMoved
from tasks.actions import clock_work, decide, extend_batch, review_run
from tasks.actions.cancel_batch import cancel_batch
from tasks.actions.clock_work import auto_approve
from tasks.actions.decide import Decided, approve_assignments, reject_assignments
from tasks.actions.extend_batch import go_on_extending
from tasks.actions.review_run import go_on_with_run, start_run_on
from tasks.models import HIT, Assignment, ReviewItem
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together, unlocked

pytestmark = pytest.mark.django_db(transaction=True)


def _submitted(lab, worker, **changes):
    return world.submitted(worker, world.a_batch(lab, rows=1, max_assignments=1, **changes))


def _approve_against_auto_approve(lab, worker, **changes):
    assignment = _submitted(lab, worker, **changes)
    due = assignment.auto_approve_at
    results = together(
        partial(approve_assignments, by=lab.by, assignment_ids=[assignment.public_id], at=due),
        partial(auto_approve, at=due),
    )
    return assignment, results


def test_approving_against_auto_approval_pays_once(clock):
    lab, worker = world.a_lab(), world.a_worker()
    for number in range(1, ROUNDS + 1):
        _, results = _approve_against_auto_approve(lab, worker)
        assert errors(results) == []
        worker.refresh_from_db()
        assert worker.approved_count == number
        assert queries.earnings_of(worker.public_id, "USD").available_cents == 10 * number
    assert differences() == []


def _decide_without_locks(monkeypatch, lift_row_locks):
    """Both have read the assignment, and then its HIT, before either writes."""
    lift_row_locks()
    monkeypatch.setattr(decide, "lock_assignments", Meeting(seconds=10).after(unlocked))
    monkeypatch.setattr(decide, "lock_hits", Meeting(seconds=10).after(decide.lock_hits))


def test_without_the_lock_only_the_ledger_keeps_it_from_being_paid_twice(
    monkeypatch, lift_row_locks, clock
):
    """Twin."""
    _decide_without_locks(monkeypatch, lift_row_locks)
    _, results = _approve_against_auto_approve(world.a_lab(), world.a_worker())
    assert len(errors(results)) == 1
    assert isinstance(errors(results)[0], AlreadyMoved | InsufficientFunds)


def test_without_the_lock_unpaid_work_counts_twice(monkeypatch, lift_row_locks, clock):
    """Twin: where nothing is paid, no key of the ledger stands in the way."""
    _decide_without_locks(monkeypatch, lift_row_locks)
    worker = world.a_worker()
    _approve_against_auto_approve(world.a_lab(), worker, reward_cents=0)
    worker.refresh_from_db()
    assert worker.approved_count == 2


def _approve_against_reject(lab, worker):
    assignment = _submitted(lab, worker)
    call = {"by": lab.by, "assignment_ids": [assignment.public_id], "at": clock.now()}
    results = together(
        partial(approve_assignments, **call),
        partial(reject_assignments, **call, feedback="Wrong."),
    )
    return assignment, results


def test_approving_against_rejecting_ends_one_way():
    lab, worker = world.a_lab(), world.a_worker()
    for _ in range(ROUNDS):
        assignment, (approved, rejected) = _approve_against_reject(lab, worker)
        assignment.refresh_from_db()
        winner, loser = (
            (approved, rejected) if assignment.status == "Approved" else (rejected, approved)
        )
        assert winner.done == [assignment.public_id]
        assert loser.done == []
        assert assignment.public_id in loser.refused
    assert differences() == []


def test_without_the_lock_both_are_told_that_they_decided(monkeypatch, lift_row_locks):
    """Twin."""
    _decide_without_locks(monkeypatch, lift_row_locks)
    assignment, results = _approve_against_reject(world.a_lab(), world.a_worker())
    assert [isinstance(r, Decided) and r.done for r in results] == [[assignment.public_id]] * 2


def _undo_against_release(lab, worker, prepare=lambda: None):
    """The rejection is undone in the moment in which its money goes back."""
    assignment = _submitted(lab, worker)
    reject_assignments(
        by=lab.by, assignment_ids=[assignment.public_id], at=clock.now(), feedback="Wrong."
    )
    assignment.refresh_from_db()
    at = assignment.held_until
    prepare()
    return together(
        partial(
            approve_assignments,
            by=lab.by,
            assignment_ids=[assignment.public_id],
            at=at,
            undo_rejection=True,
        ),
        partial(clock_work.release_rejected, at=at),
    )


def test_undoing_a_rejection_while_its_money_goes_back_pays_once():
    lab, worker = world.a_lab(), world.a_worker()
    for number in range(1, ROUNDS + 1):
        assert errors(_undo_against_release(lab, worker)) == []
        assert queries.earnings_of(worker.public_id, "USD").available_cents == 10 * number
    assert differences() == []


def test_without_the_lock_undoing_finds_the_escrow_empty(monkeypatch):
    """Twin: both spend the same escrow. The database refuses, so one of them breaks."""
    meeting = Meeting(seconds=10)

    def prepare():
        monkeypatch.setattr(decide, "lock_assignments", meeting.after(unlocked))
        monkeypatch.setattr(clock_work, "lock_assignments", meeting.after(unlocked))

    assert errors(_undo_against_release(world.a_lab(), world.a_worker(), prepare))


def _two_run_reviews(lab, workers, **changes):
    batch = world.a_batch(lab, rows=1, max_assignments=len(workers), **changes)
    for worker in workers:
        world.submitted(worker, batch)
    run = start_run_on(
        by=lab.by,
        batch=batch,
        chosen=Assignment.objects.all(),
        decision="approve",
        feedback="",
        at=clock.now(),
    )
    results = together(*[partial(go_on_with_run, run_id=run.pk, now=clock.now)] * 2)
    return run, results


def _reset(workers):
    counts = []
    for worker in workers:
        worker.refresh_from_db()
        counts.append(worker.approved_count)
    return counts


def test_two_processes_on_one_review_run_decide_each_once(monkeypatch):
    lab = world.a_lab()
    workers = [world.a_worker(f"w{n}") for n in range(6)]
    monkeypatch.setattr(review_run, "CHUNK", 2)
    for number in range(1, ROUNDS + 1):
        # The lease is a courtesy: it must come out right where it lets both in.
        monkeypatch.setattr(review_run, "LEASE", timedelta(seconds=60 if number % 2 else -1))
        run, results = _two_run_reviews(lab, workers)
        assert errors(results) == []
        assert set(ReviewItem.objects.filter(run=run).values_list("outcome", flat=True)) == {"done"}
        assert _reset(workers) == [number] * 6
    assert differences() == []


def test_without_locks_two_processes_decide_each_twice(monkeypatch, lift_row_locks):
    """Twin."""
    lab = world.a_lab()
    workers = [world.a_worker(f"w{n}") for n in range(6)]
    monkeypatch.setattr(review_run, "LEASE", timedelta(seconds=-1))
    monkeypatch.setattr(decide, "lock_assignments", Meeting(seconds=10).after(unlocked))
    batch_is_ready = Meeting(seconds=10)
    monkeypatch.setattr(review_run, "_carry_out", batch_is_ready.before(review_run._carry_out))
    lift_row_locks()
    _two_run_reviews(lab, workers, reward_cents=0)
    assert max(_reset(workers)) == 2


def _extend_against_cancel(lab, monkeypatch):
    batch = world.a_batch(lab, rows=2)
    extension = extend_batch.extend_batch(
        by=lab.by, batch=batch, at=clock.now(), expires_at=batch.expires_at + timedelta(days=9)
    )
    meeting, cancelled = Meeting(), Meeting()
    extend = extend_batch._extend

    def slow(*args, **kwargs):
        meeting.wait()
        cancelled.wait()
        return extend(*args, **kwargs)

    def cancels():
        meeting.wait()
        try:
            return cancel_batch(by=lab.by, batch=batch, at=clock.now())
        finally:
            cancelled.wait()

    with monkeypatch.context() as patch:
        patch.setattr(extend_batch, "_extend", slow)
        results = together(
            partial(go_on_extending, extension_id=extension.pk, now=clock.now), cancels
        )
    assert errors(results) == []
    return HIT.objects.filter(batch=batch, expires_at__gt=clock.now())


def test_a_cancelled_batch_stays_cancelled_while_an_extension_is_applied(monkeypatch):
    lab = world.a_lab()
    for _ in range(ROUNDS):
        assert not _extend_against_cancel(lab, monkeypatch)
    assert differences() == []


def test_without_the_batchs_lock_an_extension_opens_a_cancelled_batch_again(
    monkeypatch, lift_row_locks
):
    """Twin."""
    lab = world.a_lab()
    lift_row_locks()
    assert _extend_against_cancel(lab, monkeypatch)
