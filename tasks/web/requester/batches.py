"""Batches: the list, and one batch at whatever stage it is."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.paging import page_newest_first
from tasks.models import Batch
from tasks.queries import batches as queries
from tasks.queries.breakages import breakages_in
from tasks.queries.files import has_attachments
from tasks.states import BatchStatus
from tasks.web.requester.charts import area_chart
from tasks.web.requester.lookups import own_batch
from tasks.web.requester.rights import rights_of

PAGE = 25
EXPIRES_SOON = timedelta(days=1)
TABS = {
    "progress": (gettext_lazy("In progress"), queries.in_progress),
    "review": (gettext_lazy("Ready for review"), queries.ready_for_review),
    "reviewed": (gettext_lazy("Reviewed"), queries.reviewed),
    "all": (gettext_lazy("All"), lambda found: found),
}
STAGES = {
    BatchStatus.CHECKING: "tasks/requester/batch_checking.html",
    BatchStatus.REFUSED: "tasks/requester/batch_refused.html",
    BatchStatus.CHECKED: "tasks/requester/batch_checked.html",
    BatchStatus.PUBLISHING: "tasks/requester/batch_publishing.html",
    BatchStatus.PUBLISHED: "tasks/requester/batch.html",
    BatchStatus.CANCELLED: "tasks/requester/batch.html",
}


@requester_view()
@require_safe
def batches(request: MemberRequest) -> HttpResponse:
    """The requester's batches, under four tabs."""
    tab = request.GET.get("tab", "progress")
    if tab not in TABS:
        tab = "progress"
    mine = queries.batches_of(request.acting.requester, is_sandbox=request.is_sandbox)
    page = page_newest_first(request, TABS[tab][1](mine), size=PAGE)
    context = {
        "page": page,
        "rows": with_counts(list(page.rows)),
        "tab": tab,
        "tabs": [(name, label) for name, (label, _chosen) in TABS.items()],
        **rights_of(request),
    }
    return render(request, "tasks/requester/batches.html", context)


def with_counts(found: list[Batch]) -> list[dict[str, Any]]:
    """Each batch with where its assignments stand."""
    counts = queries.counts_for(found)
    return [{"batch": batch, "counts": counts[batch.pk]} for batch in found]


@requester_view()
@require_safe
def batch(request: MemberRequest, batch_id: int) -> HttpResponse:
    """One batch: what it waits for while it is on its way, and how it goes once it is out."""
    found = own_batch(request, batch_id)
    if found.status in (BatchStatus.PUBLISHED, BatchStatus.CANCELLED):
        context = _state(found) | {"has_files": has_attachments(found)}
    else:
        context = {"batch": found}
    template = STAGES[BatchStatus(found.status)]
    return render(request, template, {**context, **rights_of(request)})


@requester_view()
@require_safe
def batch_state(request: MemberRequest, batch_id: int) -> HttpResponse:
    """The part of a batch's page that moves, asked for again and again by the page.

    When the stage has changed, the answer tells the page to load itself anew.
    """
    found = own_batch(request, batch_id)
    if request.GET.get("stage") != found.status or not request.headers.get("HX-Request"):
        response = redirect("requester:batch", found.pk)
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=204)  # type: ignore[assignment]
            response["HX-Refresh"] = "true"
        return response
    if found.status in (BatchStatus.CHECKING, BatchStatus.PUBLISHING):
        return render(request, "tasks/requester/_batch_progress.html", {"batch": found})
    context = {**_state(found), **rights_of(request)}
    return render(request, "tasks/requester/_batch_state.html", context)


@requester_view()
@require_safe
def batch_pace(request: MemberRequest, batch_id: int) -> HttpResponse:
    """How the answers come in and who gives them: reads every assignment, so it comes after
    the page."""
    found = own_batch(request, batch_id)
    now = clock.now()
    hours = queries.answers_per_hour(found, at=now)
    context = {
        "batch": found,
        "chart": area_chart([(hour.at, hour.answers) for hour in hours]) if hours else None,
        "hours": hours,
        "seconds_left": queries.seconds_left(queries.counts_of(found), hours, at=now),
        "workers": queries.busiest_workers(found),
        "breakages": breakages_in(found),
    }
    return render(request, "tasks/requester/_batch_pace.html", context)


def _state(found: Batch) -> dict[str, Any]:
    """What a published batch's page shows of it now."""
    counts = queries.counts_of(found)
    now = clock.now()
    return {
        "batch": found,
        "counts": counts,
        "money": queries.money_of(found, counts),
        "cents_per_hour": queries.cents_per_hour(found),
        "parts": [
            (counts.approved, _("approved"), "data-1"),
            (counts.submitted, _("to review"), "data-2"),
            (counts.accepted, _("in work"), "data-3"),
            (counts.rejected, _("rejected"), "data-bad"),
            (counts.open_slots, _("open"), "data-4"),
        ],
        "is_moving": bool(counts.left) and found.status == BatchStatus.PUBLISHED,
        "is_expired": found.expires_at is not None and found.expires_at <= now,
        "expires_soon": _expires_soon(found, counts, now),
        "extension": found.extensions.filter(finished_at=None).first(),
        "runs": found.review_runs.filter(finished_at=None).order_by("-pk")[:3],
    }


def _expires_soon(found: Batch, counts: queries.Counts, now: datetime) -> bool:
    until = found.expires_at
    return bool(counts.open_slots) and until is not None and now < until < now + EXPIRES_SOON
