"""HIT types, HITs, assignments, money: the part of the story that happens to work."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.world import a_project

UNKNOWN = "3UNKNOWN00000000000000000000AA"
MTURK = "AWS.MechanicalTurk."


def hit_types(cast: Cast) -> None:
    """The same terms are the same type."""
    given = {**words.TERMS, "QualificationRequirements": words.REQUIREMENTS}
    first = cast.call("CreateHITType", **given)["HITTypeId"]
    assert cast.call("CreateHITType", **given)["HITTypeId"] == first
    for field, bad in (
        ("Title", "x" * 129),
        ("Description", "x" * 2001),
        ("Keywords", "x" * 1001),
        ("AssignmentDurationInSeconds", 29),
        ("AssignmentDurationInSeconds", 31_536_001),
        ("AutoApprovalDelayInSeconds", 2_592_001),
        ("AutoApprovalDelayInSeconds", -1),
        ("Reward", "0.001"),
        ("Reward", "-1"),
        ("Reward", ""),
        ("QualificationRequirements", words.REQUIREMENTS * 6),
    ):
        cast.refused(
            "CreateHITType", MTURK + "InvalidParameterValue", field, **{**given, field: bad}
        )
    unknown = {"QualificationTypeId": UNKNOWN, "Comparator": "Exists"}
    cast.refused(
        "CreateHITType",
        MTURK + "QualificationTypeDoesNotExist",
        **{**given, "QualificationRequirements": [unknown]},
    )


def creating(cast: Cast) -> None:
    """One HIT with everything that a HIT can have, and what it can't have."""
    made = cast.call(
        "CreateHIT",
        **words.HIT,
        QualificationRequirements=words.REQUIREMENTS,
        UniqueRequestToken="token-1",
        AssignmentReviewPolicy=words.KNOWN_ANSWERS,
        HITReviewPolicy=words.PLURALITY,
    )["HIT"]
    assert made["HITStatus"] == "Assignable"
    assert made["HITReviewStatus"] == "NotReviewed"
    assert made["Question"] == words.EXTERNAL
    message = cast.refused(
        "CreateHIT", MTURK + "HitAlreadyExists", **words.HIT, UniqueRequestToken="token-1"
    )
    assert made["HITId"] in message
    project = a_project(cast.lab, layout="<p>${text}</p><input name='label'>")
    layout: dict[str, Any] = {
        "HITLayoutId": project.public_id,
        "HITLayoutParameters": [{"Name": "text", "Value": "a cat?"}],
    }
    plain = {name: value for name, value in words.HIT.items() if name != "Question"}
    filled = cast.call("CreateHIT", **plain, **layout)["HIT"]
    assert filled["HITLayoutId"] == project.public_id
    assert "<p>a cat?</p>" in filled["Question"]
    cast.refused("CreateHIT", MTURK + "InvalidParameterValue", **words.HIT, **layout)
    cast.refused("CreateHIT", MTURK + "InvalidParameterValue", **plain)
    unknown: dict[str, Any] = {**layout, "HITLayoutId": UNKNOWN}
    cast.refused("CreateHIT", MTURK + "HITLayoutDoesNotExist", **plain, **unknown)
    _refused_hits(cast)
    for kind in (words.HTML, words.FORM):
        assert cast.call("CreateHIT", **{**words.HIT, "Question": kind})["HIT"]["Question"] == kind


def _refused_hits(cast: Cast) -> None:
    for field, bad in (
        ("LifetimeInSeconds", 29),
        ("LifetimeInSeconds", 31_536_001),
        ("MaxAssignments", 0),
        ("MaxAssignments", 1_000_000_001),
        ("RequesterAnnotation", "x" * 256),
        ("UniqueRequestToken", "x" * 65),
    ):
        given = {**words.HIT, field: bad}
        cast.refused("CreateHIT", MTURK + "InvalidParameterValue", field, **given)
    parsing = "There was an error parsing the XML question or answer data in your request.  Please"
    for question in (
        "no XML at all",
        "<!DOCTYPE x [<!ENTITY a 'b'>]>" + words.EXTERNAL,
        words.EXTERNAL.replace("FrameHeight", "FrameWidth"),
        words.HTML.replace("]]>", "x" * 65_536 + "]]>"),
    ):
        given = {**words.HIT, "Question": question}
        code = "InvalidParameterValue" if len(question) > 65_535 else "XMLParseError"
        text = "" if len(question) > 65_535 else parsing
        cast.refused("CreateHIT", MTURK + code, text, **given)
    styled = "<FormattedContent><![CDATA[<script>alert(1)</script>]]></FormattedContent>"
    scripted = words.FORM.replace("<Title>A short test</Title>", styled)
    cast.refused("CreateHIT", MTURK + "XHTMLParseError", **{**words.HIT, "Question": scripted})
    dear = {**words.HIT, "MaxAssignments": 100_000}
    cast.refused("CreateHIT", MTURK + "InsufficientFunds", **dear)


