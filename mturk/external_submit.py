"""externalSubmit: where a task's page sends its answer, from inside its frame.

The frame has no origin and no cookie of ours, so the assignment's id is the capability: 149
random bits that allow one submission and nothing else. The answer page shows
inside the frame and tells the page around it to look at how things stand.
"""

import structlog
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.errors import DomainError, InvalidInput, LimitReached, NotFound
from marketplace.hurry import hurry
from marketplace.questionform import render as render_form
from marketplace.rest.throttling import WINDOW, address_of, is_within
from tasks.actions.keep_file import attach_file
from tasks.actions.submit import Submitted, submit
from tasks.models import Assignment, Question
from tasks.queries.files import files_sent
from tasks.questions import form as question_form
from tasks.questions import layout
from tasks.questions.form import MARKER
from tasks.questions.layout import PREVIEW_ASSIGNMENT
from tasks.questions.reading import form_of
from tasks.states import AssignmentStatus
from tasks.web.worker.frame import frame_response, place_for
from tasks.web.worker.upload import field_name, received

log = structlog.get_logger()

MAX_BODY_BYTES = 2**20
"""More than any answer that is taken, as forms encode it."""
PER_MINUTE = 1200
"""From one address: a classroom or a call centre works from behind one."""
PER_MINUTE_OF_ONE = 30
"""For one assignment, which takes one answer: the rest are a form that sends itself."""

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
        _refuse_too_many(f"a{address_of(request)}", PER_MINUTE)
        submitted = _submit(request)
    except _Unfit as again:
        return again.page
    except DomainError as error:
        log.info("external_submit_refused", code=error.code)
        response = _answer(request, error.message, status=error.status)
        if isinstance(error, _TooOften):
            response["Retry-After"] = str(WINDOW)
        return response
    if submitted.is_due:
        hurry("tasks.auto_approve")
    if submitted.is_repeat:
        return _answer(request, _("Submitted: your answer had been taken already."), is_good=True)
    return _answer(request, _("Submitted: your answer was taken."), is_good=True)


@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Mechanical Turk's links to a group of HITs, which are all over its clients."""
    return tasks_of_group(request, request.GET.get("groupId", ""))


@require_safe
def tasks_of_group(request: HttpRequest, group_id: str) -> HttpResponse:
    """The same by its later links."""
    if not (group_id.isascii() and group_id.isalnum() and len(group_id) <= 64):
        raise NotFound(_("This link names no group of HITs."))
    return redirect("work:group", group_id.upper())


def _submit(request: HttpRequest) -> Submitted:
    form, files = _form_of(request)
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
    _refuse_too_many(f"s{assignment_id}", PER_MINUTE_OF_ONE)
    asked = _asked_by_form(assignment_id) if MARKER in form else None
    refused: dict[str, str] = {}
    if files:
        form, refused = _with_files(form, files, assignment_id)
    if asked:
        answer = _fitted(request, form, asked, refused)
    elif refused:
        raise _Unfit(_files_again(request, form, refused, assignment_id))
    else:
        answer = _answer_in(form)
    return submit(assignment_id=assignment_id, answer=answer, at=clock.now())


class _TooOften(LimitReached):
    """In a minute it may be tried again."""


def _refuse_too_many(who: str, per_minute: int) -> None:
    if not is_within("submit", who, per_minute):
        raise _TooOften(
            _(
                "Too many answers came from here within a minute. Nothing is lost: go back, wait "
                "a minute, and submit again."
            )
        )


class _Unfit(Exception):
    """The answer can't be taken as it is: `page` asks again, with what was filled in."""

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


def _fitted(
    request: HttpRequest, form: QueryDict, asked: Assignment, refused: dict[str, str]
) -> dict[str, str | list[str]]:
    """The answer in the fields of a QuestionForm. Raises _Unfit where it breaks a constraint."""
    question = asked.hit.question
    files = files_sent(asked)
    answer, errors = render_form.read(form_of(question), form, files=files)
    errors |= {name.removeprefix(render_form.PREFIX): words for name, words in refused.items()}
    if errors:
        place = place_for(request, assignment_id=asked.public_id, hit_id=asked.hit.public_id)
        again = question_form.page(question, place, values=answer, errors=errors, files=files)
        raise _Unfit(frame_response(request, again, status=422))
    return answer


def _form_of(request: HttpRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
    """The form's fields and files. Refuses what is too large before and while it is read."""
    has_files = request.content_type == "multipart/form-data"
    return received(
        request,
        most=MAX_BODY_BYTES + (settings.MANYHANDS_ANSWER_BYTES if has_files else 0),
        too_large=_("This answer is too large. Shorten it and submit again."),
    )


def _with_files(
    form: QueryDict, files: MultiValueDict[str, UploadedFile], assignment_id: str
) -> tuple[QueryDict, dict[str, str]]:
    """The form with the keys of the files that came with it, and what is wrong with the others:
    a sentence by field. Those that are taken are kept, so that none has to be sent twice."""
    found = Assignment.objects.filter(public_id=assignment_id).select_related("hit__question")
    assignment = found.first()
    if assignment is None:
        raise NotFound(_("There is no such assignment."))
    if assignment.submitted_at is not None:
        return form, {}  # the first answer stands
    question = assignment.hit.question
    filled, refused = form.copy(), {}
    for name, sent in files.lists():
        for file in sent:
            try:
                kept = attach_file(
                    assignment_id=assignment_id,
                    field=field_name(name, question),
                    name=file.name or "",
                    file=file,
                    at=clock.now(),
                )
            except (InvalidInput, LimitReached) as error:
                refused[name] = error.message
            else:
                filled.appendlist(name, kept.key)
    return filled, refused


def _files_again(
    request: HttpRequest, form: QueryDict, refused: dict[str, str], assignment_id: str
) -> HttpResponse:
    """A page of our own that keeps the whole answer and asks for other files."""
    place = place_for(request, assignment_id=assignment_id, hit_id=form.get("hitId", ""))
    kept = [(name, value) for name, values in _answers(form) for value in values]
    body = render_to_string("mturk/files_again.html", {"kept": kept, "refused": refused.items()})
    return frame_response(request, layout.page(body, place), status=422)


def _answer_in(form: QueryDict) -> dict[str, str | list[str]]:
    """The answer's fields: a text each, or a list of texts where a field came more than once."""
    return {name: values[0] if len(values) == 1 else values for name, values in _answers(form)}


def _answers(form: QueryDict) -> list[tuple[str, list[str]]]:
    return [(n, values) for n, values in form.lists() if n and n not in RESERVED and values]


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
