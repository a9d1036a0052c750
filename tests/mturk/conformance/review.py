"""What is submitted is listed, judged and paid; the HIT is reviewed and deleted."""

from datetime import timedelta
from typing import Any
from urllib.request import urlopen

from django.conf import settings

from marketplace import clock
from tasks.actions.keep_file import attach_file
from tasks.actions.submit import submit
from tasks.models import Assignment
from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.mturk.conformance.hits import MTURK, UNKNOWN
from tests.tasks.files.samples import picture, upload

SUBMITTED = "This operation can be called with a status of: Submitted"


def reviewing(cast: Cast, hit_id: str) -> None:
    """Of a HIT with two assignments, the first accepted already: one approved, one rejected."""
    first = Assignment.objects.get(hit__public_id=hit_id).public_id
    cast.refused(
        "DeleteHIT", MTURK + "InvalidHITState", "currently in the state 'Assignable'", HITId=hit_id
    )
    review: dict[str, Any] = {"HITId": hit_id, "Revert": False}
    cast.refused("UpdateHITReviewStatus", MTURK + "InvalidHITState", **review)
    _submit(first)
    second = cast.submits(hit_id, 1, label=["cat", "<dog> & co"])
    _lists(cast, hit_id)
    cast.call("UpdateHITReviewStatus", **review)
    cast.call("ListReviewableHITs", Status="Reviewing")
    cast.call("UpdateHITReviewStatus", HITId=hit_id, Revert=True)
    _judges(cast, hit_id, first, second)
    cast.call("DeleteHIT", HITId=hit_id)
    cast.refused(
        "DeleteHIT", MTURK + "InvalidHITState", "currently in the state 'Disposed'", HITId=hit_id
    )
    cast.refused("DeleteHIT", MTURK + "HITDoesNotExist", "does not exist", HITId=UNKNOWN)
    cast.refused("GetHIT", MTURK + "HITDoesNotExist", "does not exist", HITId=UNKNOWN)


def _submit(assignment_id: str) -> None:
    submit(assignment_id=assignment_id, answer={"label": "cat"}, at=clock.now())


def _lists(cast: Cast, hit_id: str) -> None:
    page = cast.call("ListAssignmentsForHIT", HITId=hit_id, MaxResults=1)
    assert page["NumResults"] == 1
    token = page["NextToken"]
    rest = cast.call(
        "ListAssignmentsForHIT",
        HITId=hit_id,
        NextToken=token,
        MaxResults=100,
        AssignmentStatuses=["Submitted", "Approved", "Rejected"],
    )
    assert rest["Assignments"][0]["AssignmentId"] != page["Assignments"][0]["AssignmentId"]
    answers = page["Assignments"][0]["Answer"] + rest["Assignments"][0]["Answer"]
    assert "<FreeText>cat|&lt;dog&gt; &amp; co</FreeText>" in answers
    hits = cast.call("ListHITs", MaxResults=2)
    cast.call("ListHITs", NextToken=hits["NextToken"], MaxResults=100)
    hit_type = cast.call("GetHIT", HITId=hit_id)["HIT"]["HITTypeId"]
    reviewable = cast.call("ListReviewableHITs", HITTypeId=hit_type, Status="Reviewable")
    assert [hit["HITId"] for hit in reviewable["HITs"]] == [hit_id]
    cast.call("ListReviewableHITs", MaxResults=1, NextToken=reviewable["NextToken"])
    found = cast.call("ListHITsForQualificationType", QualificationTypeId=words.LOCALE)
    assert found["HITs"]
    cast.call(
        "ListHITsForQualificationType",
        QualificationTypeId=words.LOCALE,
        MaxResults=100,
        NextToken=found["NextToken"],
    )
    for operation, given in (
        ("ListAssignmentsForHIT", {"HITId": hit_id}),
        ("ListHITs", {}),
        ("ListReviewableHITs", {}),
    ):
        wrong = {**given, "MaxResults": 101}
        cast.refused(operation, "AWS.ParameterOutOfRange", "MaxResults", **wrong)
        wrong = {**given, "NextToken": "no such page"}
        cast.refused(operation, MTURK + "InvalidParameterValue", "NextToken", **wrong)


