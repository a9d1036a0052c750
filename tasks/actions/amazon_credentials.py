"""A requester's own keys for its queues and topics at Amazon. Ours are never used for it."""

import re
from datetime import datetime

from django.db import transaction

from marketplace.accounts import secrets
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput
from tasks.models import AmazonCredentials

# The region becomes part of the host that is spoken to.
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def save_amazon_credentials(
    *, by: Acting, access_key_id: str, secret: str, region: str, at: datetime
) -> AmazonCredentials:
    """Keep them, the secret encrypted, in place of former ones. Raises InvalidInput."""
    by.require(Role.MANAGER)
    access_key_id, secret, region = access_key_id.strip(), secret.strip(), region.strip()
    if not re.fullmatch(r"[A-Z0-9]{16,128}", access_key_id):
        raise InvalidInput(
            "An access key ID is 16 or more capital letters and digits, like AKIAIOSFODNN7EXAMPLE.",
            field="access_key_id",
        )
    if not re.fullmatch(r"[\x21-\x7e]{16,256}", secret):
        raise InvalidInput("A secret access key is 40 characters without spaces.", field="secret")
    if not _REGION.fullmatch(region) or len(region) > 30:
        raise InvalidInput("Name a region of Amazon's, like us-east-1.", field="region")
    with transaction.atomic():
        kept, _is_new = AmazonCredentials.objects.update_or_create(
            requester=by.requester,
            defaults={
                "access_key_id": access_key_id,
                "secret_encrypted": secrets.encrypt(secret),
                "region": region,
                "saved_at": at,
            },
        )
        _record("save_amazon_credentials", by, access_key_id, at)
    return kept


def remove_amazon_credentials(*, by: Acting, at: datetime) -> None:
    """Forget them: what goes to queues and topics fails from now on."""
    by.require(Role.MANAGER)
    with transaction.atomic():
        found = AmazonCredentials.objects.filter(requester=by.requester).first()
        if found is not None:
            found.delete()
            _record("remove_amazon_credentials", by, found.access_key_id, at)


def _record(action: str, by: Acting, access_key_id: str, at: datetime) -> None:
    trail.record(
        action=action,
        actor=by.trail,
        subject=("requester", by.requester.public_id),
        at=at,
        access_key_id=access_key_id,
    )
