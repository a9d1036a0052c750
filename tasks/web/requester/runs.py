"""How a run of many decisions gets on, and files of decisions that start one."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from tasks.actions.review_run import DONE
from tasks.actions.upload_decisions import confirm_decisions, upload_decisions
from tasks.models import Batch, DecisionFile, ReviewRun
from tasks.web.requester.forms import DecisionsForm
from tasks.web.requester.lookups import own_batch

REFUSALS_SHOWN = 200


@requester_view()
@require_safe
def run(request: MemberRequest, batch_id: int, run_id: int) -> HttpResponse:
    """A run's progress, and what came of it."""
    batch = own_batch(request, batch_id)
    found = get_object_or_404(ReviewRun, pk=run_id, batch=batch)
    context = {"batch": batch, **_progress(found)}
    name = "_run_state.html" if request.headers.get("HX-Request") else "run.html"
    response = render(request, f"tasks/requester/{name}", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _progress(found: ReviewRun) -> dict[str, object]:
    left = 0 if found.finished_at else found.items.filter(outcome="").count()
    context: dict[str, object] = {"run": found, "left": left, "done": found.total - left}
    if found.finished_at:
        outcomes = found.items.values("decision").filter(outcome=DONE).annotate(n=Count("pk"))
        refused = found.items.exclude(outcome__in=["", DONE])
        context |= {
            "outcomes": {row["decision"]: row["n"] for row in outcomes},
            "refused": refused.select_related("assignment").order_by("pk")[:REFUSALS_SHOWN],
            "refused_count": refused.count(),
        }
    return context


@requester_view(Role.REVIEWER)
@require_http_methods(["GET", "POST"])
def decisions(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Upload a results file with its Approve and Reject columns filled in."""
    batch = own_batch(request, batch_id)
    form = DecisionsForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown_in(form):
            kept = upload_decisions(
                by=request.acting,
                user=request.user,
                batch=batch,
                file=form.cleaned_data["file"],
                at=clock.now(),
            )
            return redirect("requester:decision_file", batch.pk, kept.pk)
    return render(request, "tasks/requester/decisions.html", {"batch": batch, "form": form})


@requester_view(Role.REVIEWER)
@require_http_methods(["GET", "POST"])
def decision_file(request: MemberRequest, batch_id: int, file_id: int) -> HttpResponse:
    """What an uploaded file will do, and the button that does it."""
    batch: Batch = own_batch(request, batch_id)
    kept = get_object_or_404(DecisionFile, pk=file_id, batch=batch)
    if kept.run_id is not None:
        return redirect("requester:run", batch.pk, kept.run_id)
    if request.method == "POST":
        started = confirm_decisions(by=request.acting, decisions=kept, at=clock.now())
        hurry("tasks.run_reviews")
        return redirect("requester:run", batch.pk, started.pk)
    pays = kept.approve_count + kept.undo_count
    context = {
        "batch": batch,
        "file": kept,
        "cents": pays * (batch.reward_cents + batch.fee_cents),
        "pays": pays,
    }
    return render(request, "tasks/requester/decision_file.html", context)
