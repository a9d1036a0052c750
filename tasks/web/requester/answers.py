"""Answers as what they mean: one beside the review table or on its page, all of a HIT together.

Images are the requester's, from anywhere, and what is drawn over them is a stranger's: both are
shown in a frame of an origin that is nobody's, as tasks are, so that the page around it needs to
let no image in and nothing in the frame can reach it.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.paging import address, key, page_newest_first
from tasks.actions.decide import UNDO_FOR
from tasks.annotations.kinds import Clip, Drawing, Mask, Unfit
from tasks.files.answering import with_names
from tasks.models import HIT, Assignment, Attachment, Batch
from tasks.queries import results as queries
from tasks.queries.files import attachments_of
from tasks.queries.results import Filter
from tasks.results.shown import pictures
from tasks.results.shown.agreement import agreements
from tasks.results.shown.parts import Page, Part, as_json, page_seen, part_called, parts_of
from tasks.states import AssignmentStatus
from tasks.web.requester.files import here_of, let_media_in, shown_attachments
from tasks.web.requester.lookups import own_answer, own_batch, own_hit, own_submission
from tasks.web.requester.rights import rights_of

SIDE_BY_SIDE = 12
"""Answers of one HIT on a page."""
HITS = 50
RAW = 20_000
"""Characters of a raw answer that stand in the page; its own address has it whole."""


@requester_view()
@require_safe
def answer(request: MemberRequest, batch_id: int, assignment_id: str) -> HttpResponse:
    """One answer whole: beside the table, or as a page of its own."""
    batch = own_batch(request, batch_id)
    assignment = own_answer(batch, assignment_id)
    is_part = bool(request.headers.get("HX-Request"))
    name = "_answer.html" if is_part else "answer.html"
    context = {
        "batch": batch,
        "shown": answer_context(request, assignment),
        "back": request.GET.urlencode() if is_part else "",
        **({} if is_part else _beside(batch, assignment)),
        **rights_of(request),
    }
    response = render(request, f"tasks/requester/{name}", context)
    response["Vary"] = "HX-Request, Cookie"
    return let_media_in(response)


def _beside(batch: Batch, assignment: Assignment) -> dict[str, Assignment | None]:
    found = queries.answers_in(batch, Filter())
    here = (assignment.hit_id, assignment.pk)
    return {
        "previous": queries.before(found, here).first(),
        "next": queries.after(found, here).first(),
    }


def answer_context(
    request: HttpRequest, assignment: Assignment, seen: Page | None = None
) -> dict[str, Any]:
    """What the templates show of an answer; `seen` is the HIT's page where it is read already."""
    rejected_at = assignment.rejected_at
    is_rejected = assignment.status == AssignmentStatus.REJECTED
    files = attachments_of([assignment]).get(assignment.pk, [])
    seen = seen or page_seen(assignment.hit, here=here_of(request))
    named = _named(assignment, files)
    raw = as_json(named)
    return {
        "assignment": assignment,
        "inputs": sorted(assignment.hit.inputs.items()),
        "parts": parts_of(seen, named),
        "raw": raw[:RAW],
        "is_raw_cut": len(raw) > RAW,
        "has_others": _answered(assignment.hit) > 1,
        "attachments": shown_attachments(files, here=here_of(request)),
        "bonuses": assignment.bonuses.order_by("pk"),
        "can_undo": bool(is_rejected and rejected_at and clock.now() - rejected_at <= UNDO_FOR),
    }


def _named(assignment: Assignment, files: Sequence[Attachment]) -> dict[str, Any]:
    """The answer with files' own names in place of their keys."""
    return {name: with_names(value, files) for name, value in (assignment.answer or {}).items()}


def _answered(hit: HIT) -> int:
    return hit.submitted_count + hit.approved_count + hit.rejected_count


@requester_view()
@require_safe
def raw_answer(request: MemberRequest, assignment_id: str) -> HttpResponse:
    """The answer's JSON to the letter."""
    assignment = own_submission(request, assignment_id)
    text = as_json(assignment.answer, is_whole=True)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@requester_view()
