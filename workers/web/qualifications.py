"""The worker's qualifications: held, to be had, asked for; and taking a test."""

from datetime import datetime
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.errors import DomainError
from marketplace.questionform import answer_key
from marketplace.questionform import form as forms
from marketplace.questionform import render as questions
from marketplace.web.paging import page_newest_first
from workers import queries
from workers.actions.give_up_qualification import give_up_qualification
from workers.actions.request_qualification import (
    is_over,
    request_qualification,
    require_chance,
    submit_test,
)
from workers.eligibility import NUMBER_APPROVED, PERCENT_APPROVED, PERCENT_COUNTS_FROM, facts_of
from workers.models import Qualification, QualificationRequest, QualificationType
from workers.states import QualificationStatus, RequestStatus
from workers.web.access import WorkerRequest, worker_view

PAGE = 25
TABS = ("mine", "available", "pending")


@worker_view
@require_safe
def qualifications(request: WorkerRequest) -> HttpResponse:
    """Three lists: what is held, what can be asked for, what was asked for."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    worker, is_sandbox = request.worker, request.is_sandbox
    rows: QuerySet[Any]
    if tab == "available":
        rows = queries.requestable_types(search, is_sandbox=is_sandbox)
        held = queries.held_by(worker, is_sandbox=is_sandbox)
        rows = rows.exclude(
            pk__in=held.filter(status=QualificationStatus.GRANTED).values("type")
        ).exclude(owner__in=queries.blocking(worker.pk, is_sandbox=is_sandbox))
    elif tab == "pending":
        rows = queries.requests_of(worker, is_sandbox=is_sandbox)
    else:
        rows = queries.held_by(worker, is_sandbox=is_sandbox)
    facts = facts_of(worker, [])
    context = {
        "tab": tab,
        "tabs": [("mine", _("Mine")), ("available", _("Available")), ("pending", _("Asked for"))],
        "page": page_newest_first(request, rows, size=PAGE),
        "search": search,
        "rate": facts.value(PERCENT_APPROVED),
        "approved": facts.value(NUMBER_APPROVED),
        "reviewed": facts.reviewed,
        "counts_from": PERCENT_COUNTS_FROM,
        "now": clock.now(),
    }
    return render(request, "workers/qualifications.html", context)


@worker_view
@require_safe
def qualification(request: WorkerRequest, type_id: str) -> HttpResponse:
    """One type: what it is, what the worker has of it, and how to get it."""
    kind = queries.type_for_worker(request.worker, type_id, is_sandbox=request.is_sandbox)
    last = (
        queries.requests_of(request.worker, is_sandbox=request.is_sandbox)
        .filter(type=kind)
        .order_by("-pk")
        .first()
    )
    now = clock.now()
    held = Qualification.objects.filter(type=kind, worker=request.worker).first()
    context = {
        "kind": kind,
        "held": held,
        "last": last,
        "is_testing": _is_testing(last, now),
        "why_not": _why_not(request, kind, held, last, now),
        "now": now,
    }
    return render(request, "workers/qualification.html", context)


@worker_view
@require_POST
def request_one(request: WorkerRequest, type_id: str) -> HttpResponse:
    """Ask for a qualification: on to its test where there is one."""
    try:
        made = request_qualification(
            worker=request.worker, type_id=type_id, is_sandbox=request.is_sandbox, at=clock.now()
        )
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("workers:qualification", type_id)
    if made.status == RequestStatus.STARTED:
        return redirect("workers:test", made.public_id)
    _say_outcome(request, made)
    return redirect("workers:qualification", type_id)


@worker_view
@require_POST
def give_up(request: WorkerRequest, type_id: str) -> HttpResponse:
    """Hold a qualification no longer."""
    kind = queries.type_for_worker(request.worker, type_id, is_sandbox=request.is_sandbox)
    give_up_qualification(worker=request.worker, kind=kind, at=clock.now())
    messages.success(request, _("You have given up “%(name)s”.") % {"name": kind.name})
    return redirect("workers:qualifications")


@worker_view
@never_cache
@csp_update(questions.MEDIA)  # type: ignore[arg-type]
@require_http_methods(["GET", "POST"])
def take_test(request: WorkerRequest, request_id: str) -> HttpResponse:
    """The test and its timer; what was filled in stays where something is wrong with it."""
    mine = queries.requests_of(request.worker, is_sandbox=request.is_sandbox)
    asked = get_object_or_404(mine, public_id=request_id)
    now = clock.now()
    if asked.test is None or not _is_testing(asked, now):
        messages.info(request, _("This test is over."))
        return redirect("workers:qualification", asked.type.public_id)
    form = forms.parse(asked.test.questions)
    values, errors = None, None
    if request.method == "POST":
        values, errors = questions.read(form, request.POST)
        if not errors:
            return _send_in(request, asked, values, now)
    context = {
        "asked": asked,
        "kind": asked.type,
        "seconds": asked.test.seconds,
        "fields": questions.as_html(form, values=values, errors=errors),
        "now": now,
    }
    return render(request, "workers/test.html", context, status=422 if errors else 200)


def _send_in(
    request: WorkerRequest,
    asked: QualificationRequest,
    answer: dict[str, str | list[str]],
    now: datetime,
) -> HttpResponse:
    try:
        done = submit_test(worker=request.worker, request_id=asked.public_id, answer=answer, at=now)
    except DomainError as error:
        messages.warning(request, error.message)
    else:
        _say_outcome(request, done)
    return redirect("workers:qualification", asked.type.public_id)


def _say_outcome(request: WorkerRequest, made: QualificationRequest) -> None:
    if made.status == RequestStatus.GRANTED:
        messages.success(
            request, _("The qualification is yours, with the value %(n)d.") % {"n": made.value or 0}
        )
    else:
        messages.success(request, _("You have asked for it. The requester decides."))


def _is_testing(last: QualificationRequest | None, now: datetime) -> bool:
    return last is not None and last.status == RequestStatus.STARTED and not is_over(last, now)


def _why_not(
    request: WorkerRequest,
    kind: QualificationType,
    held: Qualification | None,
    last: QualificationRequest | None,
    now: datetime,
) -> str:
    """Why the worker can't ask for the type now, or why it would be in vain; "" where neither."""
    if _is_testing(last, now):
        return ""
    if held is not None and _is_highest(kind, held):
        return _("You have the highest value that this test gives. There is nothing more to do.")
    can_be_asked = queries.requestable_types("", is_sandbox=request.is_sandbox)
    if not can_be_asked.filter(pk=kind.pk).exists():
        return _("It can't be asked for.")
    try:
        require_chance(request.worker, kind, last, now)
    except DomainError as error:
        return error.message
    return ""


def _is_highest(kind: QualificationType, held: Qualification) -> bool:
    """Whether taking the test again could bring nothing. It is not refused, as it never was on
    Mechanical Turk: only, nobody is invited to it."""
    if held.status != QualificationStatus.GRANTED or kind.test is None or not kind.test.answer_key:
        return False
    return held.value >= answer_key.highest(answer_key.parse(kind.test.answer_key))
