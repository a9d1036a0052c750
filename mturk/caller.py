"""Who is calling: the key that signed, read in one statement, and what it may be used for.

Nothing is kept between requests: a key that is revoked is refused with the next one.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import AccessKey, Requester, Role
from marketplace.accounts.secrets import decrypt
from marketplace.postgres import prepared
from marketplace.rest.throttling import is_within
from mturk.faults import Fault
from mturk.signature import Authorization, Received, check
from payments.actions.grant_play_money import grant_play_money

NOTED_EVERY = timedelta(minutes=1)
UNKNOWN_PER_MINUTE = 60
"""Calls with no key, or with a wrong signature, from one address."""


def key_that_signed(
    received: Received, said: Authorization, *, address: str, at: datetime
) -> AccessKey:
    """The key of a request whose signature is good. Raises Fault otherwise, and where the key
    is used more often than it may be."""
    try:
        key = _key(said.access_key_id)
        check(received, said, secret=decrypt(key.secret_encrypted), at=at)
    except Fault:
        refuse_too_many(f"a{address}", UNKNOWN_PER_MINUTE)
        raise
    refuse_too_many(f"k{key.pk}", settings.MANYHANDS_MTURK_CALLS_PER_MINUTE)
    if key.last_used_at is None or at - key.last_used_at > NOTED_EVERY:
        AccessKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key


def acting_by(key: AccessKey, *, is_sandbox: bool, at: datetime) -> Acting:
    """Acting for the key's requester, with the key's role, and in the sandbox with its play
    money. Raises Fault for a key that is for the sandbox only, on the live side."""
    if key.side == AccessKey.Side.SANDBOX and not is_sandbox:
        raise Fault(
            "AccessDeniedException",
            f"The key {key.access_key_id} is for the sandbox only, and this is a live call. Use "
            "the sandbox's endpoint, or make a key for both sides.",
        )
    if is_sandbox:
        grant_play_money(requester=key.requester, at=at)
    return Acting(requester=key.requester, role=Role(key.role), trail=f"key:{key.access_key_id}")


def refuse_too_many(who: str, per_minute: int) -> None:
    """Count a call. Raises Fault (ThrottlingException, which clients retry) above the limit."""
    if not is_within("mturk", who, per_minute):
        raise Fault("ThrottlingException", f"Rate exceeded: {per_minute:,} calls a minute.")


_FROM = """
  FROM accounts_accesskey key JOIN accounts_requester requester ON requester.id = key.requester_id
 WHERE key.access_key_id = %(id)s AND key.revoked_at IS NULL
"""


@cache
def _statement() -> tuple[str, list[str], list[str]]:
    """The statement, and the fields of the key and of its requester in their order."""

    def columns(alias: str, model: type[Model]) -> tuple[list[str], list[str]]:
        fields = model._meta.concrete_fields
        return [f"{alias}.{f.column}" for f in fields], [f.attname for f in fields]

    of_key, key_fields = columns("key", AccessKey)
    of_requester, requester_fields = columns("requester", Requester)
    sql = f"SELECT {', '.join(of_key + of_requester)}{_FROM}"
    return sql, key_fields, requester_fields


def _key(access_key_id: str) -> AccessKey:
    sql, key_fields, requester_fields = _statement()
    with connection.cursor() as cursor:
        prepared.execute(cursor, sql, {"id": access_key_id})
        row: Any = cursor.fetchone()
    if row is None:
        raise Fault(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    width = len(key_fields)
    key = AccessKey.from_db("default", key_fields, row[:width])
    key.requester = Requester.from_db("default", requester_fields, row[width:])
    return key
