"""externalSubmit: where a task's page sends its answer, from inside its frame.

The frame has no origin and no cookie of ours, so the assignment's id is the capability: 149
random bits that allow one submission and nothing else. The answer page shows
inside the frame and tells the page around it to look at how things stand.
"""

import structlog
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.errors import DomainError, InvalidInput, NotFound
from marketplace.hurry import hurry
from marketplace.questionform import render as render_form
from tasks.actions.submit import Submitted, submit
from tasks.models import Assignment, Question
from tasks.questions import form as question_form
from tasks.questions.form import MARKER
from tasks.questions.layout import PREVIEW_ASSIGNMENT
from tasks.questions.reading import form_of
from tasks.states import AssignmentStatus
from tasks.web.worker.frame import frame_response, place_for

log = structlog.get_logger()

MAX_BODY_BYTES = 2**20
"""More than any answer that is taken, as forms encode it."""

# What the form carries for us, not for the requester.
RESERVED = frozenset(
    {"assignmentId", "hitId", "turkSubmitTo", "workerId", "csrf", "csrfmiddlewaretoken"}
)


@csrf_exempt
def external_submit(request: HttpRequest) -> HttpResponse:
    """Take an answer. Sent again, it is answered as the first time; the first answer stands."""
    if request.method == "HEAD":  # a task's page asks whether anybody is there before it sends
        return HttpResponse(status=204)
    if request.method != "POST":
        words = _("An answer is sent as a form, by POST. Go back and submit the task's form.")
        response = _answer(request, words, status=405)
        response["Allow"] = "POST"
        return response
    try:
        submitted = _submit(request)
    except _Unfit as again:
        return again.page
    except DomainError as error:
        log.info("external_submit_refused", code=error.code)
        return _answer(request, error.message, status=error.status)
    if submitted.is_due:
        hurry("tasks.auto_approve")
    if submitted.is_repeat:
        return _answer(request, _("Submitted: your answer had been taken already."), is_good=True)
    return _answer(request, _("Submitted: your answer was taken."), is_good=True)


@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Mechanical Turk's links to a group of HITs, which are all over its clients."""
    group_id = request.GET.get("groupId", "")
    if not (group_id.isascii() and group_id.isalnum() and len(group_id) <= 64):
        raise NotFound(_("This link names no group of HITs."))
    return redirect("work:group", group_id.upper())


def _submit(request: HttpRequest) -> Submitted:
    form = _form_of(request)
    assignment_id = next(filter(None, reversed(form.getlist("assignmentId"))), "")
    if assignment_id == PREVIEW_ASSIGNMENT:
        raise InvalidInput(_("This is a preview. Accept the HIT first, then submit."))
    if not assignment_id:
        raise InvalidInput(
            _(
                "The task's form doesn't say which assignment this is (assignmentId), so the "
                "answer can't be taken. Report the HIT: its requester has to mend it."
            )
        )
    if not (assignment_id.isascii() and assignment_id.isalnum() and len(assignment_id) <= 64):
        raise NotFound(_("There is no such assignment."))
    asked = _asked_by_form(assignment_id) if MARKER in form else None
    answer = _fitted(request, form, asked) if asked else _answer_in(form)
    return submit(assignment_id=assignment_id, answer=answer, at=clock.now())


class _Unfit(Exception):
    """The answer doesn't fit its QuestionForm: `page` is the form again, as it was filled in."""

    def __init__(self, page: HttpResponse) -> None:
        self.page = page


def _asked_by_form(assignment_id: str) -> Assignment | None:
    """The assignment, if it is in work on a HIT that asks a QuestionForm."""
    found = Assignment.objects.filter(
        public_id=assignment_id,
        status=AssignmentStatus.ACCEPTED,
        hit__question__kind=Question.Kind.FORM,
    )
    return found.select_related("hit__question").first()


def _fitted(request: HttpRequest, form: QueryDict, asked: Assignment) -> dict[str, str | list[str]]:
    """The answer in the fields of a QuestionForm. Raises _Unfit where it breaks a constraint."""
    question = asked.hit.question
    answer, errors = render_form.read(form_of(question), form)
    if errors:
        place = place_for(request, assignment_id=asked.public_id, hit_id=asked.hit.public_id)
        again = question_form.page(question, place, values=answer, errors=errors)
        raise _Unfit(frame_response(request, again, status=422))
    return answer


def _form_of(request: HttpRequest) -> QueryDict:
    """The form's fields. Refuses what is too large before and while it is read, and files."""
    too_large = InvalidInput(_("This answer is too large. Shorten it and submit again."))
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise too_large
        form, files = request.POST, request.FILES
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        raise too_large from None
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, ValueError):
        raise InvalidInput(_("The answer did not arrive whole. Submit it again.")) from None
    if files:
        raise InvalidInput(
            _(
                "This task asks for a file, and files can't be taken yet. Return the HIT: it "
                "does not count against you."
            )
        )
    return form


def _answer_in(form: QueryDict) -> dict[str, str | list[str]]:
    """The answer's fields: a text each, or a list of texts where a field came more than once."""
    return {
        name: values[0] if len(values) == 1 else values
        for name, values in form.lists()
        if name and name not in RESERVED and values
    }


def _answer(
    request: HttpRequest, words: str, *, status: int = 200, is_good: bool = False
) -> HttpResponse:
    """A page for the frame, which is sandboxed: `self` would mean nobody to some browsers."""
    here = f"{request.scheme}://{request.get_host()}"
    response = render(
        request,
        "mturk/submitted.html",
        {
            "words": words,
            "is_good": is_good,
            "style_url": here + static("task.css"),
            "script_url": here + static("submitted.js"),
        },
        status=status,
    )
    response["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {here}; style-src {here}; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {here}; sandbox allow-scripts"
    )
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response
