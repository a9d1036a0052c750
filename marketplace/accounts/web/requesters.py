"""Becoming a requester, and turning to another one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from marketplace import clock
from marketplace.accounts.actions.choose_requester import choose_requester
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.queries import current_acting, memberships_of
from marketplace.accounts.web.forms import RequesterForm
from marketplace.web.access import SignedInRequest, signed_in_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.navigation import REQUESTER, start_of


@signed_in_view
def create(request: SignedInRequest) -> HttpResponse:
    """Name an organisation and become its owner."""
    form = RequesterForm(request.POST or None)
    if form.is_valid():
        with refusals_shown_in(form):
            made = create_requester(user=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("You now post work as %(name)s.") % {"name": made.name})
            return redirect(start_of(REQUESTER) or "home")
    return render(request, "accounts/create_requester.html", {"form": form})


@signed_in_view
def choose(request: SignedInRequest) -> HttpResponse:
    """The requesters that the person belongs to; choosing one turns the pages to it."""
    if request.method == "POST":
        public_id = request.POST.get("requester", "").replace("\0", "")
        chosen = choose_requester(user=request.user, public_id=public_id, at=clock.now())
        messages.success(request, _("You now act for %(name)s.") % {"name": chosen.name})
        return redirect(start_of(REQUESTER) or "home")
    return render(
        request,
        "accounts/requesters.html",
        {"memberships": memberships_of(request.user), "acting": current_acting(request.user)},
    )
