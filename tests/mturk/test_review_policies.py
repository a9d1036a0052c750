"""ListReviewPolicyResultsForHIT: both reports in the order of events, page by page."""

import json

import pytest

from marketplace import clock as now
from mturk.dispatch import carried_out, operation_of
from mturk.faults import Fault
from mturk.operation import Call
from tests import world
from tests.tasks.quality.props import KNOWN, PLURAL, hand_in, make_hit, run

pytestmark = pytest.mark.django_db
NAME = "ListReviewPolicyResultsForHIT"


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=100_00)


@pytest.fixture
def hit(lab):
    """Two did it: one knew and was approved, the other was rejected; they agree."""
    hit = make_hit(
        lab,
        known={
            "ApproveIfKnownAnswerScoreIsAtLeast": 100,
            "RejectIfKnownAnswerScoreIsLessThan": 100,
        },
        plural={"RejectIfWorkerAgreementScoreIsLessThan": 101},
    )
    hand_in(hit, "a", gold="right", answer="x")
    hand_in(hit, "b", gold="left", answer="x")
    run()
    return hit


def ask(lab, hit, **given):
    sandbox = given.pop("is_sandbox", False)
    call = Call(by=lab.by, is_sandbox=sandbox, at=now.now())
    body = json.dumps({"HITId": hit.public_id, **given}).encode()
    operation = operation_of(f"MTurkRequesterServiceV20170117.{NAME}")
    return json.loads(carried_out(operation, call, body, key_id=0, invocation=""))


def names(report):
    return [action["ActionName"] for action in report["ReviewActions"]]


def keys(report):
    return [result["Key"] for result in report["ReviewResults"]]


def test_both_levels_are_told_in_the_order_in_which_they_came(lab, hit):
    answer = ask(lab, hit)
    assert answer["HITId"] == hit.public_id
    assert answer["AssignmentReviewPolicy"] == {"PolicyName": KNOWN}
    assert answer["HITReviewPolicy"] == {"PolicyName": PLURAL}
    assert keys(answer["AssignmentReviewReport"]) == ["KnownAnswerCorrect", "KnownAnswerScore"] * 2
    assert names(answer["AssignmentReviewReport"]) == ["review", "approve", "review", "reject"]
    assert keys(answer["HITReviewReport"])[0] == "AgreedAnswerFound"
    assert keys(answer["HITReviewReport"])[-1] == "HitAgreementScore"
    assert "NextToken" not in answer


def test_a_result_and_an_action_have_every_member_that_they_can_have(lab, hit):
    report = ask(lab, hit)["AssignmentReviewReport"]
    result, action = report["ReviewResults"][0], report["ReviewActions"][0]
    assert set(result) == {"ActionId", "SubjectId", "SubjectType", "QuestionId", "Key", "Value"}
    assert (result["SubjectType"], result["QuestionId"]) == ("Assignment", "gold")
    assert result["ActionId"] == action["ActionId"]
    assert set(action) == {
        "ActionId", "ActionName", "TargetId", "TargetType", "Status", "CompleteTime", "Result",
    }  # fmt: skip
    assert action["CompleteTime"] == now.now().timestamp()
    failed = ask(lab, hit)["HITReviewReport"]["ReviewActions"][1]
    assert (failed["Status"], failed["ErrorCode"]) == (
        "Failed", "AWS.MechanicalTurk.InvalidAssignmentState",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("level", "there", "missing"),
    [("Assignment", "Assignment", "HIT"), ("HIT", "HIT", "Assignment")],
)
def test_one_level_alone_can_be_asked_for(lab, hit, level, there, missing):
    answer = ask(lab, hit, PolicyLevels=[level])
    assert f"{there}ReviewReport" in answer
    assert f"{missing}ReviewReport" not in answer
    assert f"{missing}ReviewPolicy" not in answer


@pytest.mark.parametrize("left_out", ["Actions", "Results"])
def test_actions_or_results_can_be_left_out(lab, hit, left_out):
    answer = ask(lab, hit, **{f"Retrieve{left_out}": False})
    for level in ("Assignment", "HIT"):
        kept = {"ReviewActions", "ReviewResults"} - {f"Review{left_out}"}
        assert set(answer[f"{level}ReviewReport"]) == kept


@pytest.mark.parametrize("size", [1, 3, 100])
def test_pages_make_up_the_whole_and_nothing_comes_twice(lab, hit, size):
    whole, token, pages = ask(lab, hit), {}, []
    while True:
        pages.append(ask(lab, hit, MaxResults=size, **token))
        if "NextToken" not in pages[-1]:
            break
        token = {"NextToken": pages[-1]["NextToken"]}
    for level in ("Assignment", "HIT"):
        for name in ("ReviewResults", "ReviewActions"):
            found = [row for page in pages for row in page[f"{level}ReviewReport"][name]]
            assert found == whole[f"{level}ReviewReport"][name]
    sizes = [
        sum(len(page[f"{level}ReviewReport"][name]) for level in ("Assignment", "HIT")
            for name in ("ReviewResults", "ReviewActions"))
        for page in pages
    ]  # fmt: skip
    assert all(count == size for count in sizes[:-1])


@pytest.mark.parametrize("token", ["x", "eA", "SElUOlJldmlld1Jlc3VsdHM6LTE", "é", "QQ==:"])
def test_a_token_of_somebody_elses_making_is_refused(lab, hit, token):
    with pytest.raises(Fault, match="NextToken") as refused:
        ask(lab, hit, NextToken=token)
    assert refused.value.parameter == "NextToken"


def test_a_hit_without_policies_has_no_reports(lab):
    hit = make_hit(lab)
    assert ask(lab, hit) == {"HITId": hit.public_id}


def test_somebody_elses_hit_and_the_other_sides_do_not_exist(lab, hit):
    for asker, sandbox in ((world.a_lab("Other Lab"), False), (lab, True)):
        with pytest.raises(Fault, match=f"Hit {hit.public_id} does not exist") as refused:
            ask(asker, hit, is_sandbox=sandbox)
        assert refused.value.code == "AWS.MechanicalTurk.HITDoesNotExist"
