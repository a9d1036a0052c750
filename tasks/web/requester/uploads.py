"""A batch on its way: uploaded, checked, previewed row by row, paid for, published."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import clock, money
from marketplace.accounts.models import Role
from marketplace.errors import InsufficientFunds
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from payments.actions.grant_play_money import grant_play_money
from payments.queries import requester_balance
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.upload_batch import SANDBOX_ROWS, upload_batch
from tasks.batch_file import MAX_ROWS
from tasks.models import Batch, Project
from tasks.queries.projects import projects_of
from tasks.questions.gallery import template_named
from tasks.questions.templates import template_of
from tasks.states import BatchStatus
from tasks.web.requester.forms import ConfirmForm, UploadForm
from tasks.web.requester.frames import batch_row
from tasks.web.requester.lookups import own_batch, own_project
from tasks.web.requester.rights import rights_of


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def upload(request: MemberRequest, project_id: str) -> HttpResponse:
    """Give a project a file."""
    project = own_project(request, project_id)
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown_in(form):
            batch = upload_batch(
                by=request.acting,
                user=request.user,
                project=project,
                at=clock.now(),
                **form.cleaned_data,
            )
            hurry("tasks.publish_batches")
            return redirect("requester:batch", batch.pk)
    context = {
        "form": form,
        "project": project,
        "start": template_named(project.template),
        "variables": template_of(project).variables,
        "most_rows": SANDBOX_ROWS if project.is_sandbox else MAX_ROWS,
    }
    return render(request, "tasks/requester/upload.html", context)


@requester_view(Role.MANAGER)
@require_safe
def choose_project(request: MemberRequest) -> HttpResponse:
    """Which project a new batch is of."""
    mine: QuerySet[Project] = projects_of(request.acting.requester, is_sandbox=request.is_sandbox)
    if mine.count() == 1:
        return redirect("requester:upload", mine.get().public_id)
    return render(request, "tasks/requester/choose_project.html", {"projects": mine[:100]})


@requester_view()
@require_safe
def rows(request: MemberRequest, batch_id: int) -> HttpResponse:
    """One row of the file, filled into the layout; the address says which."""
    batch = own_batch(request, batch_id)
    if batch.status in (BatchStatus.CHECKING, BatchStatus.REFUSED):
        return redirect("requester:batch", batch.pk)
    typed = request.GET.get("row", "1")
    row = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 1
    row = max(1, min(row, batch.row_count))
    context = {
        "batch": batch,
        "row": row,
        "inputs": batch_row(batch, row).inputs,
        "previous": row - 1 if row > 1 else None,
        "next": row + 1 if row < batch.row_count else None,
        **rights_of(request),
    }
    return render(request, "tasks/requester/rows.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def publish(request: MemberRequest, batch_id: int) -> HttpResponse:
    """What publishing will cost, and the button that does it."""
    batch = own_batch(request, batch_id)
    if batch.status != BatchStatus.CHECKED:
        return redirect("requester:batch", batch.pk)
    form = ConfirmForm(request.POST or None)
    missing = 0
    if form.is_valid():
        try:
            _publish(request, batch, form.cleaned_data["confirmed_cents"])
        except InsufficientFunds as error:
            form.add_error(None, error.message)
            missing = int(error.details["missing_cents"])
        else:
            messages.success(request, _("Publishing has begun."))
            return redirect("requester:batch", batch.pk)
    context = _cost_context(batch, missing) | {"form": form}
    status = 402 if missing and request.method == "POST" else 200
    return render(request, "tasks/requester/publish.html", context, status=status)


def _publish(request: MemberRequest, batch: Batch, confirmed_cents: int) -> None:
    """Publish, after filling a sandbox up with its play money."""
    now = clock.now()
    if batch.is_sandbox:
        grant_play_money(requester=request.acting.requester, at=now)
    publish_batch(by=request.acting, batch=batch, confirmed_cents=confirmed_cents, at=now)
    hurry("tasks.publish_batches")


def _cost_context(batch: Batch, missing: int) -> dict[str, object]:
    project = get_object_or_404(Project, pk=batch.project_id)
    rewards, fees = cost_of(batch, project)
    total = rewards + fees
    balance = requester_balance(batch.requester.public_id, batch.currency)
    return {
        "batch": batch,
        "project": project,
        "assignments": batch.row_count * project.max_assignments,
        "reward_cents": project.reward_cents,
        "fee_each_cents": money.fee_cents(project.reward_cents),
        "rewards_cents": rewards,
        "fees_cents": fees,
        "total_cents": total,
        "balance_cents": balance,
        "after_cents": balance - total,
        "missing_cents": missing or max(0, total - balance),
        "to_add_cents": max(
            missing or max(0, total - balance), settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS
        ),
        "is_granted": batch.is_sandbox and total > balance,
        "currency": batch.currency,
    }
