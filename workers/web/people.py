"""Joining as a worker, and what a worker says about themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace import clock
from marketplace.web.access import SignedInRequest, signed_in_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.navigation import WORKER, start_of, url_or_nothing
from marketplace.web.places import PlaceForm
from workers.actions.become_worker import become_worker
from workers.actions.change_place import change_place
from workers.actions.set_adult import set_adult
from workers.models import Worker
from workers.web.access import WorkerRequest, worker_view
from workers.web.mail import mail_form


@signed_in_view
def join(request: SignedInRequest) -> HttpResponse:
    """Become a worker: country and, where there are any, state or region."""
    if Worker.objects.filter(user=request.user).exists():
        return redirect(_back(request))
    form = PlaceForm(request.POST or None)
    if form.is_valid():
        with refusals_shown_in(form):
            become_worker(user=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("You can work now."))
            return redirect(_back(request))
    return render(request, "workers/join.html", {"form": form, "next": _back(request, "")})


@worker_view
def profile(request: WorkerRequest) -> HttpResponse:
    """The worker's id, place and record."""
    worker = request.worker
    place = f"{worker.country}-{worker.subdivision}" if worker.subdivision else ""
    initial = {"country": worker.country, "subdivision": place}
    form = PlaceForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_shown_in(form):
            change_place(worker=worker, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("workers:profile")
    earnings_url = url_or_nothing("work:earnings")
    context = {"form": form, "earnings_url": earnings_url, "mail_form": mail_form(worker)}
    return render(request, "workers/profile.html", context)


@worker_view
@require_POST
def adult(request: WorkerRequest) -> HttpResponse:
    """Say whether to be shown adult content."""
    set_adult(worker=request.worker, is_adult=request.POST.get("is_adult") == "on", at=clock.now())
    messages.success(request, _("Saved."))
    return redirect("workers:profile")


def _back(request: HttpRequest, default: str | None = None) -> str:
    """Where the person wanted to go, if it is a page of ours; else where work begins."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return (start_of(WORKER) or "/") if default is None else default
