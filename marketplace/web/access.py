"""Who may open a page. Every requester's page says it with one decorator.

    @requester_view()                     any member: request.acting, request.is_sandbox
    @requester_view(Role.MANAGER)         at least a manager, else a 403 that says whom to ask
    @signed_in_view                       anyone with an account: request.is_sandbox
    @staff_view                           staff; to others the page is not there

Somebody else's object is looked up under `request.acting.requester` and so is a 404. On a
class-based view: `@method_decorator(requester_view(), name="dispatch")`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import current_acting

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class MemberRequest(HttpRequest):
    """What a view under @requester_view is given: for annotations only."""

    user: User  # type: ignore[assignment]
    acting: Acting
    is_sandbox: bool


class SignedInRequest(HttpRequest):
    """What a view under @signed_in_view is given: for annotations only."""

    user: User  # type: ignore[assignment]
    is_sandbox: bool


def requester_view(role: Role = Role.VIEWER) -> Callable[[View], View]:
    """Let in members of a requester who hold at least `role` in it.

    A person who belongs to none is sent to create one. A suspended requester's pages can be
    read by its members, and nothing can be done on them.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            acting = current_acting(request.user)
            if acting is None:
                return redirect("accounts:create_requester")
            request.acting = acting
            request.is_sandbox = request.user.is_in_sandbox
            request.hat = "requester"
            if role is not Role.VIEWER or request.method not in {"GET", "HEAD"}:
                acting.require(role)
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def signed_in_view(view: View) -> View:
    """Let in anyone who has signed in."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.is_sandbox = request.user.is_in_sandbox
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def staff_view(view: View) -> View:
    """Let in staff; to everybody else who has signed in the page is not there."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return cast(View, guarded)
