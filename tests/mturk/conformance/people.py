"""Qualifications and workers."""

from datetime import timedelta
from typing import Any

from botocore.awsrequest import AWSRequest

from marketplace import clock
from marketplace.accounts.models import AccessKey, Role
from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.mturk.conformance.hits import MTURK, UNKNOWN
from tests.mturk.conformance.recorder import Recorder
from tests.world import a_lab
from workers.actions.qualification_types import create_qualification_type
from workers.models import QualificationRequest

TYPE = {
    "Name": "Knows the sky",
    "Description": "Has looked up.",
    "QualificationTypeStatus": "Active",
}
GRANTED = "This operation can be called with a status of: Granted"


def qualifications(cast: Cast) -> None:
    """Types, tests, requests, grants."""
    tested = _types(cast)
    _requests(cast)
    _grants(cast, tested)
    _deleted(cast)


def _types(cast: Cast) -> str:
    made = cast.call(
        "CreateQualificationType",
        **TYPE,
        Keywords="sky, colour",
        RetryDelayInSeconds=3600,
        Test=words.FORM,
        AnswerKey=words.ANSWER_KEY,
        TestDurationInSeconds=600,
    )["QualificationType"]
    auto = cast.call(
        "CreateQualificationType",
        Name="For everybody",
        Description="Granted at once.",
        QualificationTypeStatus="Active",
        AutoGranted=True,
        AutoGrantedValue=7,
    )["QualificationType"]
    assert auto["AutoGrantedValue"] == 7
    name_taken = "You have already created a QualificationType with this name."
    cast.refused(
        "CreateQualificationType", MTURK + "QualificationTypeAlreadyExists", name_taken, **TYPE
    )
    cast.refused(
        "CreateQualificationType",
        MTURK + "XMLParseError",
        **_new(Test="<x/>", TestDurationInSeconds=60),
    )
    tested = made["QualificationTypeId"]
    changed = cast.call(
        "UpdateQualificationType",
        QualificationTypeId=tested,
        Description="Has looked up twice.",
        QualificationTypeStatus="Active",
        Test=words.FORM,
        AnswerKey=words.ANSWER_KEY,
        TestDurationInSeconds=300,
        RetryDelayInSeconds=60,
    )["QualificationType"]
    assert changed["TestDurationInSeconds"] == 300
    cast.call(
        "UpdateQualificationType",
        QualificationTypeId=auto["QualificationTypeId"],
        AutoGranted=True,
        AutoGrantedValue=8,
    )
    cast.call("GetQualificationType", QualificationTypeId=auto["QualificationTypeId"])
    whole = cast.call("GetQualificationType", QualificationTypeId=tested)["QualificationType"]
    assert whole["Test"] == words.FORM
    assert whole["AnswerKey"] == words.ANSWER_KEY
    found = cast.call(
        "ListQualificationTypes",
        Query="SKY",
        MustBeRequestable=True,
        MustBeOwnedByCaller=True,
        MaxResults=5,
    )
    assert [each["Name"] for each in found["QualificationTypes"]] == [TYPE["Name"]]
    cast.call("ListQualificationTypes", MustBeRequestable=True, NextToken=found["NextToken"])
    cast.call("ListQualificationTypes", MustBeRequestable=False)
    for operation in ("GetQualificationType", "UpdateQualificationType"):
        code = MTURK + "QualificationTypeDoesNotExist"
        cast.refused(operation, code, "does not exist", QualificationTypeId=UNKNOWN)
    return str(tested)


def _new(**more: object) -> dict[str, Any]:
    return {**TYPE, "Name": "Another", **more}


def _requests(cast: Cast) -> None:
    made = cast.call("CreateQualificationType", **_new(Test=words.FORM, TestDurationInSeconds=600))
    type_id = made["QualificationType"]["QualificationTypeId"]
    for number in range(2):
        cast.requests(type_id, number, sky=["blue"])
    page = cast.call("ListQualificationRequests", QualificationTypeId=type_id, MaxResults=1)
    rest = cast.call("ListQualificationRequests", NextToken=page["NextToken"])
    first, second = page["QualificationRequests"][0], rest["QualificationRequests"][0]
    assert "<SelectionIdentifier>blue</SelectionIdentifier>" in first["Answer"]
    one = {"QualificationRequestId": first["QualificationRequestId"]}
    other = {"QualificationRequestId": second["QualificationRequestId"]}
    cast.call("AcceptQualificationRequest", **one, IntegerValue=80)
    cast.call("RejectQualificationRequest", **other, Reason="Not blue enough.")
    for operation in ("AcceptQualificationRequest", "RejectQualificationRequest"):
        cast.refused(operation, MTURK + "InvalidQualificationRequestState", **one)
        unknown = {"QualificationRequestId": UNKNOWN}
        cast.refused(operation, MTURK + "QualificationRequestDoesNotExist", **unknown)
    cast.refused(
        "ListQualificationRequests",
        MTURK + "QualificationTypeDoesNotExist",
        QualificationTypeId=UNKNOWN,
    )
    assert not QualificationRequest.objects.filter(
        submitted_at__gt=clock.now() + timedelta(days=1)
    ).exists()


