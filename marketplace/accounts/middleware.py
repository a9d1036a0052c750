"""Suspended people can sign in, read why, and do nothing else."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from marketplace.web.navigation import remember_hat

# What a suspended person needs: to leave, and to read the rules and whom to write to.
STILL_OPEN = frozenset({"account_logout", "help", "terms", "privacy", "healthz"})


class StandingMiddleware:
    """Shows the reason in place of every page, and refuses every act, of a suspended person.

    It stands behind the resolver, since what is still open to them is said by URL name. The
    API has no session: its authentication asks accounts.standing itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Decide once the URL's name is known."""
        user = request.user
        if not user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if user.suspended_at is not None and name not in STILL_OPEN:
            return render(request, "accounts/suspended.html", status=403)
        if request.method == "GET":
            remember_hat(request)
        return None
