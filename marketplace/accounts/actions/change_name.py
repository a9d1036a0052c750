"""A person changes what they are called."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import InvalidInput


def change_name(*, user: User, name: str, at: datetime) -> User:
    """Set the name. The trail keeps that it changed, not what it was: names are erasable."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise InvalidInput("A name has 1 to 120 characters.", field="name")
    with transaction.atomic():
        user.name = name
        user.save(update_fields=["name"])
        trail.record(
            action="change_name",
            actor=trail.actor_of(user),
            subject=("user", user.pk),
            at=at,
        )
    return user
