"""A request that its sender may repeat is carried out once: the first claim of a token wins.

The claim is a row of the transaction that it protects, so it lives and dies with the outcome.
A second claim waits for the first one's transaction to end: after a commit it is refused with
what the first kept, after a rollback it is the first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from marketplace.errors import DomainError
from marketplace.models import ClaimedRequest

DAY = timedelta(hours=24)


class DuplicateRequest(DomainError):
    """The token was used before; `details["first"]` is what its first request kept."""

    code = "duplicate_request"
    status = 409


_KEEP = "UPDATE marketplace_claimedrequest SET result = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Claim:
    """A token that is ours. `keep` what a repeat is to be told, before the transaction ends."""

    pk: int

    def keep(self, result: str) -> None:
        """Record the outcome."""
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [result, self.pk])


_CLAIM = """
INSERT INTO marketplace_claimedrequest (scope, token, result, expires_at)
VALUES (%(scope)s, %(token)s, '', %(until)s)
ON CONFLICT (scope, token) DO UPDATE SET result = '', expires_at = EXCLUDED.expires_at
 WHERE marketplace_claimedrequest.expires_at <= %(at)s
RETURNING id
"""


def claim(*, scope: str, token: str, at: datetime, kept_for: timedelta = DAY) -> Claim:
    """Claim the token within its scope, for `kept_for` from `at` on.

    Must run inside the transaction that carries the request out. Raises DuplicateRequest, with
    `first`, where the token was claimed less than that time ago.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("claim outside a transaction")
    values: dict[str, str | datetime] = {
        "scope": scope,
        "token": token,
        "at": at,
        "until": at + kept_for,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    if row is not None:
        return Claim(row[0])
    kept = ClaimedRequest.objects.filter(scope=scope, token=token)
    first = kept.values_list("result", flat=True).first() or ""
    raise DuplicateRequest("A request with this token was carried out before.", first=first)


def forget(*, at: datetime) -> int:
    """Delete claims whose time is over; how many."""
    deleted, _of_model = ClaimedRequest.objects.filter(expires_at__lte=at).delete()
    return deleted
