"""Where a requester starts: what to do first, what needs them, what goes on."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.money import currency_of
from marketplace.web.access import MemberRequest, requester_view
from payments.queries import requester_balance
from tasks.models import Batch
from tasks.queries import batches as queries
from tasks.queries.breakages import broken_groups
from tasks.queries.projects import projects_of
from tasks.states import BatchStatus
from tasks.web.requester.batches import with_counts
from tasks.web.requester.rights import rights_of

RECENT = 5
LOOKED_AT = 50


@requester_view()
@require_safe
def start(request: MemberRequest) -> HttpResponse:
    """The first page of the requester's side."""
    requester, is_sandbox = request.acting.requester, request.is_sandbox
    currency = currency_of(is_sandbox=is_sandbox)
    balance = requester_balance(requester.public_id, currency)
    mine = queries.batches_of(requester, is_sandbox=is_sandbox)
    recent = list(mine[:RECENT])
    project = projects_of(requester, is_sandbox=is_sandbox).first()
    is_published = mine.filter(published_at__isnull=False).exists()
    context = {
        "balance_cents": balance,
        "currency": currency,
        "is_sandbox": is_sandbox,
        "project": project,
        "recent": with_counts(recent),
        "to_review": _to_review(mine),
        "refused": mine.filter(status=BatchStatus.REFUSED)[:3] if not is_published else [],
        "checked": mine.filter(status=BatchStatus.CHECKED)[:3],
        "broken": broken_groups(requester, is_sandbox=is_sandbox, at=clock.now()),
        "is_low": is_published and balance == 0,
        "steps": _steps(bool(balance) or is_published, project is not None, is_published),
        "is_started": is_published,
        **rights_of(request),
    }
    return render(request, "tasks/requester/start.html", context)


def _to_review(mine: QuerySet[Batch]) -> list[dict[str, object]]:
    """Batches whose answers wait, most answers first."""
    waiting = with_counts(list(queries.ready_for_review(mine)[:LOOKED_AT]))
    waiting = [row for row in waiting if row["counts"].submitted > 0]
    return sorted(waiting, key=lambda row: -row["counts"].submitted)[:RECENT]


def _steps(has_money: bool, has_project: bool, has_batch: bool) -> list[dict[str, object]]:
    """The three first steps: which are done, and which is next."""
    done = {"money": has_money, "project": has_project, "batch": has_batch}
    following = next((name for name, is_done in done.items() if not is_done), "")
    return [
        {"name": name, "is_done": is_done, "is_next": name == following}
        for name, is_done in done.items()
    ]
