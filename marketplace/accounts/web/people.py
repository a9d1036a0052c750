"""A person's own pages: the welcome, settings, the side they see, tokens for their work."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.accounts.actions.change_name import change_name
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.revoke_api_token import revoke_api_token
from marketplace.accounts.actions.switch_side import switch_side
from marketplace.accounts.queries import current_acting, is_worker, tokens_for_work
from marketplace.accounts.web.forms import NameForm, RequesterForm, SecretNameForm
from marketplace.web.access import SignedInRequest, signed_in_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.navigation import REQUESTER, WORKER, local_address, start_of, url_or_nothing
from marketplace.web.places import PlaceForm


@signed_in_view
@require_safe
def welcome(request: SignedInRequest) -> HttpResponse:
    """The two ways in: join as a worker, create a requester. Each is one form."""
    user = request.user
    return render(
        request,
        "accounts/welcome.html",
        {
            "is_worker": is_worker(user),
            "acting": current_acting(user),
            "join_url": url_or_nothing("workers:join"),
            "place_form": PlaceForm(),
            "requester_form": RequesterForm(),
            "work_url": start_of(WORKER),
            "post_url": start_of(REQUESTER),
            "asked_for_neither": not (user.wants_to_work or user.wants_to_post),
        },
    )


@signed_in_view
def settings_page(request: SignedInRequest) -> HttpResponse:
    """The person's name, ways in, and sides."""
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        with refusals_shown_in(form):
            change_name(user=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
    context = {"form": form, "is_worker": is_worker(request.user)}
    return render(
        request, "accounts/settings.html", {**context, "acting": current_acting(request.user)}
    )


@signed_in_view
@require_POST
def switch_side_view(request: SignedInRequest) -> HttpResponse:
    """Turn the pages to the sandbox or to live work, and start there anew.

    Not back to the same page: what it showed exists on the other side only.
    """
    is_sandbox = request.POST.get("side") == "sandbox"
    switch_side(user=request.user, is_sandbox=is_sandbox, at=clock.now())
    if is_sandbox:
        messages.info(request, _("This is the sandbox: all money here is play money."))
    elif settings.MANYHANDS_GATEWAY == "play":
        messages.info(request, _("This is live, with play money: nobody is charged or paid."))
    else:
        messages.info(request, _("This is live: all money here is real."))
    return redirect(local_address(request, request.POST.get("next", "")) or "home")


@signed_in_view
@never_cache
def work_tokens(request: SignedInRequest) -> HttpResponse:
    """The tokens that act for the person as a worker; a new one is shown this once."""
    form, made = SecretNameForm(request.POST or None), None
    if form.is_valid():
        with refusals_shown_in(form):
            made = create_api_token(user=request.user, at=clock.now(), **form.cleaned_data)
    return render(
        request,
        "accounts/work_tokens.html",
        {
            "form": form,
            "token": made[0] if made else None,
            "secret": made[1] if made else "",
            "tokens": tokens_for_work(request.user),
            "is_worker": is_worker(request.user),
        },
    )


@signed_in_view
@require_POST
def revoke_work_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    """End one of the person's own tokens."""
    revoke_api_token(user=request.user, token_id=token_id, at=clock.now())
    messages.success(request, _("The token is revoked. Programs that use it are refused now."))
    return redirect("accounts:work_tokens")
