"""Finding work: the list of groups, one group with a sample, one HIT."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.errors import DomainError, NotFound
from marketplace.money import currency_of
from marketplace.web.errors import refusals_shown_in
from tasks.actions.accept import accept_hit, accept_next
from tasks.actions.report_hit import report_hit
from tasks.models import HIT, HITReport, HITType
from tasks.queries import browse as queries
from tasks.queries import working
from tasks.web.worker.forms import BrowseForm, ReportForm
from tasks.web.worker.frame import preview_frame
from workers import eligibility
from workers.web.access import WorkerRequest, worker_view


@worker_view
@require_safe
def browse(request: WorkerRequest) -> HttpResponse:
    """The groups with work for this side."""
    currency = currency_of(is_sandbox=request.is_sandbox)
    form = BrowseForm(request.GET, currency=currency)
    wanted = form.wanted()
    page = queries.offers_for(
        eligibility.facts_of(request.worker),
        is_sandbox=request.is_sandbox,
        wanted=wanted,
        at=clock.now(),
        after=request.GET.get("after", ""),
    )
    asked = request.GET.copy()
    asked.pop("after", None)
    first, onward = asked.urlencode(), asked.copy()
    onward["after"] = page.next
    return render(
        request,
        "tasks/worker/browse.html",
        {
            "form": form,
            "page": page,
            "currency": currency,
            "is_filtered": any(
                form.cleaned_data.get(name) for name in ("q", "pay", "reward", "qualified")
            ),
            "next_url": f"?{onward.urlencode()}" if page.next else "",
            "first_url": f"?{first}" if "after" in request.GET else "",
        },
    )


@worker_view
@require_safe
def group(request: WorkerRequest, group_id: str) -> HttpResponse:
    """One group: its terms, and a sample HIT in the frame."""
    found = queries.group_for(group_id, is_sandbox=request.is_sandbox)
    return _preview(request, found, queries.sample_of(found, at=clock.now()), is_sample=True)


@worker_view
@require_safe
def hit(request: WorkerRequest, hit_id: str) -> HttpResponse:
    """One HIT, by its own link."""
    found = queries.hit_for(hit_id, is_sandbox=request.is_sandbox)
    return _preview(request, found.hit_type, found, is_sample=False)


@worker_view
@require_POST
def accept_from_group(request: WorkerRequest, group_id: str) -> HttpResponse:
    """Accept the next HIT of a group; a refusal is said on the group's page."""
    found = queries.group_for(group_id, is_sandbox=request.is_sandbox)
    try:
        taken = accept_next(worker=request.worker, group_id=found.public_id, at=clock.now())
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("work:group", found.public_id)
    return redirect("work:task", taken.assignment_id)


@worker_view
@require_POST
def accept_one(request: WorkerRequest, hit_id: str) -> HttpResponse:
    """Accept this very HIT."""
    found = queries.hit_for(hit_id, is_sandbox=request.is_sandbox)
    try:
        taken = accept_hit(worker=request.worker, hit_id=found.public_id, at=clock.now())
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("work:group", found.hit_type.public_id)
    return redirect("work:task", taken.assignment_id)


@worker_view
def report(request: WorkerRequest, hit_id: str) -> HttpResponse:
    """Tell the operator what is wrong with a HIT."""
    found = queries.hit_for(hit_id, is_sandbox=request.is_sandbox)
    mine = working.assignment_on(request.worker, found)
    if mine is None:
        _offer_of(request, found.hit_type)
    before = HITReport.objects.filter(hit=found, worker=request.worker).first()
    form = ReportForm(
        request.POST or None,
        initial={"reason": before.reason, "text": before.text} if before else None,
    )
    if form.is_valid():
        with refusals_shown_in(form):
            report_hit(worker=request.worker, hit_id=hit_id, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Reported. The operator looks at it; thank you."))
            if mine:
                return redirect("work:task", mine.public_id)
            return redirect("work:group", found.hit_type.public_id)
    context = {"form": form, "hit": found, "before": before, "group": found.hit_type}
    context["mine"] = mine
    return render(request, "tasks/worker/report.html", context)


def _offer_of(request: WorkerRequest, group: HITType) -> queries.Offer:
    """The group as the worker may see it. Raises NotFound where it must stay undiscovered."""
    offer = queries.offer_of(group, eligibility.facts_of(request.worker, group.requirements))
    if offer is None:
        raise NotFound(_("There is no such group of HITs, or it has been taken down."))
    return offer


def _preview(
    request: WorkerRequest, group: HITType, sample: HIT | None, *, is_sample: bool
) -> HttpResponse:
    offer = _offer_of(request, group)
    frame = preview_frame(request, sample) if sample and offer.can_preview else None
    response = render(
        request,
        "tasks/worker/preview.html",
        {
            "offer": offer,
            "group": group,
            "currency": group.currency,
            "hit": sample,
            "is_sample": is_sample,
            "frame": frame,
        },
    )
    return frame.let_into(response) if frame else response
