"""A key pair for programs that speak the MTurk API."""

from datetime import datetime

from django.db import transaction

from marketplace import ids
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import AccessKey, Role, User
from marketplace.accounts.secrets import encrypt
from marketplace.audit import trail
from marketplace.errors import LimitReached

MOST_KEYS = 20


def create_access_key(
    *,
    by: Acting,
    created_by: User,
    name: str = "",
    role: Role = Role.MANAGER,
    side: AccessKey.Side = AccessKey.Side.BOTH,
    at: datetime,
) -> tuple[AccessKey, str]:
    """Make a key pair; the secret is returned this once and never shown again.

    Programs act with `role`, on `side`. Raises NotAllowed below manager, and for a role above
    one's own.
    """
    by.require(Role.MANAGER)
    by.require(role)
    secret = ids.secret("mhs")
    with transaction.atomic():
        if by.requester.access_keys.filter(revoked_at=None).count() >= MOST_KEYS:
            raise LimitReached(f"{MOST_KEYS} keys are in use. Revoke one that isn't needed.")
        key = AccessKey.objects.create(
            requester=by.requester,
            secret_encrypted=encrypt(secret),
            name=name.strip()[:80],
            role=role,
            side=side,
            created_by=created_by,
            created_at=at,
        )
        trail.record(
            action="create_access_key",
            actor=by.trail,
            subject=("access_key", key.access_key_id),
            at=at,
            requester=by.requester.public_id,
            role=role,
            side=side,
        )
    return key, secret
