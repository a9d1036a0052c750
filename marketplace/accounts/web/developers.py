"""Keys and tokens for a requester's programs, and lines of code that work with them."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.accounts.acting import Acting
from marketplace.accounts.actions.create_access_key import create_access_key
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.revoke_access_key import revoke_access_key
from marketplace.accounts.actions.revoke_api_token import revoke_api_token
from marketplace.accounts.models import ROLE_RANK, Role
from marketplace.accounts.queries import access_keys_of, tokens_for_requester
from marketplace.accounts.web.forms import KeyForm, SecretNameForm
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.navigation import url_or_nothing


@requester_view()
@require_safe
def developers(request: MemberRequest) -> HttpResponse:
    """The keys and tokens in use."""
    return render(request, "accounts/developers.html", _page(request, request.acting))


@requester_view(Role.MANAGER)
@require_POST
@never_cache
def create_key(request: MemberRequest) -> HttpResponse:
    """Make a key pair and show its secret, this once: the answer is the page itself."""
    context = _page(request, request.acting)
    form = KeyForm(request.POST, maker=request.acting.role, auto_id="key-%s")
    if form.is_valid():
        key, secret = create_access_key(
            by=request.acting, created_by=request.user, at=clock.now(), **form.cleaned_data
        )
        context |= {"new_key": key, "secret": secret}
    else:
        context |= {"key_form": form}
    return render(request, "accounts/developers.html", context)


@requester_view(Role.MANAGER)
@require_POST
def revoke_key(request: MemberRequest, access_key_id: str) -> HttpResponse:
    """End a key pair."""
    revoke_access_key(by=request.acting, access_key_id=access_key_id, at=clock.now())
    messages.success(request, _("The key is revoked. Programs that use it are refused now."))
    return redirect("accounts:developers")


@requester_view()
@require_POST
@never_cache
def create_token(request: MemberRequest) -> HttpResponse:
    """Make a REST token for this requester and show it, this once."""
    form = SecretNameForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    token, secret = create_api_token(
        user=request.user, acting=request.acting, name=name, at=clock.now()
    )
    context = _page(request, request.acting) | {"new_token": token, "secret": secret}
    return render(request, "accounts/developers.html", context)


@requester_view()
@require_POST
def revoke_token(request: MemberRequest, token_id: int) -> HttpResponse:
    """End a token: one's own, or as an owner anybody's."""
    revoke_api_token(user=request.user, acting=request.acting, token_id=token_id, at=clock.now())
    messages.success(request, _("The token is revoked. Programs that use it are refused now."))
    return redirect("accounts:developers")


def _page(request: HttpRequest, acting: Acting) -> dict[str, object]:
    here = urlsplit(request.build_absolute_uri("/"))
    return {
        "keys": access_keys_of(acting.requester),
        "tokens": tokens_for_requester(acting.requester),
        "may_make_keys": ROLE_RANK[acting.role] >= ROLE_RANK[Role.MANAGER],
        "is_owner": acting.role is Role.OWNER,
        "form": SecretNameForm(auto_id=False),
        "key_form": KeyForm(maker=acting.role, auto_id="key-%s"),
        "endpoint": f"{here.scheme}://{here.netloc}",
        "notifications_url": url_or_nothing("notifications:all"),
        "api_url": url_or_nothing("api:about"),
        "schema_url": url_or_nothing("api:schema"),
    }
