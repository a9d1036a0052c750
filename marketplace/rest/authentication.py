"""Who is calling: `Authorization: Token <secret>` or `Bearer <secret>`, in one statement.

Nothing here is kept between requests: a token that is revoked stops working with the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from marketplace import clock
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import ApiToken, Membership, Role, User
from marketplace.accounts.secrets import hash_token
from marketplace.accounts.standing import require_good_standing
from marketplace.audit.trail import actor_of
from marketplace.errors import NotAllowed

SCHEMES = {"token", "bearer"}
NOTED_EVERY = timedelta(hours=1)
LONGEST_TOKEN = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """What a token stands for: `acting` for a requester, or `worker` for a person who works.

    `worker` is a workers.Worker, which this floor does not know: only that the relation from a
    user is called so. A requester's token never acts for its maker as a worker.
    """

    user: User
    acting: Acting | None
    worker: Any


class TokenAuthentication(BaseAuthentication):
    """Sets `request.user`, and `request.auth` to a Caller."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """None without the header; AuthenticationFailed for a token that is no good."""
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() not in SCHEMES or not 0 < len(secret.strip()) <= LONGEST_TOKEN:
            raise AuthenticationFailed(
                "The Authorization header is “Token ” or “Bearer ” and the token's secret."
            )
        token = _token(secret.strip())
        if token is None:
            raise AuthenticationFailed("This token does not exist, or was revoked.")
        caller = _caller(token)
        _note_use(token, clock.now())
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to send."""
        return 'Token realm="api"'


def _token(secret: str) -> ApiToken | None:
    held = Membership.objects.filter(requester=OuterRef("requester"), user=OuterRef("user"))
    return (
        ApiToken.objects.filter(
            token_hash=hash_token(secret), revoked_at=None, user__is_active=True
        )
        .select_related("user__worker", "requester")
        .annotate(role=Subquery(held.values("role")[:1]))
        .first()
    )


def _caller(token: ApiToken) -> Caller:
    user, requester = token.user, token.requester
    require_good_standing(user)
    if requester is None:
        return Caller(user=user, acting=None, worker=getattr(user, "worker", None))
    role = token.role  # type: ignore[attr-defined]
    if role is None:
        raise NotAllowed(
            f"You don't belong to {requester.name} any more, so this token can't act for it."
        )
    acting = Acting(requester=requester, role=Role(role), trail=actor_of(user))
    return Caller(user=user, acting=acting, worker=None)


def _note_use(token: ApiToken, at: datetime) -> None:
    """At most once an hour: people ask whether a token is in use, not when to the second."""
    if token.last_used_at is None or at - token.last_used_at > NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
