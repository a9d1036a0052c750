"""Files that a task's page sends, ahead of its answer, from inside its frame.

The assignment's id is the capability, as for the answer itself; no cookie is asked for. What
comes back is the file's key, which the answer then holds. A page without our script sends its
files with the answer instead (mturk/external_submit.py).
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from marketplace import clock
from marketplace.errors import DomainError, InvalidInput, LimitReached, NotFound
from marketplace.questionform.render import PREFIX
from marketplace.rest.throttling import is_within
from tasks.actions.keep_file import attach_file
from tasks.models import Assignment, Question
from tasks.states import AssignmentStatus

AROUND_A_FILE = 64 * 1024
"""Bytes of a request besides its file."""
PER_MINUTE_OF_ONE = 120


@csrf_exempt
def upload(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Take one file: fields `field` and `file`. Answers with its key, or says why not."""
    if request.method == "OPTIONS":  # a browser asks before it sends with progress
        return _open_to_all(HttpResponse(status=204))
    if request.method != "POST":
        response = _open_to_all(HttpResponse(status=405))
        response["Allow"] = "POST, OPTIONS"
        return response
    try:
        answer, status = _taken(request, assignment_id), 201
    except DomainError as error:
        answer, status = {"message": error.message}, error.status
    return _open_to_all(JsonResponse(answer, status=status))


def received(
    request: HttpRequest, *, most: int, too_large: str
) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
    """The fields and files of a form, of `most` bytes. Raises InvalidInput for one that is too
    large, before it is read where it says so itself, or that did not arrive whole."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            raise InvalidInput(too_large)
        return request.POST, request.FILES
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        raise InvalidInput(too_large) from None
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, ValueError):
        raise InvalidInput(_("The answer did not arrive whole. Submit it again.")) from None


def _taken(request: HttpRequest, assignment_id: str) -> dict[str, Any]:
    if not is_within("upload", assignment_id, PER_MINUTE_OF_ONE):
        raise LimitReached(_("That were many files within a minute. Wait a minute, then go on."))
    in_work = Assignment.objects.filter(
        public_id=assignment_id, status=AssignmentStatus.ACCEPTED
    ).select_related("hit__question")
    assignment = in_work.first()
    if assignment is None:  # nobody's body is read for nothing
        raise NotFound(_("This HIT is not in work any more, so no file can be sent with it."))
    form, files = received(
        request,
        most=settings.MANYHANDS_MAX_FILE_BYTES + AROUND_A_FILE,
        too_large=_("A file may have %(most)s. Make it smaller.")
        % {"most": filesizeformat(settings.MANYHANDS_MAX_FILE_BYTES)},
    )
    file = files.get("file")
    if file is None:
        raise InvalidInput(_("No file came with this."))
    kept = attach_file(
        assignment_id=assignment_id,
        field=field_name(form.get("field", ""), assignment.hit.question),
        name=file.name or "",
        file=file,
        at=clock.now(),
    )
    return {"key": kept.key, "name": kept.name, "size": kept.size}


def field_name(sent: str, question: Question) -> str:
    """The answer's field that a form's field is: our own pages of QuestionForms prefix theirs."""
    return sent.removeprefix(PREFIX) if question.kind == Question.Kind.FORM else sent


def _open_to_all(response: HttpResponse) -> HttpResponse:
    """Task pages are of no origin, or of their requester's; no cookie is asked for or sent."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    response["Access-Control-Max-Age"] = "600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "no-store"
    return response
