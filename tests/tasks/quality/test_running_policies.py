"""Policies at work: each event is judged once, what they want is done once, and money is right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from marketplace import clock as now
from marketplace.accounts.actions.suspend_requester import suspend_requester
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput
from payments import ledger, queries
from tasks import jobs
from tasks.actions.attach_review_policies import attach_review_policies
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.models import HIT, Assignment, Event, PolicyAction, PolicyResult
from tests import world
from tests.tasks.quality.props import (
    PLURAL,
    differences,
    done,
    found,
    fresh,
    hand_in,
    make_hit,
    policy,
    run,
    status,
)

pytestmark = pytest.mark.django_db

DECIDE = {"ApproveIfKnownAnswerScoreIsAtLeast": 100, "RejectIfKnownAnswerScoreIsLessThan": 100}
EXTEND = {"ExtendIfKnownAnswerScoreIsLessThan": 100}
AGREE = {
    "ApproveIfWorkerAgreementScoreIsAtLeast": 100,
    "RejectIfWorkerAgreementScoreIsLessThan": 100,
}
EXTEND_HIT = {
    "ExtendIfHITAgreementScoreIsLessThan": 100,
    "ExtendMaximumAssignments": 4,
    "ExtendMinimumTimeInSeconds": 3600,
}


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=100_00)


@pytest.fixture(autouse=True)
def _books_balance(lab):
    yield
    assert differences() == []


def test_the_right_are_approved_and_paid_and_the_wrong_rejected_with_the_reason(lab):
    hit = make_hit(lab, known={**DECIDE, "RejectReason": "Read it.", "ApproveReason": "Thanks."})
    right, wrong = hand_in(hit, "a", gold="right"), hand_in(hit, "b", gold="left")
    run()
    assert (status(right), status(wrong)) == ("Approved", "Rejected")
    feedback = Assignment.objects.values_list("public_id", "feedback")
    assert dict(feedback) == {right: "Thanks.", wrong: "Read it."}
    worker = Assignment.objects.get(public_id=right).worker
    assert queries.earnings_of(worker.public_id, "USD").available_cents == 10
    assert found(hit)[:2] == [
        ("Assignment", "gold", "KnownAnswerCorrect", "1"),
        ("Assignment", "", "KnownAnswerScore", "100"),
    ]


def test_a_policys_rejection_keeps_the_money_for_the_appeal_as_a_persons_does(lab, clock):
    hit = make_hit(lab, known=DECIDE, most=1)
    hand_in(hit, "a", gold="left")
    run()
    assert ledger.balance(hit.escrow_id) == 10
    clock.forward(days=8)
    jobs.release_rejected()
    assert ledger.balance(hit.escrow_id) == 0


def test_decisions_are_the_policys_in_the_trail_and_on_the_assignment(lab):
    hit = make_hit(lab, known=DECIDE, most=1)
    hand_in(hit, "a", gold="right")
    run()
    assert Assignment.objects.get().decided_by == f"policy:{hit.public_id}"
    entry = AuditEntry.objects.get(action="approve_assignments")
    assert entry.actor == f"policy:{hit.public_id}"


def test_a_policy_comes_before_approval_by_the_clock_but_never_keeps_pay_waiting(
    lab, clock, monkeypatch
):
    hit = make_hit(lab, known=DECIDE, most=3, auto_approve_seconds=0)
    first = hand_in(hit, "a", gold="left")
    jobs.auto_approve()
    assert status(first) == "Submitted"
    with monkeypatch.context() as patch:  # judged, and not carried out yet
        patch.setattr(jobs, "carry_out_policy_action", lambda **_: False)
        run()
    jobs.auto_approve()
    assert status(first) == "Submitted"
    run()
    assert status(first) == "Rejected"
    second = hand_in(hit, "b", gold="left")
    clock.forward(minutes=11)  # no job judges
    jobs.auto_approve()
    assert status(second) == "Approved"


def test_a_policy_without_decisions_scores_and_leaves_the_work_to_be_reviewed(lab):
    hit = make_hit(lab, known={}, most=1)
    assignment = hand_in(hit, "a", gold="left")
    run()
    assert status(assignment) == "Submitted"
    assert done(hit) == []
    assert ("Assignment", "", "KnownAnswerScore", "0") in found(hit)


def test_a_second_run_finds_nothing_to_do(lab):
    hit = make_hit(lab, known=DECIDE, plural=AGREE, most=1)
    hand_in(hit, "a", gold="right", answer="x")
    assert run() > 0
    before = (found(hit), done(hit))
    assert run() == 0
    assert (found(hit), done(hit)) == before
    assert not Event.objects.exists()


def test_the_same_submission_noted_twice_is_judged_once(lab):
    hit = make_hit(lab, known={**DECIDE, **EXTEND}, most=1)
    hand_in(hit, "a", gold="left")
    event = Event.objects.get(kind="AssignmentSubmitted")
    event.pk = None
    event.save()
    run()
    assert [name for name, _, _ in done(hit)] == ["reject", "extend"]
    assert fresh(hit).max_assignments == 2


def test_wrong_work_extends_the_hit_for_another_worker_up_to_the_maximum(lab):
    hit = make_hit(lab, known={**EXTEND, "ExtendMaximumAssignments": 2}, most=1)
    hand_in(hit, "a", gold="left")
    run()
    assert (fresh(hit).max_assignments, fresh(hit).status) == (2, "Assignable")
    hand_in(hit, "b", gold="left")
    run()
    assert fresh(hit).max_assignments == 2
    assert [outcome for _, outcome, _ in done(hit)] == ["Succeeded", "Succeeded"]
    assert "2 are the most" in done(hit)[1][2]


def test_a_hit_of_fewer_than_ten_never_grows_to_ten(lab):
    hit = make_hit(lab, known={**EXTEND, "ExtendMaximumAssignments": 25}, most=9)
    hand_in(hit, "a", gold="left")
    run()
    assert fresh(hit).max_assignments == 9


def test_a_hit_of_ten_and_more_grows(lab):
    hit = make_hit(lab, known={**EXTEND, "ExtendMaximumAssignments": 25}, most=10)
    hand_in(hit, "a", gold="left")
    run()
    assert fresh(hit).max_assignments == 11


def test_an_extension_gives_the_next_worker_the_policys_time_and_takes_none_away(lab, clock):
    hit = make_hit(lab, known={**EXTEND, "ExtendMinimumTimeInSeconds": 3600}, most=1)
    clock.forward(seconds=86_400 - 60)
    hand_in(hit, "a", gold="left")
    run()
    assert fresh(hit).expires_at == clock.now + timedelta(seconds=3600)
    other = make_hit(lab, known={**EXTEND, "ExtendMinimumTimeInSeconds": 3600}, most=1)
    hand_in(other, "b", gold="left")
    run()
    assert fresh(other).expires_at == clock.now + timedelta(seconds=86_400)


def test_an_expired_hit_opens_again_with_the_policys_time_and_fails_without(lab, clock):
    timed = make_hit(lab, known={**EXTEND, "ExtendMinimumTimeInSeconds": 3600}, most=1)
    untimed = make_hit(lab, known=EXTEND, most=1)
    for number, hit in enumerate((timed, untimed)):
        hand_in(hit, f"w{number}", gold="left")
    clock.forward(days=2)
    run()
    assert (fresh(timed).open_slots, fresh(timed).max_assignments) == (1, 2)
    assert (fresh(untimed).open_slots, fresh(untimed).max_assignments) == (0, 1)
    failed = PolicyAction.objects.get(policy__hit=untimed, name="extend")
    assert (failed.status, failed.error_code) == ("Failed", "AWS.MechanicalTurk.InvalidHITState")


def test_an_extension_without_funds_fails_and_says_so(lab):
    poor = world.a_lab("Poor Lab", cents=100)
    hit = make_hit(poor, known=EXTEND, most=1, reward_cents=100)
    hand_in(hit, "a", gold="left")
    run()
    failed = PolicyAction.objects.get(name="extend")
    assert (failed.status, failed.error_code) == (
        "Failed", "AWS.MechanicalTurk.InsufficientFunds",
    )  # fmt: skip
    assert fresh(hit).max_assignments == 1


def test_an_extension_pays_the_fee_that_the_hit_was_made_with(lab, settings):
    settings.MANYHANDS_FEE_PERCENT = Decimal(20)
    hit = make_hit(lab, known=EXTEND, most=1)
    hand_in(hit, "a", gold="left")
    settings.MANYHANDS_FEE_PERCENT = Decimal(50)
    run()
    assert ledger.balance(hit.escrow_id) == 2 * 12


def test_who_agrees_is_approved_and_who_does_not_is_rejected_when_all_is_in(lab):
    hit = make_hit(lab, plural={**AGREE, "RejectReason": "The others say x."}, most=3)
    first = hand_in(hit, "a", answer="x")
    run()
    assert found(hit) == []
    second, third = hand_in(hit, "b", answer="x"), hand_in(hit, "c", answer="y")
    run()
    assert [status(one) for one in (first, second, third)] == ["Approved", "Approved", "Rejected"]
    assert found(hit) == [
        ("HIT", "answer", "AgreedAnswerFound", "true"),
        ("HIT", "answer", "AgreedAnswer", "x"),
        ("HIT", "answer", "AnswerAgreementScore", "66"),
        ("Assignment", "", "WorkerAgreementScore", "100"),
        ("Assignment", "", "PluralityAnswersCorrect", "1"),
        ("Assignment", "", "PluralityAnswersIncorrect", "0"),
        ("Assignment", "", "WorkerAgreementScore", "100"),
        ("Assignment", "", "PluralityAnswersCorrect", "1"),
        ("Assignment", "", "PluralityAnswersIncorrect", "0"),
        ("Assignment", "", "WorkerAgreementScore", "0"),
        ("Assignment", "", "PluralityAnswersCorrect", "0"),
        ("Assignment", "", "PluralityAnswersIncorrect", "1"),
        ("HIT", "", "HitAgreementScore", "100"),
    ]


def test_without_agreement_the_hit_grows_and_is_judged_anew_at_its_next_end(lab):
    hit = make_hit(lab, plural={**AGREE, **EXTEND_HIT}, most=2)
    first, second = hand_in(hit, "a", answer="x"), hand_in(hit, "b", answer="y")
    run()
    assert fresh(hit).max_assignments == 3
    assert (status(first), status(second)) == ("Submitted", "Submitted")
    assert ("HIT", "answer", "AgreedAnswerFound", "false") in found(hit)
    third = hand_in(hit, "c", answer="x")
    run()
    assert [status(one) for one in (first, second, third)] == ["Approved", "Rejected", "Approved"]
    assert PolicyAction.objects.filter(name="review").count() == 2


def test_what_was_decided_before_is_done_already_or_refused(lab):
    hit = make_hit(lab, plural=AGREE, most=4)
    work = [hand_in(hit, name, answer=text) for name, text in zip("abcd", "xxxy", strict=True)]
    approve_assignments(by=lab.by, assignment_ids=[work[0], work[3]], at=now.now())
    reject_assignments(by=lab.by, assignment_ids=[work[1]], at=now.now(), feedback="no")
    run()
    outcomes = PolicyAction.objects.exclude(name="review").order_by("pk")
    assert outcomes.values_list("name", "status", "result", "error_code")[0] == (
        "approve", "Succeeded", "Already approved", "",
    )  # fmt: skip
    assert list(outcomes.values_list("name", "status", "error_code"))[1:] == [
        ("approve", "Failed", "AWS.MechanicalTurk.InvalidAssignmentState"),
        ("approve", "Succeeded", ""),
        ("reject", "Failed", "AWS.MechanicalTurk.InvalidAssignmentState"),
    ]


def test_rejected_work_is_disregarded_only_where_the_policy_says_so(lab):
    for name, asked, agreed in (("d", "T", "false"), ("r", "F", "true")):
        hit = make_hit(lab, plural={"DisregardAssignmentIfRejected": asked}, most=3)
        work = [hand_in(hit, f"{name}{n}", answer=text) for n, text in enumerate("xxy")]
        reject_assignments(by=lab.by, assignment_ids=work[:1], at=now.now(), feedback="no")
        run()
        assert ("HIT", "answer", "AgreedAnswerFound", agreed) in found(hit)


def test_work_that_fails_the_known_answers_does_not_count_for_agreement(lab):
    plural = {"DisregardAssignmentIfKnownAnswerScoreIsLessThan": 100}
    hit = make_hit(lab, known={}, plural=plural, most=3)
    hand_in(hit, "a", gold="left", answer="y")
    hand_in(hit, "b", gold="left", answer="y")
    hand_in(hit, "c", gold="right", answer="x")
    run()
    assert ("HIT", "answer", "AgreedAnswer", "x") in found(hit)
    assert PolicyResult.objects.filter(key="WorkerAgreementScore").count() == 1


def test_a_hit_that_its_assignments_policy_extends_is_not_judged_before_its_new_end(lab):
    hit = make_hit(lab, known=EXTEND, plural=AGREE, most=1)
    first = hand_in(hit, "a", gold="left", answer="x")
    run()
    assert fresh(hit).status == "Assignable"
    assert status(first) == "Submitted"
    hand_in(hit, "b", gold="right", answer="x")
    run()
    assert status(first) == "Approved"


def test_the_hit_waits_for_its_assignments_whatever_the_order_of_the_events(lab):
    hit = make_hit(lab, known=DECIDE, plural={"DisregardAssignmentIfRejected": "T"}, most=1)
    hand_in(hit, "a", gold="left", answer="x")
    event = Event.objects.get(kind="AssignmentSubmitted")
    Event.objects.filter(pk=event.pk).update(id=event.pk + 1000)
    run()
    assert ("HIT", "answer", "AgreedAnswerFound", "false") in found(hit)


def test_a_hit_that_expires_half_done_is_judged_by_what_there_is(lab, clock):
    hit = make_hit(lab, plural=AGREE, most=3)
    assignment = hand_in(hit, "a", answer="x")
    clock.forward(days=1, hours=1)
    jobs.expire_hits()
    run()
    assert status(assignment) == "Approved"


def test_a_deleted_hit_is_neither_judged_nor_extended(lab, clock):
    hit = make_hit(lab, plural={**AGREE, **EXTEND_HIT}, most=1)
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=now.now(), at=now.now())
    delete_hit(by=lab.by, hit_id=hit.public_id, at=now.now())
    run()
    assert found(hit) == []
    assert not Event.objects.exists()


def test_a_suspended_requesters_policy_decides_nothing(lab, django_user_model):
    hit = make_hit(lab, known=DECIDE, most=1)
    assignment = hand_in(hit, "a", gold="left")
    staff = world.a_user("staff@manyhands.test", is_staff=True, is_superuser=True)
    suspend_requester(staff=staff, requester=lab.requester, reason="Fraud.", at=now.now())
    run()
    assert status(assignment) == "Submitted"
    failed = PolicyAction.objects.get(name="reject")
    assert (failed.status, failed.error_code) == ("Failed", "AWS.MechanicalTurk.PermissionDenied")


@pytest.mark.parametrize(
    ("assignment", "hit", "named"),
    [
        ({"PolicyName": "Guess/2011-09-01"}, None, "AssignmentReviewPolicy"),
        (policy(PLURAL), None, "AssignmentReviewPolicy"),
        (None, {"PolicyName": PLURAL, "Parameters": []}, "QuestionIds"),
    ],
)
def test_a_hit_with_a_policy_that_cannot_be_read_is_not_created(lab, assignment, hit, named):
    with pytest.raises(InvalidInput, match=named):
        make_hit_with(lab, assignment, hit)
    assert not HIT.objects.exists()


def make_hit_with(lab, assignment, hit_policy):
    with transaction.atomic():
        hit = make_hit(lab)
        attach_review_policies(
            hit=hit, assignment_policy=assignment, hit_policy=hit_policy, at=now.now()
        )


def test_a_requesters_own_extension_beyond_the_policys_maximum_ends_its_extending(lab):
    hit = make_hit(lab, known=EXTEND, most=1)
    add_assignments(by=lab.by, hit_id=hit.public_id, extra=5, at=now.now())
    hand_in(hit, "a", gold="left")
    run()
    assert fresh(hit).max_assignments == 6
