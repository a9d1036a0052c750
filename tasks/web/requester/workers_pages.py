"""The workers that a requester knows: a list, and a page for each."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.money import currency_of
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.paging import page_newest_first
from tasks.actions.notify_workers import MAX_SUBJECT, MAX_TEXT, notify_workers
from tasks.queries import people
from tasks.web.requester.qualification_forms import WhyForm, worker_grant_form
from tasks.web.requester.rights import rights_of
from workers import queries
from workers.actions.block_worker import block_worker, unblock_worker
from workers.actions.grant_qualification import (
    MAX_REASON,
    grant_qualification,
    revoke_qualification,
)
from workers.models import Qualification, QualificationType, Worker, WorkerBlock

PAGE = 25
MOST_COLUMNS = 5
MOST_TYPES = 200


class BlockForm(forms.Form):
    """Why, for the requester's own memory."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept for you; the worker never sees it."),
    )


class MessageForm(forms.Form):
    """A mail to the worker, through the marketplace."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=MAX_SUBJECT)
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@requester_view()
@require_safe
def workers(request: MemberRequest) -> HttpResponse:
    """Who submitted work, with how it was judged, blocks and up to five qualifications."""
    requester, is_sandbox = request.acting.requester, request.is_sandbox
    search = request.GET.get("q", "").replace("\0", "").strip().upper()[:64]
    everybody = people.workers_of(requester, is_sandbox=is_sandbox)
    chosen = everybody.filter(public_id=search) if search else everybody
    page = page_newest_first(request, chosen, size=PAGE)
    types = list(queries.types_of(requester, is_sandbox=is_sandbox).order_by("-pk")[:MOST_TYPES])
    wanted = request.GET.getlist("column")[:MOST_COLUMNS]
    columns = [kind for kind in types if kind.public_id in wanted] or types[:MOST_COLUMNS]
    found = people.people(
        page.rows, requester=requester, is_sandbox=is_sandbox, types=columns, at=clock.now()
    )
    context = {
        "rows": [(person, list(zip(columns, person.values, strict=True))) for person in found],
        "count": everybody.count(),
        "columns": columns,
        "types": types if len(types) > MOST_COLUMNS else [],
        "search": search,
        "page": page,
        **rights_of(request),
    }
    return render(request, "tasks/requester/workers.html", context)


@requester_view()
@require_safe
def worker(request: MemberRequest, worker_id: str) -> HttpResponse:
    """One worker: record with this requester, work, qualifications, block."""
    return _page(request, _known(request, worker_id))


@requester_view(Role.MANAGER)
@require_POST
def block(request: MemberRequest, worker_id: str) -> HttpResponse:
    """Take no more work from the worker."""
    found = _known(request, worker_id)
    form = BlockForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            block_worker(
                by=request.acting,
                worker=found,
                is_sandbox=request.is_sandbox,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
            messages.success(request, _("%(id)s is blocked.") % {"id": found.public_id})
            return redirect("requester:worker", found.public_id)
    return _page(request, found, block=form)


@requester_view(Role.MANAGER)
@require_POST
def unblock(request: MemberRequest, worker_id: str) -> HttpResponse:
    """Let the worker back."""
    found = _known(request, worker_id)
    unblock_worker(by=request.acting, worker=found, is_sandbox=request.is_sandbox, at=clock.now())
    messages.success(request, _("%(id)s can work for you again.") % {"id": found.public_id})
    return redirect("requester:worker", found.public_id)


@requester_view(Role.REVIEWER)
@require_POST
def qualify(request: MemberRequest, worker_id: str) -> HttpResponse:
    """Give the worker one of the requester's qualifications, or another value of it."""
    found = _known(request, worker_id)
    form = worker_grant_form(_types(request), request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            grant_qualification(
                by=request.acting,
                kind=_type(request, form.cleaned_data["type"]),
                worker=found,
                value=form.cleaned_data["value"],
                is_told=form.cleaned_data["is_told"],
                at=clock.now(),
            )
            messages.success(request, _("Saved."))
            return redirect("requester:worker", found.public_id)
    return _page(request, found, qualify=form)


@requester_view(Role.REVIEWER)
@require_POST
def disqualify(request: MemberRequest, worker_id: str) -> HttpResponse:
    """Take a qualification back."""
    found = _known(request, worker_id)
    form = WhyForm(request.POST)
    if form.is_valid():
        revoke_qualification(
            by=request.acting,
            kind=_type(request, request.POST.get("type", "").replace("\0", "")),
            worker=found,
            reason=form.cleaned_data["reason"],
            at=clock.now(),
        )
        messages.success(request, _("Revoked."))
    return redirect("requester:worker", found.public_id)


@requester_view(Role.MANAGER)
@require_POST
def write(request: MemberRequest, worker_id: str) -> HttpResponse:
    """Send the worker a message."""
    found = _known(request, worker_id)
    form = MessageForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            failed = notify_workers(
                by=request.acting,
                is_sandbox=request.is_sandbox,
                worker_ids=[found.public_id],
                at=clock.now(),
                **form.cleaned_data,
            )
            if not failed:
                if request.is_sandbox:
                    messages.info(request, _("No e-mail was sent: the sandbox writes to nobody."))
                else:
                    messages.success(request, _("The message is on its way."))
                return redirect("requester:worker", found.public_id)
            form.add_error(None, failed[found.public_id])
    return _page(request, found, write=form)


def _known(request: MemberRequest, worker_id: str) -> Worker:
    return people.known_worker(request.acting.requester, worker_id, is_sandbox=request.is_sandbox)


def _types(request: MemberRequest) -> list[QualificationType]:
    mine = queries.types_of(request.acting.requester, is_sandbox=request.is_sandbox)
    return list(mine.order_by("name")[:MOST_TYPES])


def _type(request: MemberRequest, type_id: str) -> QualificationType:
    return queries.own_type(request.acting.requester, type_id, is_sandbox=request.is_sandbox)


def _page(request: MemberRequest, found: Worker, **filled: forms.Form) -> HttpResponse:
    """The worker's page, with a form as it was filled in."""
    requester, is_sandbox = request.acting.requester, request.is_sandbox
    (person,) = people.people(
        [found], requester=requester, is_sandbox=is_sandbox, types=[], at=clock.now()
    )
    types = _types(request)
    done = people.submitted_to(requester, is_sandbox=is_sandbox).filter(worker=found)
    held = Qualification.objects.filter(
        worker=found, type__owner=requester, type__is_sandbox=is_sandbox, type__deleted_at=None
    )
    context = {
        "person": person,
        "worker": found,
        "block_row": WorkerBlock.objects.filter(
            requester=requester, worker=found, is_sandbox=is_sandbox
        ).first(),
        "page": page_newest_first(
            request, done.select_related("hit__hit_type", "hit__batch"), size=PAGE
        ),
        "bonus_cents": people.bonus_cents(requester, found, is_sandbox=is_sandbox),
        "held": held.select_related("type").order_by("-pk")[:MOST_TYPES],
        "currency": currency_of(is_sandbox=is_sandbox),
        "block_form": filled.get("block", BlockForm()),
        "qualify_form": filled.get("qualify") or (worker_grant_form(types) if types else None),
        "message_form": filled.get("write", MessageForm()),
        **rights_of(request),
    }
    status = 422 if filled else 200
    return render(request, "tasks/requester/worker.html", context, status=status)