def _judges(cast: Cast, hit_id: str, first: str, second: str) -> None:
    cast.call("ApproveAssignment", AssignmentId=first, RequesterFeedback="Thank you.")
    state = MTURK + "InvalidAssignmentState"
    cast.refused("ApproveAssignment", state, SUBMITTED, AssignmentId=first)
    cast.refused("RejectAssignment", state, SUBMITTED, AssignmentId=first, RequesterFeedback="no")
    cast.call("RejectAssignment", AssignmentId=second, RequesterFeedback="Not a cat.")
    shown = cast.call("GetAssignment", AssignmentId=second)["Assignment"]
    assert shown["AssignmentStatus"] == "Rejected"
    listed = cast.call("ListAssignmentsForHIT", HITId=hit_id)["Assignments"]
    assert {each["RequesterFeedback"] for each in listed} == {"Thank you.", "Not a cat."}
    cast.refused("ApproveAssignment", state, SUBMITTED, AssignmentId=second)
    cast.call("ApproveAssignment", AssignmentId=second, OverrideRejection=True)
    shown = cast.call("GetAssignment", AssignmentId=second)
    assert shown["Assignment"]["AssignmentStatus"] == "Approved"
    assert shown["HIT"]["NumberOfAssignmentsCompleted"] == 2
    for operation, given in (
        ("GetAssignment", {}),
        ("ApproveAssignment", {}),
        ("RejectAssignment", {"RequesterFeedback": "x"}),
    ):
        unknown = {**given, "AssignmentId": UNKNOWN}
        cast.refused(operation, MTURK + "AssignmentDoesNotExist", "does not exist", **unknown)
    upload = {"AssignmentId": first, "QuestionIdentifier": "label"}
    cast.refused("GetFileUploadURL", MTURK + "InvalidParameterValue", "holds no file", **upload)


def files(cast: Cast) -> None:
    """A file comes with an answer, and its address is good for a minute."""
    given = {**words.HIT, "MaxAssignments": 1, "Question": words.FILE_FORM}
    hit_id = cast.call("CreateHIT", **given)["HIT"]["HITId"]
    assignment_id = cast.accepts(hit_id)
    unknown = {"AssignmentId": UNKNOWN, "QuestionIdentifier": "photo"}
    cast.refused("GetFileUploadURL", MTURK + "AssignmentDoesNotExist", **unknown)
    asked = {"AssignmentId": assignment_id, "QuestionIdentifier": "photo"}
    cast.refused("GetFileUploadURL", MTURK + "InvalidAssignmentState", "'Accepted'", **asked)
    sent = attach_file(
        assignment_id=assignment_id, field="photo", name="a.png", file=upload(), at=clock.now()
    )
    submit(assignment_id=assignment_id, answer={"photo": sent.key}, at=clock.now())
    listed = cast.call("ListAssignmentsForHIT", HITId=hit_id)["Assignments"][0]
    assert listed == cast.call("GetAssignment", AssignmentId=assignment_id)["Assignment"]
    assert (
        f"<QuestionIdentifier>photo</QuestionIdentifier><UploadedFileSizeInBytes>{sent.size}"
        f"</UploadedFileSizeInBytes><UploadedFileKey>{sent.key}</UploadedFileKey>"
    ) in listed["Answer"]
    address = cast.call("GetFileUploadURL", **asked)["FileUploadURL"]
    assert address.startswith(settings.MANYHANDS_BASE_URL)
    with urlopen(address.replace(settings.MANYHANDS_BASE_URL, cast.endpoint)) as answer:
        assert answer.read() == picture()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.png"'