def with_a_type(cast: Cast) -> None:
    """The same, of a type that is there."""
    terms = {**words.TERMS, "QualificationRequirements": words.REQUIREMENTS}
    hit_type = cast.call("CreateHITType", **terms)["HITTypeId"]
    given = {"HITTypeId": hit_type, "MaxAssignments": 1, "LifetimeInSeconds": 3600}
    made = cast.call(
        "CreateHITWithHITType",
        **given,
        Question=words.HTML,
        RequesterAnnotation="by type",
        UniqueRequestToken="token-2",
        AssignmentReviewPolicy=words.KNOWN_ANSWERS,
        HITReviewPolicy=words.PLURALITY,
    )["HIT"]
    assert made["HITTypeId"] == hit_type
    asked = {"HITTypeId": hit_type, "LifetimeInSeconds": 3600, "Question": words.HTML}
    cast.refused(
        "CreateHITWithHITType", MTURK + "HitAlreadyExists", **asked, UniqueRequestToken="token-2"
    )
    cast.refused(
        "CreateHITWithHITType", MTURK + "HITTypeDoesNotExist", **{**asked, "HITTypeId": UNKNOWN}
    )
    project = a_project(cast.lab, layout="<p>${text}</p><input name='label'>")
    cast.call(
        "CreateHITWithHITType",
        **given,
        HITLayoutId=project.public_id,
        HITLayoutParameters=[{"Name": "text", "Value": "a dog?"}],
    )


def a_hits_life(cast: Cast) -> str:
    """Created, extended, moved to another type, worked on, reviewed, deleted."""
    project = a_project(cast.lab, layout="<p>a cat?</p><input name='label'>")
    given = {name: value for name, value in words.HIT.items() if name != "Question"}
    given |= {"HITLayoutId": project.public_id, "MaxAssignments": 1}
    hit_id = cast.call("CreateHIT", **given)["HIT"]["HITId"]
    terms = {**words.TERMS, "QualificationRequirements": words.REQUIREMENTS}
    other = cast.call("CreateHITType", **{**terms, "Title": "Another title"})["HITTypeId"]
    cast.call("UpdateHITTypeOfHIT", HITId=hit_id, HITTypeId=other)
    for wrong, code in (
        ({"HITId": UNKNOWN, "HITTypeId": other}, "HITDoesNotExist"),
        ({"HITId": hit_id, "HITTypeId": UNKNOWN}, "HITTypeDoesNotExist"),
    ):
        cast.refused("UpdateHITTypeOfHIT", MTURK + code, "does not exist", **wrong)
    more: dict[str, Any] = {"HITId": hit_id, "NumberOfAdditionalAssignments": 1}
    cast.call("CreateAdditionalAssignmentsForHIT", **more, UniqueRequestToken="more-1")
    _refused_extensions(cast, hit_id, more)
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    cast.call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=tomorrow)
    too_late = datetime.now(UTC) + timedelta(days=400)
    cast.refused(
        "UpdateExpirationForHIT", MTURK + "InvalidParameterValue", HITId=hit_id, ExpireAt=too_late
    )
    first = cast.accepts(hit_id, 0)
    in_work = "This operation can be called with a status of: Reviewable,Approved,Rejected"
    cast.refused("GetAssignment", MTURK + "InvalidAssignmentState", in_work, AssignmentId=first)
    shown = cast.call("GetHIT", HITId=hit_id)["HIT"]
    counts = {name: shown[f"NumberOfAssignments{name}"] for name in ("Pending", "Available")}
    assert counts == {"Pending": 1, "Available": 1}
    return hit_id


def _refused_extensions(cast: Cast, hit_id: str, more: dict[str, Any]) -> None:
    operation = "CreateAdditionalAssignmentsForHIT"
    cast.refused(operation, MTURK + "DuplicateRequest", **more, UniqueRequestToken="more-1")
    cast.refused(
        operation,
        MTURK + "InvalidMaximumAssignmentsIncrease",
        HITId=hit_id,
        NumberOfAdditionalAssignments=9,
    )
    unknown: dict[str, Any] = {"HITId": UNKNOWN, "NumberOfAdditionalAssignments": 1}
    cast.refused(operation, MTURK + "HITDoesNotExist", f"Hit {UNKNOWN} does not exist.", **unknown)
    bad: dict[str, Any] = {"HITId": hit_id, "NumberOfAdditionalAssignments": 0}
    cast.refused(operation, MTURK + "InvalidParameterValue", **bad)
