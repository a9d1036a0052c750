"""The frame that a task runs in: a page of the requester's, with an origin of nobody's.

Whoever opens it, in the work page's frame or by its address, gets it sandboxed by the response
itself. It may run scripts, submit to externalSubmit and open sandboxed popups. It can read no
cookie, no page of ours and no storage, and can't move the page around it.
"""

from dataclasses import dataclass
from html import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.errors import InvalidInput, NotFound
from tasks.actions.give_back import GRACE
from tasks.models import HIT, Assignment, Question
from tasks.questions import form, layout
from tasks.questions.addresses import (
    external_address,
    preview_address,
    previewed_hit,
    task_address,
)
from tasks.questions.layout import PREVIEW_ASSIGNMENT, Place
from tasks.questions.reading import external_of, frame_height_of, html_of
from tasks.questions.templates import filled
from tasks.states import AssignmentStatus

SUBMIT_PATH = "/mturk/externalSubmit"


def frame_response(request: HttpRequest, html: str, *, status: int = 200) -> HttpResponse:
    """Requesters' HTML as it may be sent: sandboxed by header, framed by our own pages only."""
    response = HttpResponse(html, status=status)
    response["Content-Security-Policy"] = (
        "sandbox allow-scripts allow-forms allow-popups; "
        f"frame-ancestors {_page_origin(request)}; "
        f"form-action {_page_origin(request)}{SUBMIT_PATH}"
    )
    # frame-ancestors says it, and a header of old would refuse the other domain's frames.
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    # A visit to somebody else's page must leave nothing in the visitor's session.
    request.session.modified = False
    return response


def place_for(request: HttpRequest, *, assignment_id: str, hit_id: str) -> Place:
    """Where a layout is shown when this request asks for it."""
    here = _origin(request)
    return Place(
        assignment_id=assignment_id,
        hit_id=hit_id,
        submit_url=_page_origin(request) + SUBMIT_PATH,
        upload_url=""
        if assignment_id == PREVIEW_ASSIGNMENT
        else _page_origin(request) + reverse("work:upload", args=[assignment_id]),
        script_url=here + static("externalHIT_v1.js"),
        style_url=here + static("task.css"),
        crowd_url=here + static("crowd-html-elements.js"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Framed:
    """How a page of ours embeds a task: `host` names the requester's own server, if it is one."""

    url: str
    host: str = ""
    origin: str = ""
    height: int = 0

    @property
    def sandbox(self) -> str:
        """A requester's own server keeps its own origin, which is never ours."""
        rights = "allow-scripts allow-forms allow-popups"
        return f"{rights} allow-same-origin" if self.host else rights

    def let_into(self, response: HttpResponse) -> HttpResponse:
        """The page around it may show this host, and no other."""
        if self.origin:
            response._csp_update = {"frame-src": [self.origin]}  # type: ignore[attr-defined]
        return response


def task_frame(request: HttpRequest, assignment: Assignment) -> Framed:
    """The frame of an assignment in work."""
    return _framed(assignment.hit.question, task_address(assignment, here=_origin(request)))


def preview_frame(request: HttpRequest, hit: HIT) -> Framed:
    """The frame of a preview."""
    return _framed(hit.question, preview_address(hit, here=_origin(request)))


def _framed(question: Question, url: str) -> Framed:
    try:
        height = frame_height_of(question)
        page = external_of(question) if question.kind == Question.Kind.EXTERNAL else None
    except InvalidInput:
        return Framed(url=url)
    if page is None:
        return Framed(url=url, height=height)
    return Framed(url=url, host=page.host, origin=page.origin, height=height)


@require_safe
def frame(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """The task of an assignment in work. Its id is the capability; no cookie is asked for."""
    assignment = (
        Assignment.objects.filter(public_id=assignment_id)
        .select_related("hit__question")
        .only("public_id", "status", "deadline_at", "hit__public_id", "hit__inputs",
              "hit__source_line",
              "hit__question__content", "hit__question__kind")
        .first()
    )  # fmt: skip
    if (
        assignment is None
        or assignment.status != AssignmentStatus.ACCEPTED
        or assignment.deadline_at + GRACE < clock.now()
    ):
        return _nothing(request, _("This HIT is not in work any more."))
    place = place_for(request, assignment_id=assignment_id, hit_id=assignment.hit.public_id)
    return _task(request, assignment.hit, place)


@require_safe
def frame_preview(request: HttpRequest, permission: str) -> HttpResponse:
    """The task of a HIT as it is previewed: nothing can be submitted from it. Only the pages that
    check what guards a preview make its address."""
    try:
        hit_id = previewed_hit(permission)
    except NotFound:
        return _nothing(request, _("This preview has run out. Open the HIT's page again."))
    hit = (
        HIT.objects.filter(
            public_id=hit_id,
            disposed_at=None,
            hit_type__taken_down_at=None,
            hit_type__requester__suspended_at=None,
        )
        .select_related("question")
        .first()
    )
    if hit is None:
        return _nothing(request, _("This HIT is gone."))
    place = place_for(request, assignment_id=PREVIEW_ASSIGNMENT, hit_id=hit_id)
    return _task(request, hit, place)


def _task(request: HttpRequest, hit: HIT, place: Place) -> HttpResponse:
    question = hit.question
    try:
        if question.kind == Question.Kind.EXTERNAL:
            return redirect(external_address(question, request.GET.dict()))
        html = _page(hit, place, here=_origin(request))
    except InvalidInput as error:
        return _broken(request, place, str(error))
    return frame_response(request, html)


def _page(hit: HIT, place: Place, *, here: str) -> str:
    question = hit.question
    if question.kind == Question.Kind.FORM:
        return form.page(question, place)
    if question.kind == Question.Kind.HTML:
        return layout.page(html_of(question).content, place)
    return layout.page(filled(hit, here=here), place)


def _broken(request: HttpRequest, place: Place, why: str) -> HttpResponse:
    """A task that can't be made from what its requester gave says so to the page around it."""
    head = (
        f'<meta name="manyhands" data-broken="{escape(why)}">'
        f'<script src="{escape(place.script_url)}"></script>'
    )
    return _nothing(request, _("This HIT's page can't be shown. Return it, or report it."), head)


def _nothing(request: HttpRequest, words: str, head: str = "") -> HttpResponse:
    return words_frame(request, words, head, status=404)


def words_frame(
    request: HttpRequest, words: str, head: str = "", *, status: int = 200
) -> HttpResponse:
    """A sentence in place of a task."""
    style = _origin(request) + static("task.css")
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>–</title>'
        f'<link rel="stylesheet" href="{style}">{head}<p class="says">{escape(words)}</p></html>'
    )
    return frame_response(request, html, status=status)


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _page_origin(request: HttpRequest) -> str:
    """The origin of our own pages, also where a domain of its own serves requesters' pages."""
    if settings.MANYHANDS_USERCONTENT_ORIGIN:
        return settings.MANYHANDS_BASE_URL
    return _origin(request)
