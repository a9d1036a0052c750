"""What a worker has in hand and has done: the queue, the dashboard, one day."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.money import currency_of
from tasks.queries import working as queries
from workers.web.access import WorkerRequest, worker_view

PAGE = 50


@worker_view
@require_safe
def queue(request: WorkerRequest) -> HttpResponse:
    """What is accepted and not submitted, most urgent first."""
    now = clock.now()
    return render(
        request,
        "tasks/worker/queue.html",
        {
            "assignments": queries.queue_of(request.worker, is_sandbox=request.is_sandbox, at=now),
            "limit": settings.MANYHANDS_QUEUE_LIMIT,
            "currency": currency_of(is_sandbox=request.is_sandbox),
            "now": now,
        },
    )


@worker_view
@require_safe
def dashboard(request: WorkerRequest) -> HttpResponse:
    """Totals, and the last 45 days day by day."""
    side = {"is_sandbox": request.is_sandbox}
    return render(
        request,
        "tasks/worker/dashboard.html",
        {
            "totals": queries.totals_of(request.worker, **side),
            "days": queries.days_of(request.worker, at=clock.now(), **side),
            "day_count": queries.DASHBOARD_DAYS,
            "currency": currency_of(**side),
        },
    )


@worker_view
@require_safe
def day(request: WorkerRequest, on: str) -> HttpResponse:
    """Each HIT that was submitted on one day, with what became of it."""
    try:
        wanted = date.fromisoformat(on)
    except ValueError:
        raise Http404 from None
    if not 2000 <= wanted.year < 9999:
        raise Http404
    work = queries.work_of_day(request.worker, wanted, is_sandbox=request.is_sandbox)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        work = work.filter(pk__lt=int(before))
    found = list(work[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    return render(
        request,
        "tasks/worker/day.html",
        {
            "on": wanted,
            "assignments": found,
            "currency": currency_of(is_sandbox=request.is_sandbox),
            "next_url": f"?before={found[-1].pk}" if more else "",
            "first_url": request.path if before else "",
        },
    )
