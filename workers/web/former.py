"""A worker says who they were on Mechanical Turk."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from marketplace import clock
from marketplace.web.errors import refusals_shown_in
from workers.actions.claim_former_id import claim_former_id
from workers.web.access import WorkerRequest, worker_view


class FormerIdForm(forms.Form):
    """The id they had there; empty: none."""

    former_mturk_id = forms.CharField(
        label=gettext_lazy("Your worker ID on Mechanical Turk"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 24}),
    )


@worker_view
@require_http_methods(["GET", "POST"])
def former_id(request: WorkerRequest) -> HttpResponse:
    """State it, change it, or take it back."""
    worker = request.worker
    form = FormerIdForm(request.POST or None, initial={"former_mturk_id": worker.former_mturk_id})
    if form.is_valid():
        with refusals_shown_in(form):
            claim_former_id(worker=worker, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("workers:profile")
    return render(request, "workers/former_id.html", {"form": form})
