"""A key pair stops working."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import AccessKey, Role
from marketplace.audit import trail
from marketplace.errors import NotFound


def revoke_access_key(*, by: Acting, access_key_id: str, at: datetime) -> AccessKey:
    """Revoke one of the requester's keys, at once and for good."""
    by.require(Role.MANAGER)
    with transaction.atomic():
        key = (
            AccessKey.objects.select_for_update(no_key=True)
            .filter(requester=by.requester, access_key_id=access_key_id, revoked_at=None)
            .first()
        )
        if key is None:
            raise NotFound("There is no such key, or it was revoked before.")
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        trail.record(
            action="revoke_access_key",
            actor=by.trail,
            subject=("access_key", key.access_key_id),
            at=at,
            requester=by.requester.public_id,
        )
    return key
