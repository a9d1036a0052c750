"""Notifications and review policies."""

from typing import Any

from tasks import jobs
from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.mturk.conformance.hits import MTURK, UNKNOWN

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/results"
HOOK: dict[str, Any] = {
    "Destination": "https://lab.example/hook",
    "Transport": "SNS",
    "Version": "2014-08-15",
    "EventTypes": ["AssignmentSubmitted", "HITReviewable"],
}


def notifications(cast: Cast) -> None:
    """Settings of a HIT type, and a test of where they lead."""
    hit_type = cast.call("CreateHITType", **words.TERMS)["HITTypeId"]
    cast.call("UpdateNotificationSettings", HITTypeId=hit_type, Notification=HOOK, Active=True)
    cast.call("UpdateNotificationSettings", HITTypeId=hit_type, Active=False)
    cast.call("SendTestEventNotification", Notification=HOOK, TestEventType="Ping")
    operation = "UpdateNotificationSettings"
    cast.refused(operation, "AWS.MissingParameters", HITTypeId=hit_type)
    unknown = {"HITTypeId": UNKNOWN, "Notification": HOOK}
    cast.refused(operation, MTURK + "HITTypeDoesNotExist", "does not exist", **unknown)
    wrong = MTURK + "InvalidTransportEndpoint"
    for changed in (
        {"Destination": "https://10.0.0.1/hook"},
        {"Destination": "arn:aws:nothing"},
        {"Transport": "Email", "Destination": "someone@lab.example"},
        {"Transport": "SQS", "Destination": QUEUE},  # no credentials are saved
    ):
        given = {**HOOK, **changed}
        cast.refused(operation, wrong, HITTypeId=hit_type, Notification=given)
        cast.refused("SendTestEventNotification", wrong, Notification=given, TestEventType="Ping")


def review_policies(cast: Cast) -> None:
    """Known answers judge each assignment, the plurality the HIT, and the reports tell."""
    hit_id = cast.call(
        "CreateHIT",
        **{**words.HIT, "Question": words.HTML},
        AssignmentReviewPolicy=words.KNOWN_ANSWERS,
        HITReviewPolicy=words.PLURALITY,
    )["HIT"]["HITId"]
    wrong = cast.submits(hit_id, 0, label="dog")
    right = cast.submits(hit_id, 1, label="cat")
    for _turn in range(5):
        jobs.run_policies()
    states = {
        name: cast.call("GetAssignment", AssignmentId=name)["Assignment"]["AssignmentStatus"]
        for name in (wrong, right)
    }
    assert states == {wrong: "Rejected", right: "Approved"}
    asked = {
        "RetrieveActions": True,
        "RetrieveResults": True,
        "PolicyLevels": ["Assignment", "HIT"],
    }
    operation = "ListReviewPolicyResultsForHIT"
    whole = cast.call(operation, HITId=hit_id, MaxResults=100, **asked)
    keys = {r["Key"] for r in whole["AssignmentReviewReport"]["ReviewResults"]}
    assert "KnownAnswerScore" in keys
    part = cast.call(operation, HITId=hit_id, MaxResults=1, **asked)
    cast.call(operation, HITId=hit_id, NextToken=part["NextToken"], **asked)
    cast.refused(operation, MTURK + "HITDoesNotExist", "does not exist", HITId=UNKNOWN)
    _a_failed_action(cast)
    for policy in (
        {"PolicyName": "NoSuchPolicy/2011-09-01", "Parameters": []},
        {"PolicyName": "ScoreMyKnownAnswers/2011-09-01", "Parameters": []},
    ):
        given = {**words.HIT, "AssignmentReviewPolicy": policy}
        cast.refused("CreateHIT", MTURK + "InvalidParameterValue", **given)


def _a_failed_action(cast: Cast) -> None:
    """An approval by the requester is quicker than both policies, whose rejections then fail."""
    agreeing = {
        "PolicyName": words.PLURALITY["PolicyName"],
        "Parameters": [
            {"Key": "QuestionIds", "Values": ["label"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
            {"Key": "RejectIfWorkerAgreementScoreIsLessThan", "Values": ["50"]},
            {"Key": "RejectReason", "Values": ["The others say otherwise."]},
        ],
    }
    hit_id = cast.call(
        "CreateHIT",
        **{**words.HIT, "Question": words.HTML, "MaxAssignments": 3},
        AssignmentReviewPolicy=words.KNOWN_ANSWERS,
        HITReviewPolicy=agreeing,
    )["HIT"]["HITId"]
    first = cast.submits(hit_id, 0, label="dog")
    cast.call("ApproveAssignment", AssignmentId=first)
    for number in (1, 2):
        cast.submits(hit_id, number, label="cat")
    for _turn in range(5):
        jobs.run_policies()
    operation = "ListReviewPolicyResultsForHIT"
    report = cast.call(
        operation, HITId=hit_id, RetrieveActions=True, RetrieveResults=True, MaxResults=100
    )
    for level in ("Assignment", "HIT"):
        actions = report[f"{level}ReviewReport"]["ReviewActions"]
        (failed,) = (action for action in actions if action["Status"] == "Failed")
        assert failed["TargetId"] == first
        assert failed["ErrorCode"].endswith("InvalidAssignmentState")
