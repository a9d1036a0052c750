"""Changing a published batch: cancel it, give it more time, add assignments. Each page says what
will happen and what it costs, and then asks."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from payments.queries import requester_balance
from tasks.actions.cancel_batch import cancel_batch
from tasks.actions.extend_batch import extend_batch, extension_cost
from tasks.models import Batch
from tasks.queries.batches import counts_of, money_of
from tasks.states import BatchStatus
from tasks.web.requester.forms import AddForm, ExtendForm
from tasks.web.requester.lookups import own_batch


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def cancel(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Stop a batch."""
    batch = own_batch(request, batch_id)
    if batch.status not in (BatchStatus.PUBLISHED, BatchStatus.PUBLISHING):
        return redirect("requester:batch", batch.pk)
    if request.method == "POST":
        cancel_batch(by=request.acting, batch=batch, at=clock.now())
        hurry("tasks.expire_hits")
        messages.success(request, _("The batch is cancelled. Unused money is being returned."))
        return redirect("requester:batch", batch.pk)
    counts = counts_of(batch)
    slot = batch.reward_cents + batch.fee_cents
    unpublished = (batch.row_count - batch.published_rows) * batch.max_assignments
    context = {
        "batch": batch,
        "counts": counts,
        "money": money_of(batch, counts),
        "unpublished": unpublished,
        "back_cents": slot * (counts.open_slots + unpublished),
    }
    return render(request, "tasks/requester/cancel.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def extend(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Give a batch more time; slots that closed unused open again."""
    batch = own_batch(request, batch_id)
    if batch.status != BatchStatus.PUBLISHED or batch.expires_at is None:
        return redirect("requester:batch", batch.pk)
    form = ExtendForm(request.POST or None, initial={"longer": 86_400})
    if form.is_valid():
        now = clock.now()
        with refusals_shown_in(form):
            extend_batch(
                by=request.acting,
                batch=batch,
                at=now,
                expires_at=max(now, batch.expires_at) + form.cleaned_data["longer"],
            )
            return _started(request, batch)
    return _page(request, batch, form, "tasks/requester/extend.html", extra=0)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def add(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Add assignments to each HIT; first counted, then confirmed."""
    batch = own_batch(request, batch_id)
    if batch.status != BatchStatus.PUBLISHED or batch.expires_at is None:
        return redirect("requester:batch", batch.pk)
    form = AddForm(request.POST or request.GET or None)
    asked = form.cleaned_data["extra"] if form.is_valid() else 0
    if request.method == "POST" and asked:
        now = clock.now()
        with refusals_shown_in(form):
            extend_batch(
                by=request.acting,
                batch=batch,
                at=now,
                extra_assignments=asked,
                expires_at=None if batch.expires_at > now else now + timedelta(days=1),
            )
            return _started(request, batch)
    return _page(request, batch, form, "tasks/requester/add.html", extra=asked)


def _started(request: MemberRequest, batch: Batch) -> HttpResponse:
    hurry("tasks.publish_batches")
    messages.success(request, _("The batch is being extended, HIT by HIT."))
    return redirect("requester:batch", batch.pk)


def _page(
    request: MemberRequest, batch: Batch, form: AddForm | ExtendForm, template: str, *, extra: int
) -> HttpResponse:
    now = clock.now()
    cost = extension_cost(batch=batch, extra_assignments=extra, at=now)
    balance = requester_balance(batch.requester.public_id, batch.currency)
    context = {
        "batch": batch,
        "form": form,
        "extra": extra,
        "counts": counts_of(batch),
        "cost_cents": cost,
        "balance_cents": balance,
        "after_cents": balance - cost,
        "is_expired": batch.expires_at is not None and batch.expires_at <= now,
    }
    return render(request, template, context)