def rejected_long_ago(cast: Cast) -> None:
    """After thirty days a rejection stands."""
    hit_id = cast.call("CreateHIT", **{**words.HIT, "MaxAssignments": 1})["HIT"]["HITId"]
    assignment_id = cast.submits(hit_id, 0)
    cast.call("RejectAssignment", AssignmentId=assignment_id, RequesterFeedback="")
    long_ago = clock.now() - timedelta(days=31)
    Assignment.objects.filter(public_id=assignment_id).update(
        rejected_at=long_ago, submitted_at=long_ago
    )
    cast.refused(
        "ApproveAssignment",
        MTURK + "InvalidAssignmentState",
        AssignmentId=assignment_id,
        OverrideRejection=True,
    )


def auto_approved_at_once(cast: Cast) -> None:
    """A delay of 0 approves what is submitted."""
    given = {**words.HIT, "MaxAssignments": 1, "AutoApprovalDelayInSeconds": 0}
    hit_id = cast.call("CreateHIT", **given)["HIT"]["HITId"]
    assignment_id = cast.submits(hit_id, 0)
    cast.clock_works()
    shown = cast.call("GetAssignment", AssignmentId=assignment_id)["Assignment"]
    assert shown["AssignmentStatus"] == "Approved"


def expired(cast: Cast) -> None:
    """A time in the past expires a HIT at once: reviewable, and its money back."""
    before = cast.call("GetAccountBalance")["AvailableBalance"]
    hit_id = cast.call("CreateHIT", **words.HIT)["HIT"]["HITId"]
    cast.call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=0)
    hit = cast.call("GetHIT", HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["NumberOfAssignmentsAvailable"]) == ("Reviewable", 0)
    assert cast.call("GetAccountBalance")["AvailableBalance"] == before
    unknown: dict[str, Any] = {"HITId": UNKNOWN, "ExpireAt": 0}
    cast.refused("UpdateExpirationForHIT", MTURK + "HITDoesNotExist", **unknown)


def bonuses(cast: Cast) -> None:
    """Paid once a token; listed by assignment and by HIT."""
    hit_id = cast.call("CreateHIT", **{**words.HIT, "MaxAssignments": 1})["HIT"]["HITId"]
    assignment_id = cast.submits(hit_id, 2)
    given = {
        "WorkerId": cast.worker(2).public_id,
        "BonusAmount": "1.50",
        "AssignmentId": assignment_id,
        "Reason": "Quick and right.",
    }
    cast.call("SendBonus", **given, UniqueRequestToken="bonus-1")
    cast.refused("SendBonus", MTURK + "DuplicateRequest", **given, UniqueRequestToken="bonus-1")
    cast.call("SendBonus", **given)
    page = cast.call("ListBonusPayments", AssignmentId=assignment_id, MaxResults=1)
    cast.call("ListBonusPayments", HITId=hit_id, NextToken=page["NextToken"])
    assert page["BonusPayments"][0]["BonusAmount"] == "1.50"
    wrong = MTURK + "InvalidParameterValue"
    cast.refused("SendBonus", wrong, "BonusAmount", **{**given, "BonusAmount": "a lot"})
    cast.refused("SendBonus", wrong, "BonusAmount", **{**given, "BonusAmount": "0"})
    dear = {**given, "BonusAmount": "9999.00"}
    cast.refused("SendBonus", MTURK + "InsufficientFunds", **dear)
    unknown = {**given, "AssignmentId": UNKNOWN}
    cast.refused("SendBonus", MTURK + "AssignmentDoesNotExist", "does not exist", **unknown)
    stranger = {**given, "WorkerId": cast.worker(3).public_id}
    cast.refused("SendBonus", wrong, "WorkerId", **stranger)
    cast.refused("ListBonusPayments", "AWS.MissingParameters")
    cast.refused("ListBonusPayments", MTURK + "HITDoesNotExist", HITId=UNKNOWN)
