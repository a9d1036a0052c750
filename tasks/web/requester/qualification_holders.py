"""Who holds a qualification and who asks for it: granting, revoking, deciding, scores as a file."""

import csv
import io
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.questionform.form import Form, Selection, Text, parse
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from tasks.results import cells
from tasks.web.requester.qualification_forms import AcceptForm, GrantForm, WhyForm
from tasks.web.requester.qualifications import own_qualification, type_page
from tasks.web.requester.rights import rights_of
from workers import queries
from workers.actions.decide_request import accept_request, reject_request
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.models import Qualification, QualificationRequest, QualificationType
from workers.states import RequestStatus

AT_ONCE = 500


@requester_view(Role.REVIEWER)
@require_POST
def grant(request: MemberRequest, type_id: str) -> HttpResponse:
    """Give a worker a value, or another one."""
    kind = own_qualification(request, type_id)
    form = GrantForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data["worker_id"].strip().upper()
        with refusals_shown_in(form):
            worker = queries.worker_by_id(typed)
            grant_qualification(
                by=request.acting,
                kind=kind,
                worker=worker,
                value=form.cleaned_data["value"],
                is_told=form.cleaned_data["is_told"],
                at=clock.now(),
            )
            said = {"worker": worker.public_id, "value": form.cleaned_data["value"]}
            messages.success(request, _("%(worker)s has the value %(value)d now.") % said)
            return redirect("requester:qualification", kind.public_id)
    return type_page(request, kind, form)


@requester_view(Role.REVIEWER)
@require_POST
def revoke(request: MemberRequest, type_id: str) -> HttpResponse:
    """Take it from the worker that the form names."""
    kind = own_qualification(request, type_id)
    worker = queries.worker_by_id(request.POST.get("worker_id", "").replace("\0", ""))
    revoke_qualification(
        by=request.acting,
        kind=kind,
        worker=worker,
        reason=request.POST.get("reason", ""),
        at=clock.now(),
    )
    messages.success(request, _("%(worker)s has it no longer.") % {"worker": worker.public_id})
    return redirect("requester:qualification", kind.public_id)


@requester_view()
@require_http_methods(["GET", "POST"])
def decide(request: MemberRequest, request_id: str) -> HttpResponse:
    """One request with its answers, and the decision on it."""
    waiting = QualificationRequest.objects.select_related("worker__user", "type", "test").filter(
        type__owner=request.acting.requester, type__is_sandbox=request.is_sandbox
    )
    asked = get_object_or_404(waiting, public_id=request_id)
    accept, reject = AcceptForm(), WhyForm()
    if request.method == "POST":
        request.acting.require(Role.REVIEWER)
        if request.POST.get("decision") == "reject":
            reject = WhyForm(request.POST)
            done = reject.is_valid() and _reject(request, asked, reject)
        else:
            accept = AcceptForm(request.POST)
            done = accept.is_valid() and _accept(request, asked, accept)
        if done:
            return redirect("requester:qualification", asked.type.public_id)
    context = {
        "asked": asked,
        "kind": asked.type,
        "answers": _answers(asked),
        "accept": accept,
        "reject": reject,
        "is_waiting": asked.status == RequestStatus.SUBMITTED,
        **rights_of(request),
    }
    return render(request, "tasks/requester/qualification_request.html", context)


def _accept(request: MemberRequest, asked: QualificationRequest, form: AcceptForm) -> bool:
    with refusals_shown_in(form):
        accept_request(
            by=request.acting, request=asked, value=form.cleaned_data["value"], at=clock.now()
        )
        messages.success(request, _("Granted."))
    return not form.errors


def _reject(request: MemberRequest, asked: QualificationRequest, form: WhyForm) -> bool:
    with refusals_shown_in(form):
        reject_request(
            by=request.acting, request=asked, reason=form.cleaned_data["reason"], at=clock.now()
        )
        messages.success(request, _("Declined."))
    return not form.errors


def _answers(asked: QualificationRequest) -> list[tuple[str, str]]:
    """(question, answer) in the order of the test, in the test's own words."""
    if asked.test is None or asked.answer is None:
        return []
    form = parse(asked.test.questions)
    labels = _labels(form)
    return [
        (
            " – ".join(filter(None, [question.display_name or question.identifier, part])),
            cells.answer(
                [labels.get((question.identifier, one), one) for one in value]
                if isinstance(value, list)
                else value
            ),
        )
        for question in form.questions
        for key, part in zip(question.keys, ("", _("other")), strict=False)
        if (value := asked.answer.get(key))
    ]


def _labels(form: Form) -> dict[tuple[str, str], str]:
    return {
        (question.identifier, option.identifier): option.label.text
        for question in form.questions
        if isinstance(question.answer, Selection)
        for option in question.answer.options
        if isinstance(option.label, Text)
    }


@requester_view()
@require_safe
def scores_csv(request: MemberRequest, type_id: str) -> StreamingHttpResponse:
    """Everybody who holds or held the type, with value and times."""
    kind = own_qualification(request, type_id)
    response = StreamingHttpResponse(_lines(kind), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind.public_id}_scores.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(kind: QualificationType) -> Iterator[str]:
    yield _csv([["Worker ID", "Score", "Status", "Granted", "Changed"]])
    rows = Qualification.objects.filter(type=kind).select_related("worker").order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield _csv(
            [
                held.worker.public_id,
                held.value,
                held.status,
                f"{held.granted_at:%Y-%m-%d %H:%M:%S UTC}",
                f"{held.changed_at:%Y-%m-%d %H:%M:%S UTC}",
            ]
            for held in chunk
        )
        last = chunk[-1].pk


def _csv(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
