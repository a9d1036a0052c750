"""All 39 operations of the MTurk API, by the real boto3 client against a running server.

The story calls each of them as clients do; then botocore's own model is asked whether any member
of a request was never sent, or of an answer never returned. docs/mturk-api.md has the table:
WRITE_TABLE=1 writes it anew.
"""

import os

import pytest

from tests.mturk.conformance import bounds, hits, limits, notices, people, review
from tests.mturk.conformance.cast import a_cast
from tests.mturk.conformance.table import table, write, written

# Why a member can't be sent rightly, or returned.
_NO_MAP = dict.fromkeys(
    (
        "HITReviewPolicy.Parameters.MapEntries",
        "HITReviewPolicy.Parameters.MapEntries.Key",
        "HITReviewPolicy.Parameters.MapEntries.Values",
    ),
    "no parameter of SimplePlurality has entries",
)
NEVER_SENT: dict[str, dict[str, str]] = {"CreateHIT": _NO_MAP, "CreateHITWithHITType": _NO_MAP}
_NAME_ONLY = dict.fromkeys(
    (
        f"{level}ReviewPolicy.Parameters{inner}"
        for level in ("Assignment", "HIT")
        for inner in ("", ".Key", ".Values", ".MapEntries", ".MapEntries.Key", ".MapEntries.Values")
    ),
    "the report has the policy's name only, by Amazon's documentation",
)
_NO_PLACE = dict.fromkeys(
    (f"LocaleValue{inner}" for inner in ("", ".Country", ".Subdivision")),
    "only Worker_Locale has places for values, and where a worker lives isn't told",
)
NEVER_RETURNED: dict[str, dict[str, str]] = {
    "GetQualificationScore": {f"Qualification.{name}": why for name, why in _NO_PLACE.items()},
    "ListWorkersWithQualificationType": {
        f"Qualifications.{name}": why for name, why in _NO_PLACE.items()
    },
    "ListReviewPolicyResultsForHIT": _NAME_ONLY,
}
# Every code that clients are known to have met, of those that a requester can meet here.
CODES = {
    *(
        f"AWS.MechanicalTurk.{thing}DoesNotExist"
        for thing in (
            "HIT", "HITType", "HITLayout", "Assignment", "Qualification", "QualificationType",
            "QualificationRequest",
        )
    ),
    *(
        f"AWS.MechanicalTurk.Invalid{thing}State"
        for thing in (
            "HIT", "Assignment", "Qualification", "QualificationType", "QualificationRequest",
        )
    ),
    *(
        f"AWS.MechanicalTurk.{name}"
        for name in (
            "HitAlreadyExists", "DuplicateRequest", "QualificationTypeAlreadyExists",
            "PermissionDenied", "PermissionDeniedException", "XMLParseError", "XHTMLParseError",
            "InvalidTransportEndpoint",
            "InvalidParameterValue", "InsufficientFunds", "InvalidMaximumAssignmentsIncrease",
        )
    ),
    "AWS.ParameterOutOfRange",
    "AWS.MissingParameters",
    "SerializationException",
    "AccessDeniedException",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
}  # fmt: skip


BOUNDS = (
    "Each limit of the documentation was gone to, which was taken, and one beyond it, which was "
    "refused; those of the model (lengths, patterns, words, required members) are broken once "
    "each as well, for every member of every operation."
)


@pytest.fixture
def cast(live_server):
    return a_cast(live_server.url)


@pytest.mark.django_db(transaction=True)
def test_every_operation_takes_and_returns_every_member_of_botocores_model(cast):
    hits.hit_types(cast)
    hits.creating(cast)
    hits.with_a_type(cast)
    review.reviewing(cast, hits.a_hits_life(cast))
    review.files(cast)
    review.rejected_long_ago(cast)
    review.auto_approved_at_once(cast)
    review.expired(cast)
    review.bonuses(cast)
    notices.notifications(cast)
    notices.review_policies(cast)
    people.qualifications(cast)
    people.workers(cast)
    people.balance(cast)
    people.rights(cast)
    limits.every_limit(cast)
    gone_to = bounds.every_bound(cast)
    recorder = cast.recorder
    operations = recorder.model.operation_names
    unsent = {name: recorder.not_sent(name) - set(NEVER_SENT.get(name, {})) for name in operations}
    silent = {
        name: recorder.not_returned(name) - set(NEVER_RETURNED.get(name, {})) for name in operations
    }
    assert [f"{name}: {member}" for name in operations for member in sorted(unsent[name])] == []
    assert [f"{name}: {member}" for name in operations for member in sorted(silent[name])] == []
    can_be_wrong = [name for name in operations if recorder.operation(name).input_shape.members]
    assert [name for name in can_be_wrong if not recorder.seen[name].refused] == []
    met = {code for name in operations for code in recorder.seen[name].refused}
    assert met == CODES
    shown = table(recorder, {"sent": NEVER_SENT, "returned": NEVER_RETURNED})
    shown += f"\n\n{BOUNDS}\n\n{bounds.table(gone_to)}"
    print(shown)
    if os.environ.get("WRITE_TABLE"):
        write(shown)
    assert written() == shown
