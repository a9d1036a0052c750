"""Every limit that botocore's model has on a member, broken once: length, range, pattern, enum.

boto3 checks none of them but minimums before it sends, so the server must.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import Shape

from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.mturk.conformance.hits import MTURK, UNKNOWN
from tests.mturk.conformance.notices import HOOK

_A_TYPE = {"Name": "n", "Description": "d", "QualificationTypeStatus": "Active"}
_A_BONUS = {"WorkerId": "A2", "BonusAmount": "1.00", "AssignmentId": UNKNOWN, "Reason": "r"}
_BY_HIT_TYPE = {
    "HITTypeId": UNKNOWN,
    "LifetimeInSeconds": 60,
    "Question": words.EXTERNAL,
    "HITLayoutParameters": [{"Name": "n", "Value": "v"}],
    "AssignmentReviewPolicy": words.KNOWN_ANSWERS,
    "HITReviewPolicy": words.PLURALITY,
}
_OF_A_TYPE = {"QualificationTypeId": UNKNOWN, "WorkerId": "A2"}
# What each operation is rightly asked; one member of it is broken at a time.
RIGHT: dict[str, dict[str, Any]] = {
    "AcceptQualificationRequest": {"QualificationRequestId": UNKNOWN},
    "ApproveAssignment": {"AssignmentId": UNKNOWN},
    "AssociateQualificationWithWorker": _OF_A_TYPE,
    "CreateAdditionalAssignmentsForHIT": {"HITId": UNKNOWN, "NumberOfAdditionalAssignments": 1},
    "CreateHIT": {
        **words.HIT,
        **_BY_HIT_TYPE,
        "QualificationRequirements": words.REQUIREMENTS,
    },
    "CreateHITType": {**words.TERMS, "QualificationRequirements": words.REQUIREMENTS},
    "CreateHITWithHITType": _BY_HIT_TYPE,
    "CreateQualificationType": _A_TYPE,
    "CreateWorkerBlock": {"WorkerId": "A2", "Reason": "r"},
    "DeleteHIT": {"HITId": UNKNOWN},
    "DeleteQualificationType": {"QualificationTypeId": UNKNOWN},
    "DeleteWorkerBlock": {"WorkerId": "A2"},
    "DisassociateQualificationFromWorker": _OF_A_TYPE,
    "GetAccountBalance": {},
    "GetAssignment": {"AssignmentId": UNKNOWN},
    "GetFileUploadURL": {"AssignmentId": UNKNOWN, "QuestionIdentifier": "q"},
    "GetHIT": {"HITId": UNKNOWN},
    "GetQualificationScore": _OF_A_TYPE,
    "GetQualificationType": {"QualificationTypeId": UNKNOWN},
    "ListAssignmentsForHIT": {"HITId": UNKNOWN, "AssignmentStatuses": ["Submitted"]},
    "ListBonusPayments": {"HITId": UNKNOWN},
    "ListHITs": {},
    "ListHITsForQualificationType": {"QualificationTypeId": UNKNOWN},
    "ListQualificationRequests": {},
    "ListQualificationTypes": {"MustBeRequestable": False},
    "ListReviewPolicyResultsForHIT": {"HITId": UNKNOWN, "PolicyLevels": ["HIT"]},
    "ListReviewableHITs": {},
    "ListWorkerBlocks": {},
    "ListWorkersWithQualificationType": {"QualificationTypeId": UNKNOWN},
    "NotifyWorkers": {"Subject": "s", "MessageText": "m", "WorkerIds": ["A2"]},
    "RejectAssignment": {"AssignmentId": UNKNOWN, "RequesterFeedback": "f"},
    "RejectQualificationRequest": {"QualificationRequestId": UNKNOWN},
    "SendBonus": _A_BONUS,
    "SendTestEventNotification": {"Notification": HOOK, "TestEventType": "Ping"},
    "UpdateExpirationForHIT": {"HITId": UNKNOWN, "ExpireAt": 0},
    "UpdateHITReviewStatus": {"HITId": UNKNOWN},
    "UpdateHITTypeOfHIT": {"HITId": UNKNOWN, "HITTypeId": UNKNOWN},
    "UpdateNotificationSettings": {"HITTypeId": UNKNOWN, "Notification": HOOK},
    "UpdateQualificationType": {"QualificationTypeId": UNKNOWN},
}


def broken(shape: Shape) -> Iterator[Any]:
    """Values that break one limit of the shape each."""
    limits = shape.metadata
    if limits.get("enum"):
        yield "NoSuchWord"
    if shape.type_name == "string":
        if "max" in limits:
            yield "A" * (limits["max"] + 1)
        if limits.get("min"):
            yield ""
        if "pattern" in limits:
            yield "not by the pattern!"
        yield "NUL \0 inside"
        yield 5
    elif shape.type_name in ("integer", "long"):
        if "max" in limits:
            yield limits["max"] + 1
        if "min" in limits:
            yield limits["min"] - 1
        yield "five"
        yield 2**70
        yield True
    elif shape.type_name == "boolean":
        yield "yes"
    elif shape.type_name == "list":
        yield "not a list"
    elif shape.type_name in ("structure", "timestamp"):
        yield [1]


def breaks(shape: Shape, right: Any) -> Iterator[tuple[str, Any]]:
    """(member, the whole value with just this member broken)."""
    if shape.type_name == "structure":
        base = dict(right) if isinstance(right, Mapping) else {}
        for name in shape.required_members:
            if name in base:
                yield name, {other: value for other, value in base.items() if other != name}
        for name, member in shape.members.items():
            for bad in broken(member):
                yield name, {**base, name: bad}
            if member.type_name in ("structure", "list") and name in base:
                for inner, bad in breaks(member, base[name]):
                    yield inner, {**base, name: bad}
    elif shape.type_name == "list" and isinstance(right, list):
        for bad in broken(shape.member):
            yield "", [bad]
        if right:
            for inner, bad in breaks(shape.member, right[0]):
                yield inner, [bad]


def every_limit(cast: Cast) -> int:
    """Each is refused with a clear 400 that isn't about anything else; how many were tried."""
    wrong = {
        MTURK + "InvalidParameterValue",
        "AWS.ParameterOutOfRange",
        "AWS.MissingParameters",
        "SerializationException",
    }
    tried = 0
    for operation, right in RIGHT.items():
        shape = cast.recorder.operation(operation).input_shape
        assert shape is not None
        for member, given in breaks(shape, right):
            code, message = cast.recorder.refusal_of(operation, given)
            assert code in wrong, (operation, member, given.get(member), code, message)
            assert member in message, (operation, member, message)
            tried += 1
    return tried