@require_safe
def hits(request: MemberRequest) -> HttpResponse:
    """HITs that programs made by the API, of no batch: newest first, or those to review."""
    waiting = request.GET.get("tab", "review") != "all"
    made = HIT.objects.filter(
        hit_type__requester=request.acting.requester,
        hit_type__is_sandbox=request.is_sandbox,
        batch=None,
    ).select_related("hit_type")
    found = made.filter(submitted_count__gt=0) if waiting else made
    page = page_newest_first(request, found, size=HITS)
    context = {"page": page, "rows": page.rows, "tab": "review" if waiting else "all"}
    return render(request, "tasks/requester/hits.html", context)


@requester_view()
@require_safe
def hit(request: MemberRequest, hit_id: str) -> HttpResponse:
    """One HIT: what was asked once, and every worker's answer side by side."""
    hit = own_hit(request, hit_id)
    found = hit.assignments.filter(submitted_at__isnull=False, pk__gt=key(request, "after") or 0)
    rows = list(found.select_related("worker").order_by("pk")[: SIDE_BY_SIDE + 1])
    shown, has_more = rows[:SIDE_BY_SIDE], len(rows) > SIDE_BY_SIDE
    seen = page_seen(hit, here=here_of(request))
    answers = []
    for assignment in shown:
        assignment.hit = hit  # read once, for all
        answers.append(answer_context(request, assignment, seen))
    context = {
        "batch": hit.batch,
        "hit": hit,
        "inputs": sorted(hit.inputs.items()),
        "about": _about(answers),
        "answers": answers,
        "answered": _answered(hit),
        "agreements": agreements([one["parts"] for one in answers]),
        "can_decide": any(one.status == AssignmentStatus.SUBMITTED for one in shown),
        "more": address(request, after=shown[-1].pk) if has_more else "",
        "is_first": key(request, "after") is None,
        **_hits_beside(hit),
        **rights_of(request),
    }
    return let_media_in(render(request, "tasks/requester/hit.html", context))


def _about(answers: Sequence[dict[str, Any]]) -> tuple[Assignment, list[Part]] | None:
    """What classifiers ask about, by the first answer: shown once, since it is the same to all."""
    if not answers:
        return None
    media = [part for part in answers[0]["parts"] if part.media and not part.is_framed]
    return (answers[0]["assignment"], media) if media else None


def _hits_beside(hit: HIT) -> dict[str, HIT | None]:
    """The HITs of its batch before and after this one that somebody has answered."""
    if hit.batch_id is None:
        return {"previous": None, "next": None}
    answered = Q(submitted_count__gt=0) | Q(approved_count__gt=0) | Q(rejected_count__gt=0)
    others = HIT.objects.filter(answered, batch=hit.batch_id).only("public_id")
    return {
        "previous": others.filter(pk__lt=hit.pk).order_by(F("pk").desc()).first(),
        "next": others.filter(pk__gt=hit.pk).order_by("pk").first(),
    }


@requester_view()
@require_safe
def answer_picture(request: MemberRequest, assignment_id: str) -> HttpResponse:
    """What one element's answer draws over its image, or what it is about: for a frame."""
    assignment = own_submission(request, assignment_id)
    here = here_of(request)
    part = part_called(
        page_seen(assignment.hit, here=here), assignment.answer, request.GET.get("name", "")
    )
    if part is None or part.element is None:
        raise Http404
    picture, wrong = pictures.plain(), ""
    try:
        if isinstance(part.given, Drawing):
            picture = pictures.drawn(part.element, part.given)
        elif isinstance(part.given, Mask):
            picture = pictures.painted(part.element, part.given)
        elif isinstance(part.given, Clip):
            picture = pictures.timeline(part.element, part.given)
        else:
            picture = pictures.laid_over(part.element)
    except Unfit as why:
        wrong = str(why)
    is_clip = isinstance(part.given, Clip)
    context = {
        "part": part,
        "picture": picture,
        "is_drawn": not is_clip and bool(picture.width or picture.figures or picture.mask),
        "is_clip": is_clip,
        "wrong": wrong,
        "script": here + static("answer.js"),
        "style": here + static("answer.css"),
    }
    return _framed(render(request, "tasks/requester/answer_picture.html", context), here)


def _framed(response: HttpResponse, here: str) -> HttpResponse:
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src * data:; media-src *; "
        f"script-src {here}; style-src {here}; base-uri 'none'; form-action 'none'; "
        f"sandbox allow-scripts; frame-ancestors {here}"
    )
    # frame-ancestors says it, and a header of old would refuse our own page too.
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=300"
    return response
