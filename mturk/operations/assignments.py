"""Assignments are looked up and decided on. Only what was submitted is seen."""

from django.conf import settings
from django.db.models import QuerySet

from marketplace.errors import NotFound, WrongState
from mturk.faults import INVALID_VALUE, Fault
from mturk.operation import Answer, Call, Given, operation
from mturk.operations.hits import hit_of, hits_of
from mturk.paging import page
from mturk.shown import assignment_shape, assignments_of, form_of, hit_shape
from tasks.actions.decide import approve_assignments, only, reject_assignments
from tasks.files.lending import A_MINUTE, lent_address
from tasks.models import Assignment
from tasks.queries.files import attachments_of


@operation("ListAssignmentsForHIT", mutates=False)
def list_for_hit(call: Call, given: Given) -> Answer:
    """What was submitted to a HIT, in the order of accepting."""
    hit = hit_of(call, given["HITId"], hits_of(call).select_related("question").only(*_ASKED))
    found = Assignment.objects.filter(hit=hit, submitted_at__isnull=False)
    if statuses := given.get("AssignmentStatuses"):
        found = found.filter(status__in=statuses)
    found = found.select_related("worker").only(*_SHOWN)
    return page(found, given, name="Assignments", show=assignments_of(hit), order="pk")


# A page is a hundred rows: only what is shown of them is read.
_ASKED = ("public_id", "question__kind", "question__content")
_SHOWN = (
    "public_id", "status", "auto_approve_at", "accepted_at", "submitted_at", "approved_at",
    "rejected_at", "deadline_at", "answer", "feedback", "hit_id", "worker__public_id",
)  # fmt: skip


@operation("GetAssignment", mutates=False)
def get(call: Call, given: Given) -> Answer:
    """One assignment, and its HIT."""
    assignment = assignment_of(call, given["AssignmentId"])
    _require_submitted(assignment)
    hit = assignment.hit
    files = attachments_of([assignment]).get(assignment.pk, ())
    return {
        "Assignment": assignment_shape(assignment, form_asked=form_of(hit), files=files),
        "HIT": hit_shape(hit, at=call.at),
    }


@operation("ApproveAssignment", mutates=True)
def approve(call: Call, given: Given) -> Answer:
    """Approve and pay; a rejected one only where the request says so."""
    assignment_id = given["AssignmentId"]
    decided = approve_assignments(
        by=call.by,
        assignment_ids=[assignment_id],
        feedback=given.get("RequesterFeedback", ""),
        undo_rejection=given.get("OverrideRejection", False),
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    only(decided, assignment_id)
    return {}


@operation("RejectAssignment", mutates=True)
def reject(call: Call, given: Given) -> Answer:
    """Reject. A feedback is asked for, and programs send an empty one."""
    assignment_id = given["AssignmentId"]
    decided = reject_assignments(
        by=call.by,
        assignment_ids=[assignment_id],
        feedback=given["RequesterFeedback"],
        is_sandbox=call.is_sandbox,
        at=call.at,
    )
    only(decided, assignment_id)
    return {}


@operation("GetFileUploadURL", mutates=False)
def get_file_upload_url(call: Call, given: Given) -> Answer:
    """A temporary address of the file that came as the answer to a question, for sixty seconds."""
    assignment = assignment_of(call, given["AssignmentId"])
    _require_submitted(assignment)
    asked = given["QuestionIdentifier"]
    files = attachments_of([assignment]).get(assignment.pk, ())
    file = next((each for each in files if each.field == asked), None)
    if file is None:
        raise Fault(
            "RequestError",
            f"The answer to the question {asked[:100]} of this assignment holds no file. An "
            "answer with a file has its UploadedFileKey.",
            code=INVALID_VALUE,
        )
    here = settings.MANYHANDS_BASE_URL
    return {"FileUploadURL": lent_address(file, here=here, seconds=A_MINUTE)}


def _require_submitted(assignment: Assignment) -> None:
    if assignment.submitted_at is None:
        raise WrongState(
            f"This Assignment is currently in the state '{assignment.status}'.",
            thing="assignment",
            turk_words="This operation can be called with a status of: "
            "Reviewable,Approved,Rejected.",
        )


def assignment_of(call: Call, assignment_id: str) -> Assignment:
    """The assignment of one of the requester's HITs on this side. Raises NotFound."""
    found: QuerySet[Assignment] = Assignment.objects.filter(
        public_id=assignment_id,
        hit__hit_type__requester=call.by.requester,
        hit__hit_type__is_sandbox=call.is_sandbox,
    )
    assignment = found.select_related(
        "worker", "hit__hit_type", "hit__question", "hit__layout", "hit__batch__project"
    ).first()
    if assignment is None:
        raise NotFound(f"Assignment {assignment_id} does not exist.", thing="assignment")
    return assignment