def _grants(cast: Cast, type_id: str) -> None:
    given = {"QualificationTypeId": type_id, "WorkerId": cast.worker(3).public_id}
    cast.call("AssociateQualificationWithWorker", **given, IntegerValue=55, SendNotification=False)
    score = cast.call("GetQualificationScore", **given)["Qualification"]
    assert (score["IntegerValue"], score["Status"]) == (55, "Granted")
    page = cast.call(
        "ListWorkersWithQualificationType",
        QualificationTypeId=type_id,
        Status="Granted",
        MaxResults=1,
    )
    cast.call(
        "ListWorkersWithQualificationType",
        QualificationTypeId=type_id,
        NextToken=page["NextToken"],
    )
    cast.call("DisassociateQualificationFromWorker", **given, Reason="A mistake.")
    state = MTURK + "InvalidQualificationState"
    cast.refused("GetQualificationScore", state, GRANTED, **given)
    cast.refused("DisassociateQualificationFromWorker", state, GRANTED, **given)
    never = {**given, "WorkerId": cast.worker(0).public_id}
    missing = MTURK + "QualificationDoesNotExist"
    cast.refused("GetQualificationScore", missing, "does not exist", **never)
    nobody = {**given, "WorkerId": "A1NOBODY000000"}
    cast.refused("AssociateQualificationWithWorker", MTURK + "InvalidParameterValue", **nobody)
    unknown = {"QualificationTypeId": UNKNOWN}
    for operation in ("ListWorkersWithQualificationType", "ListHITsForQualificationType"):
        cast.refused(operation, MTURK + "QualificationTypeDoesNotExist", **unknown)


def _deleted(cast: Cast) -> None:
    made = cast.call("CreateQualificationType", **_new(Name="Short-lived"))
    gone = {"QualificationTypeId": made["QualificationType"]["QualificationTypeId"]}
    cast.call("DeleteQualificationType", **gone)
    state = MTURK + "InvalidQualificationTypeState"
    active = "This operation can be called with a status of: Active,Inactive"
    cast.refused("DeleteQualificationType", state, active, **gone)
    cast.call("CreateQualificationType", **_new(Name="Short-lived"))


def workers(cast: Cast) -> None:
    """Blocks and messages."""
    one = cast.worker(0).public_id
    cast.call("CreateWorkerBlock", WorkerId=one, Reason="Wrong answers.")
    page = cast.call("ListWorkerBlocks", MaxResults=1)
    assert page["WorkerBlocks"] == [{"WorkerId": one, "Reason": "Wrong answers."}]
    cast.call("ListWorkerBlocks", NextToken=page["NextToken"])
    cast.call("DeleteWorkerBlock", WorkerId=one, Reason="Made good.")
    cast.call("DeleteWorkerBlock", WorkerId=one)
    nobody = {"WorkerId": "A1NOBODY000000"}
    wrong = MTURK + "InvalidParameterValue"
    cast.refused("DeleteWorkerBlock", wrong, "WorkerId is invalid.", **nobody)
    cast.refused("CreateWorkerBlock", wrong, "WorkerId", **nobody, Reason="r")
    told = cast.call(
        "NotifyWorkers",
        Subject="More work",
        MessageText="There is more.",
        WorkerIds=[one, cast.worker(9).public_id, "A1NOBODY000000"],
    )["NotifyWorkersFailureStatuses"]
    assert {each["WorkerId"] for each in told} == {cast.worker(9).public_id, "A1NOBODY000000"}


def balance(cast: Cast) -> None:
    """What is there, and what is held."""
    found = cast.call("GetAccountBalance")
    assert float(found["AvailableBalance"]) > 0


def rights(cast: Cast) -> None:
    """A key that may only look, and keys and signatures that are none."""
    viewer = cast.with_role(Role.VIEWER)
    viewer.call("GetAccountBalance")
    viewer.refused("CreateHIT", MTURK + "PermissionDenied", **words.HIT)
    cast.recorder.seen["CreateHIT"].refused |= viewer.recorder.seen["CreateHIT"].refused
    known = cast.recorder
    for key_id, secret, code in (
        ("MHNOSUCHKEY000000000", "secret", "UnrecognizedClientException"),
        (known.access_key_id, "not its secret", "InvalidSignatureException"),
    ):
        stranger = Recorder(cast.endpoint, key_id, secret)
        stranger.refused("GetAccountBalance", code)
        known.seen["GetAccountBalance"].refused.add(code)
    _not_let_in(cast)


def _not_let_in(cast: Cast) -> None:
    """What is refused before an operation is looked at."""
    known = cast.recorder
    sandbox_only = cast.with_side(AccessKey.Side.SANDBOX)
    sandbox_only.refused("GetAccountBalance", "AccessDeniedException", "sandbox only")
    known.seen["GetAccountBalance"].refused.add("AccessDeniedException")

    def unsigned(request: AWSRequest) -> None:
        del request.headers["Authorization"]

    def half(request: AWSRequest) -> None:
        whole = request.headers["Authorization"]
        del request.headers["Authorization"]
        request.headers["Authorization"] = whole.partition(", Signature")[0]

    for body, target, change, code in (
        (b"{}", "", unsigned, "MissingAuthenticationTokenException"),
        (b"{}", "", half, "IncompleteSignatureException"),
        (b"{}", "MTurkRequesterServiceV20170117.MakeTea", None, "UnknownOperationException"),
        (b" " * (2**20 + 1), "", None, "RequestEntityTooLargeException"),
        (b"{", "", None, "SerializationException"),
    ):
        got, _message = known.refusal_of_bytes(
            "GetAccountBalance", body, target=target, change=change
        )
        assert got == code
    other = create_qualification_type(
        by=a_lab("Somebody Else").by,
        is_sandbox=False,
        values={"name": "Theirs", "description": "d", "status": "Active"},
        at=clock.now(),
    )
    cast.refused(
        "DeleteQualificationType",
        MTURK + "PermissionDeniedException",
        QualificationTypeId=other.public_id,
    )
