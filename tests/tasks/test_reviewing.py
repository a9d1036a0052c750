"""Approving, rejecting, undoing, bonuses: who is paid what, when, and from where."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.accounts.models import Role
from marketplace.errors import InsufficientFunds, InvalidInput, NotAllowed, NotFound, WrongState
from marketplace.idempotency import DuplicateRequest
from payments import audit, ledger, queries
from payments.models import AccountKind
from tasks import jobs, money_audit
from tasks.actions import review_run
from tasks.actions.decide import approve_assignments, only, reject_assignments
from tasks.actions.review_run import Decision, start_run, start_run_on
from tasks.actions.send_bonus import send_bonus
from tasks.errors import RejectionIsFinal
from tasks.models import HIT, Assignment, ReviewItem, ReviewRun
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(settings):
    """Has exactly what one HIT of one assignment at 100 and 12.5 % costs."""
    settings.MANYHANDS_FEE_PERCENT = Decimal("12.5")
    return world.a_lab(cents=113)


@pytest.fixture
def work(clock, lab):
    """Submitted, at 100 cents and a fee of 13."""
    worker = world.a_worker()
    return world.submitted(worker, world.a_batch(lab, rows=1, reward_cents=100, max_assignments=1))


@pytest.fixture(autouse=True)
def _books_balance():
    """Whatever a test here does, the money is right at its end."""
    yield
    assert [*audit.differences(), *money_audit.differences()] == []


def approve(lab, clock, *work, **changes):
    ids = [assignment.public_id for assignment in work]
    return approve_assignments(**{"by": lab.by, "assignment_ids": ids, "at": clock.now, **changes})


def reject(lab, clock, *work):
    ids = [assignment.public_id for assignment in work]
    return reject_assignments(by=lab.by, assignment_ids=ids, at=clock.now, feedback="Wrong.")


def spread(lab, work):
    """Where the money is: requester, escrow, worker, fees."""
    fees = ledger.account(AccountKind.FEES, "", "USD")
    return (
        queries.requester_balance(lab.requester.public_id, "USD"),
        ledger.balance(work.hit.escrow_id),
        queries.earnings_of(work.worker.public_id, "USD").available_cents,
        ledger.balance(fees),
    )


def status(work):
    work.refresh_from_db()
    return work.status


def test_approving_pays_reward_and_fee_from_escrow_once(lab, clock, work):
    assert spread(lab, work) == (0, 113, 0, 0)
    assert approve(lab, clock, work).done == [work.public_id]
    assert spread(lab, work) == (0, 0, 100, 13)
    refused = approve(lab, clock, work).refused[work.public_id]
    assert refused.message == f"Assignment {work.public_id} is approved already."
    assert spread(lab, work) == (0, 0, 100, 13)
    work.worker.refresh_from_db()
    assert work.worker.approved_count == 1


def test_rejecting_pays_nobody_and_keeps_the_money_for_seven_days(lab, clock, work):
    reject(lab, clock, work)
    clock.forward(days=6, hours=23)
    assert jobs.release_rejected() == 0
    assert spread(lab, work) == (0, 113, 0, 0)
    clock.forward(hours=1)
    assert [jobs.release_rejected() for _ in range(2)] == [1, 0]
    assert spread(lab, work) == (113, 0, 0, 0)


def test_a_rejection_undone_in_time_is_paid_from_what_was_kept(lab, clock, work):
    reject(lab, clock, work)
    assert approve(lab, clock, work).done == []
    approve(lab, clock, work, undo_rejection=True)
    assert spread(lab, work) == (0, 0, 100, 13)
    work.worker.refresh_from_db()
    assert (work.worker.approved_count, work.worker.rejected_count) == (1, 0)
    clock.forward(days=8)
    assert jobs.release_rejected() == 0


def test_undone_after_the_money_went_back_it_is_held_again(lab, clock, work):
    reject(lab, clock, work)
    clock.forward(days=30)
    jobs.release_rejected()
    approve(lab, clock, work, undo_rejection=True)
    assert spread(lab, work) == (0, 0, 100, 13)


def test_undone_without_funds_nothing_changes_and_the_sentence_says_what_is_missing(
    lab, clock, work
):
    reject(lab, clock, work)
    clock.forward(days=8)
    jobs.release_rejected()
    world.a_batch(lab, rows=1, reward_cents=1, max_assignments=1)
    with pytest.raises(InsufficientFunds, match=r"\$0\.01 short"):
        approve(lab, clock, work, undo_rejection=True)
    assert status(work) == "Rejected"


def test_after_thirty_days_a_rejection_is_final(lab, clock, work):
    reject(lab, clock, work)
    clock.forward(days=30, seconds=1)
    decided = approve(lab, clock, work, undo_rejection=True)
    with pytest.raises(RejectionIsFinal):
        only(decided, work.public_id)
    assert status(work) == "Rejected"


def test_an_approval_is_final(lab, clock, work):
    approve(lab, clock, work)
    assert work.public_id in reject(lab, clock, work).refused
    assert status(work) == "Approved"


def test_work_nobody_reviewed_in_time_is_approved_by_the_clock(lab, clock, work):
    clock.forward(days=3, seconds=-1)
    assert jobs.auto_approve() == 0
    clock.forward(seconds=1)
    assert [jobs.auto_approve() for _ in range(2)] == [1, 0]
    assert spread(lab, work) == (0, 0, 100, 13)
    assert work.decided_by in ("", "system")


def test_one_that_cannot_be_decided_does_not_hold_up_the_rest(lab, clock, work):
    decided = approve(lab, clock, work, assignment_ids=["3NOTHING", work.public_id])
    assert decided.done == [work.public_id]
    assert isinstance(decided.refused["3NOTHING"], NotFound)


def test_somebody_elses_work_does_not_exist(lab, clock, work):
    stranger = world.a_lab("Other Lab", cents=0)
    assert isinstance(approve(stranger, clock, work).refused[work.public_id], NotFound)
    assert isinstance(reject(stranger, clock, work).refused[work.public_id], NotFound)
    assert status(work) == "Submitted"


def test_work_in_progress_cannot_be_decided_on(lab, clock):
    world.deposit(lab, 1000)
    accepted = world.accepted(world.a_worker(), world.a_batch(lab))
    refused = approve(lab, clock, accepted).refused[accepted.public_id]
    assert isinstance(refused, WrongState)
    assert refused.message == f"Assignment {accepted.public_id} is in work already."


def test_deciding_takes_a_reviewer_and_a_reason_has_a_length(lab, clock, work):
    viewer = world.a_member(lab.requester, world.a_user("v@lab.test"), Role.VIEWER)
    with pytest.raises(NotAllowed):
        approve(lab, clock, work, by=viewer)
    with pytest.raises(InvalidInput):
        approve(lab, clock, work, feedback="x" * 1025)


def test_play_work_says_nothing_about_a_worker(lab, clock):
    world.deposit(lab, 500, "XTS")
    worker = world.a_worker("sandy")
    batch = world.a_batch(lab, is_sandbox=True, rows=2, reward_cents=50)
    approve(lab, clock, world.submitted(worker, batch))
    reject(lab, clock, world.submitted(worker, batch))
    worker.refresh_from_db()
    assert (worker.approved_count, worker.rejected_count) == (0, 0)
    assert queries.earnings_of(worker.public_id, "XTS").available_cents == 50
    assert queries.earnings_of(worker.public_id, "USD").available_cents == 0


def bonus(lab, clock, work, **changes):
    values = {"assignment_id": work.public_id, "amount_cents": 100, "reason": "Thanks."}
    return send_bonus(**{"by": lab.by, **values, **changes}, at=clock.now)


def test_a_bonus_is_paid_at_once_with_its_fee(lab, clock, work):
    world.deposit(lab, 200)
    bonus(lab, clock, work)
    assert spread(lab, work) == (87, 113, 100, 13)


def test_a_token_pays_one_bonus(lab, clock, work):
    world.deposit(lab, 500)
    bonus(lab, clock, work, request_token="t1")
    with pytest.raises(DuplicateRequest, match="paid already: bonus"):
        bonus(lab, clock, work, request_token="t1")
    bonus(lab, clock, work, request_token="t2")
    bonus(lab, clock, work)
    assert spread(lab, work)[2] == 300


def test_a_tokens_day_is_over_after_24_hours(lab, clock, work):
    world.deposit(lab, 500)
    bonus(lab, clock, work, request_token="t1")
    clock.forward(hours=24)
    bonus(lab, clock, work, request_token="t1")
    assert spread(lab, work)[2] == 200


def test_a_bonus_without_funds_pays_nobody(lab, clock, work):
    with pytest.raises(InsufficientFunds, match=r"\$1\.13 short"):
        bonus(lab, clock, work, request_token="t1")
    world.deposit(lab, 113)
    bonus(lab, clock, work, request_token="t1")


@pytest.mark.parametrize(
    "changes", [{"amount_cents": 0}, {"amount_cents": 1_000_001}, {"reason": "  "}]
)
def test_a_bonus_has_an_amount_and_a_reason(lab, clock, work, changes):
    with pytest.raises(InvalidInput):
        bonus(lab, clock, work, **changes)


def test_a_bonus_is_for_work_of_ones_own_that_was_submitted(lab, clock, work):
    stranger = world.a_lab("Other Lab")
    with pytest.raises(NotFound):
        bonus(stranger, clock, work)


@pytest.fixture
def five(clock, lab):
    world.deposit(lab, 2000)
    batch = world.a_batch(lab, rows=1, reward_cents=100, max_assignments=5)
    for number in range(5):
        world.submitted(world.a_worker(f"w{number}"), batch)
    return batch


def run_all(lab, clock, batch, decision="approve", **changes):
    chosen = changes.pop("chosen", Assignment.objects.filter(hit__batch=batch))
    return start_run_on(
        by=lab.by, batch=batch, chosen=chosen, decision=decision, feedback="", at=clock.now
    )


def outcomes(run):
    return sorted(run.items.values_list("outcome", flat=True))


def test_a_run_decides_on_all_that_was_chosen_and_on_nothing_later(lab, clock, five):
    first = list(Assignment.objects.order_by("pk").values_list("pk", flat=True)[:3])
    run = run_all(lab, clock, five, chosen=Assignment.objects.filter(pk__in=first))
    assert run.total == 3
    assert [jobs.run_reviews() for _ in range(2)] == [1, 0]
    assert outcomes(run) == ["done"] * 3
    assert Assignment.objects.filter(status="Submitted").count() == 2


def test_a_run_on_nothing_is_no_error(lab, clock, five):
    run = run_all(lab, clock, five, chosen=Assignment.objects.none())
    jobs.run_reviews()
    run.refresh_from_db()
    assert (run.total, bool(run.finished_at)) == (0, True)


def test_a_run_that_dies_is_resumed_and_decides_nothing_twice(lab, clock, five, monkeypatch):
    class Killed(BaseException):
        pass

    monkeypatch.setattr(review_run, "CHUNK", 2)
    run = run_all(lab, clock, five)
    real, calls = review_run.approve_assignments, []

    def dies_at_the_second_chunk(**arguments):
        calls.append(arguments)
        result = real(**arguments)
        if len(calls) == 2:
            raise Killed  # decided, and not committed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(review_run, "approve_assignments", dies_at_the_second_chunk)
        with pytest.raises(Killed):
            jobs.run_reviews()
    assert outcomes(run) == ["", "", "", "done", "done"]
    assert jobs.run_reviews() == 0, "the dead process holds a lease"
    clock.forward(seconds=60)
    assert jobs.run_reviews() == 1
    assert outcomes(run) == ["done"] * 5
    assert ledger.balance(HIT.objects.get(batch=five).escrow_id) == 0


def test_each_row_of_a_run_has_its_outcome(lab, clock, five):
    first, second, third = Assignment.objects.order_by("pk")[:3]
    approve(lab, clock, second)
    run = start_run(
        by=lab.by,
        batch=five,
        decisions=[
            Decision(assignment=first.pk, decision="reject", feedback="No."),
            Decision(assignment=second.pk, decision="reject", feedback="No."),
            Decision(assignment=third.pk, decision="approve", feedback="Good."),
        ],
        at=clock.now,
    )
    jobs.run_reviews()
    found = dict(run.items.values_list("assignment", "outcome"))
    assert found[first.pk] == found[third.pk] == "done"
    assert "approved already" in found[second.pk]


def test_a_run_that_lacks_funds_for_one_row_carries_out_the_others(lab, clock, five):
    rejected = Assignment.objects.order_by("pk").first()
    reject(lab, clock, rejected)
    clock.forward(days=8)
    Assignment.objects.filter(status="Submitted").update(auto_approve_at=clock.now + timedelta(1))
    jobs.release_rejected()
    rest = queries.requester_balance(lab.requester.public_id, "USD")
    world.a_batch(lab, rows=1, reward_cents=rest * 8 // 9 // 4, max_assignments=4)
    run = run_all(lab, clock, five)
    jobs.run_reviews()
    found = outcomes(run)
    assert found[1:] == ["done"] * 4
    assert "short of this" in found[0]


def test_a_suspended_requesters_run_says_why_nothing_was_done(lab, clock, five):
    run = run_all(lab, clock, five)
    lab.requester.suspended_at, lab.requester.suspended_reason = clock.now, "Fraud."
    lab.requester.save()
    jobs.run_reviews()
    assert all("suspended: Fraud." in outcome for outcome in outcomes(run))
    assert ReviewRun.objects.get().finished_at
    assert ReviewItem.objects.filter(outcome="").count() == 0
