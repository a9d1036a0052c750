"""Who is calling: `Authorization: Token <secret>` or `Bearer <secret>`, in one statement.

Nothing here is kept between requests: a token that is revoked stops working with the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from marketplace import clock
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import ApiToken, Requester, Role, User
from marketplace.accounts.secrets import hash_token
from marketplace.accounts.standing import require_good_standing
from marketplace.audit.trail import actor_of
from marketplace.errors import NotAllowed
from marketplace.postgres import prepared

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
        known = _known(secret.strip())
        if known is None:
            raise AuthenticationFailed("This token does not exist, or was revoked.")
        caller = _caller(known)
        _note_use(known.token, clock.now())
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to send."""
        return 'Token realm="api"'


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What the statement reads, as the models it is of."""

    token: ApiToken
    user: User
    requester: Requester | None
    worker: Any
    role: str | None


_FROM = """
  FROM accounts_apitoken token
  JOIN accounts_user "user" ON "user".id = token.user_id
  LEFT JOIN accounts_requester requester ON requester.id = token.requester_id
  LEFT JOIN accounts_membership membership
    ON membership.requester_id = token.requester_id AND membership.user_id = token.user_id
  LEFT JOIN {workers} worker
    ON worker.user_id = token.user_id AND token.requester_id IS NULL
 WHERE token.token_hash = %(hash)s AND token.revoked_at IS NULL AND "user".is_active
"""


@cache
def _statement() -> tuple[str, list[tuple[type[Model], list[str]]]]:
    """The statement, and the models and fields that its columns are, in their order.

    Made of the models once: building it anew by the ORM would cost each request several times
    what the database takes to answer it.
    """
    worker: Any = User._meta.get_field("worker").related_model
    parts: list[tuple[str, type[Model]]] = [
        ("token", ApiToken),
        ("user", User),
        ("requester", Requester),
        ("worker", worker),
    ]
    columns, fields = ["membership.role"], []
    for alias, model in parts:
        chosen = [field for field in model._meta.concrete_fields if field.name != "password"]
        columns += [f'"{alias}".{field.column}' for field in chosen]
        fields.append((model, [field.attname for field in chosen]))
    tables = _FROM.format(workers=worker._meta.db_table)
    return f"SELECT {', '.join(columns)}{tables}", fields


def _known(secret: str) -> _Known | None:
    sql, parts = _statement()
    with connection.cursor() as cursor:
        prepared.execute(cursor, sql, {"hash": hash_token(secret)})
        row = cursor.fetchone()
    if row is None:
        return None
    found: list[Any] = []
    start = 1
    for model, names in parts:
        values = row[start : start + len(names)]
        start += len(names)
        found.append(None if values[0] is None else model.from_db("default", names, values))
    token, user, requester, worker = found
    return _Known(token=token, user=user, requester=requester, worker=worker, role=row[0])


def _caller(known: _Known) -> Caller:
    user, requester = known.user, known.requester
    require_good_standing(user)
    if requester is None:
        return Caller(user=user, acting=None, worker=known.worker)
    if known.role is None:
        raise NotAllowed(
            f"You don't belong to {requester.name} any more, so this token can't act for it."
        )
    acting = Acting(requester=requester, role=Role(known.role), trail=actor_of(user))
    return Caller(user=user, acting=acting, worker=None)


def _note_use(token: ApiToken, at: datetime) -> None:
    """At most once an hour: people ask whether a token is in use, not when to the second."""
    if token.last_used_at is None or at - token.last_used_at > NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
