"""HITs are created, of a question or of a layout."""

from typing import Any

from marketplace.errors import InvalidInput, NotFound
from marketplace.questionform import html
from mturk.operation import Answer, Call, Given, operation
from mturk.operations.hit_types import hit_type_given, hit_type_of
from mturk.shown import hit_shape
from tasks.actions.attach_review_policies import attach_review_policies
from tasks.actions.create_hits import create_hit
from tasks.models import HIT, HITType, Project, Question
from tasks.questions.storing import question_from_xml
from tasks.questions.templates import template_of
from tasks.states import HITStatus

MAX_QUESTION_BYTES = 65_535


@operation("CreateHIT", mutates=True)
def create(call: Call, given: Given) -> Answer:
    """One HIT. Those with the same terms are of one type."""
    return _created(call, given, hit_type_given(call, given))


@operation("CreateHITWithHITType", mutates=True)
def create_with_hit_type(call: Call, given: Given) -> Answer:
    """One HIT of a type that is there."""
    return _created(call, given, hit_type_of(call, given["HITTypeId"]))


def _created(call: Call, given: Given, hit_type: HITType) -> Answer:
    question, layout, inputs = _asked(call, given)
    hit = create_hit(
        by=call.by,
        hit_type=hit_type,
        question=question,
        inputs=inputs,
        max_assignments=given.get("MaxAssignments", 1),
        lifetime_seconds=given["LifetimeInSeconds"],
        annotation=given.get("RequesterAnnotation", ""),
        layout=layout,
        request_token=given.get("UniqueRequestToken", ""),
        at=call.at,
    )
    _attach(hit, given, call)
    hit.status = HITStatus.ASSIGNABLE.value  # as the database has computed it
    return {"HIT": hit_shape(hit, at=call.at)}


def _attach(hit: HIT, given: Given, call: Call) -> None:
    of_assignments, of_hit = given.get("AssignmentReviewPolicy"), given.get("HITReviewPolicy")
    if of_assignments or of_hit:
        attach_review_policies(
            hit=hit, assignment_policy=of_assignments, hit_policy=of_hit, at=call.at
        )


def _asked(call: Call, given: Given) -> tuple[Question, Project | None, dict[str, str]]:
    """What workers are shown: the question, or a layout with the values of its variables."""
    text, layout_id = given.get("Question"), given.get("HITLayoutId")
    if (text is None) == (layout_id is None):
        raise InvalidInput(
            "A HIT has either a Question or a HITLayoutId, and not both.", parameter="Question"
        )
    if text is not None:
        if given.get("HITLayoutParameters"):
            raise InvalidInput(
                "HITLayoutParameters go with a HITLayoutId.", parameter="HITLayoutParameters"
            )
        _check_size(text, "Question")
        return question_from_xml(text), None, {}
    layout = _layout(call, str(layout_id))
    inputs = _inputs(layout, given.get("HITLayoutParameters", []))
    template = template_of(layout)
    _check_size(html.wrap(template.fill(inputs)), "HITLayoutParameters")
    return template.question(), layout, inputs


def _layout(call: Call, layout_id: str) -> Project:
    found = Project.objects.filter(
        requester=call.by.requester,
        is_sandbox=call.is_sandbox,
        public_id=layout_id,
        archived_at=None,
    ).first()
    if found is None:
        raise NotFound(f"HITLayout {layout_id} does not exist.", thing="layout")
    return found


def _inputs(layout: Project, parameters: list[dict[str, Any]]) -> dict[str, str]:
    """A value for each variable, once, and for nothing else."""
    inputs = {parameter["Name"]: parameter["Value"] for parameter in parameters}
    wanted = template_of(layout).variables
    missing = [name for name in wanted if name not in inputs]
    unknown = [name for name in inputs if name not in wanted]
    if missing or unknown or len(inputs) < len(parameters):
        wrong = (
            f"has no value for {', '.join(missing)[:200]}"
            if missing
            else f"has a value for {', '.join(unknown)[:200]}, which the layout doesn't have"
            if unknown
            else "has two values for one name"
        )
        raise InvalidInput(
            f"The layout {layout.public_id} has the variables: {', '.join(wanted)[:400] or 'none'}."
            f" The request {wrong}.",
            parameter="HITLayoutParameters",
        )
    return inputs


def _check_size(text: str, parameter: str) -> None:
    size = len(text.encode())
    if size > MAX_QUESTION_BYTES:
        raise InvalidInput(
            f"The question has {size:,} bytes; at most {MAX_QUESTION_BYTES:,} are possible.",
            parameter=parameter,
        )
