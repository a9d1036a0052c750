"""Where the page of a task is: with us, or on its requester's own server."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from marketplace.errors import InvalidInput, NotFound
from tasks.models import HIT, Assignment, Question
from tasks.questions.layout import PREVIEW_ASSIGNMENT
from tasks.questions.reading import external_of

PREVIEW_SECONDS = 86_400
"""How long the address of a preview is good for, from when its page was opened."""
_PREVIEWS = TimestampSigner(salt="tasks.preview")


def task_address(assignment: Assignment, *, here: str) -> str:
    """The page of an assignment in work, with Mechanical Turk's four parameters in its order.

    `here` is the origin of our own pages, which is where it submits to.
    """
    parameters = {
        "assignmentId": assignment.public_id,
        "hitId": assignment.hit.public_id,
        "turkSubmitTo": here,
        "workerId": assignment.worker.public_id,
    }
    path = reverse("work:frame", args=[assignment.public_id])
    return _address(assignment.hit.question, path, parameters, here)


def preview_address(hit: HIT, *, here: str) -> str:
    """The page of a preview, which is told neither the worker nor where to submit.

    To be made for those only who meet what guards the preview.
    """
    path = reverse("work:frame_preview", args=[preview_permission(hit)])
    parameters = {"assignmentId": PREVIEW_ASSIGNMENT, "hitId": hit.public_id}
    return _address(hit.question, path, parameters, here)


def preview_permission(hit: HIT) -> str:
    """What opens a HIT's preview: that page knows nobody, and its id alone opens nothing."""
    return _PREVIEWS.sign(hit.public_id)


def previewed_hit(permission: str) -> str:
    """The id of the HIT whose preview it opens. Raises NotFound where we did not make it, or not
    lately."""
    try:
        return _PREVIEWS.unsign(permission, max_age=PREVIEW_SECONDS)
    except BadSignature as error:
        raise NotFound("This preview has run out.") from error


def external_address(question: Question, parameters: dict[str, str]) -> str:
    """The requester's own page, its own query kept. Raises MalformedXML where it may not be
    shown any more."""
    parts = urlsplit(external_of(question).url)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))


def _address(question: Question, path: str, parameters: dict[str, str], here: str) -> str:
    if question.kind == Question.Kind.EXTERNAL:
        try:
            return external_address(question, parameters)
        except InvalidInput:
            pass  # our own page says so
    return f"{settings.MANYHANDS_USERCONTENT_ORIGIN or here}{path}?{urlencode(parameters)}"
