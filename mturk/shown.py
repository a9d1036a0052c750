"""HITs and assignments as the MTurk API shows them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Any

from django.conf import settings

from marketplace import money
from marketplace.errors import InvalidInput
from marketplace.questionform import answers, form, html
from marketplace.questionform.form import Form
from tasks.models import HIT, Assignment, Attachment, HITType, Question
from tasks.queries.files import attachments_on
from tasks.questions.templates import LAYOUTS, filled
from tasks.states import HITStatus

Shape = dict[str, Any]


def hit_shape(hit: HIT, *, at: datetime) -> Shape:
    """A HIT whole, as it is by the clock: its free assignments are gone when it has expired,
    whether or not the sweep has been there. Reads its type, question, layout and batch's project.
    """
    group = hit.hit_type
    return {
        "HITId": hit.public_id,
        "HITTypeId": group.public_id,
        "HITGroupId": group.public_id,
        "HITLayoutId": _layout_id(hit),
        "CreationTime": hit.created_at,
        "Title": group.title,
        "Description": group.description,
        "Question": _question(hit),
        "Keywords": group.keywords,
        "HITStatus": status_of(hit, at=at),
        "MaxAssignments": hit.max_assignments,
        "Reward": money.dollars(hit.reward_cents),
        "AutoApprovalDelayInSeconds": group.auto_approve_seconds,
        "Expiration": hit.expires_at,
        "AssignmentDurationInSeconds": group.assignment_seconds,
        "RequesterAnnotation": hit.annotation or None,
        "QualificationRequirements": requirements_shape(group),
        "HITReviewStatus": "ReviewedInappropriate" if group.taken_down_at else "NotReviewed",
        "NumberOfAssignmentsPending": hit.accepted_count,
        "NumberOfAssignmentsAvailable": hit.open_slots if hit.expires_at > at else 0,
        "NumberOfAssignmentsCompleted": hit.approved_count + hit.rejected_count,
    }


def status_of(hit: HIT, *, at: datetime) -> str:
    """The HIT's status by the clock."""
    if hit.status != HITStatus.ASSIGNABLE or hit.expires_at > at:
        return hit.status
    if hit.accepted_count:
        return HITStatus.UNASSIGNABLE.value
    return (HITStatus.REVIEWING if hit.is_reviewing else HITStatus.REVIEWABLE).value


def requirements_shape(group: HITType) -> list[Shape]:
    """Requirements, with the guarded actions said in both ways that Mechanical Turk has."""
    shown = []
    for requirement in group.requirements:
        guarded = requirement.get("ActionsGuarded", "Accept")
        both = {"ActionsGuarded": guarded, "RequiredToPreview": guarded != "Accept"}
        shown.append({**requirement, **both})
    return shown


def _layout_id(hit: HIT) -> str | None:
    if hit.layout is not None:
        return hit.layout.public_id
    return hit.batch.project.public_id if hit.batch is not None else None


def _question(hit: HIT) -> str:
    question = hit.question
    if question.kind not in LAYOUTS:
        return question.content
    try:
        return html.wrap(filled(hit, here=settings.MANYHANDS_BASE_URL))
    except InvalidInput as error:  # one HIT that can't be shown must not hide the others
        return html.wrap(f"<p>{escape(error.message)}</p>")


def assignment_shape(
    assignment: Assignment,
    *,
    form_asked: Form | None = None,
    files: Sequence[Attachment] = (),
) -> Shape:
    """A submitted assignment with its answer; `form_asked` is what form_of says of its HIT, and
    `files` are those that came with the answer."""
    sizes = {file.key: file.size for file in files}
    return {
        "AssignmentId": assignment.public_id,
        "WorkerId": assignment.worker.public_id,
        "HITId": assignment.hit.public_id,
        "AssignmentStatus": assignment.status,
        "AutoApprovalTime": assignment.auto_approve_at,
        "AcceptTime": assignment.accepted_at,
        "SubmitTime": assignment.submitted_at,
        "ApprovalTime": assignment.approved_at,
        "RejectionTime": assignment.rejected_at,
        "Deadline": assignment.deadline_at,
        "Answer": answers.to_xml(assignment.answer or {}, form_asked, sizes=sizes),
        "RequesterFeedback": assignment.feedback or None,
    }


def assignments_of(hit: HIT) -> Callable[[Assignment], Shape]:
    """How one HIT's assignments are shown: the HIT, its form if it has one, and the files that
    came with answers are read once."""
    asked = form_of(hit)
    files = attachments_on(hit)

    def shown(assignment: Assignment) -> Shape:
        assignment.hit = hit
        return assignment_shape(assignment, form_asked=asked, files=files.get(assignment.pk, ()))

    return shown


def form_of(hit: HIT) -> Form | None:
    """The QuestionForm that the HIT asks, if it asks one: which answers are selections."""
    if hit.question.kind != Question.Kind.FORM:
        return None
    return form.parse(hit.question.content)
