"""A person's pages turn to the sandbox, or to live work."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import User
from marketplace.audit import trail


def switch_side(*, user: User, is_sandbox: bool, at: datetime) -> User:
    """Show the person the other side. Nothing moves between the two: only what is shown does."""
    if user.is_in_sandbox == is_sandbox:
        return user
    with transaction.atomic():
        user.is_in_sandbox = is_sandbox
        user.save(update_fields=["is_in_sandbox"])
        trail.record(
            action="switch_side",
            actor=trail.actor_of(user),
            subject=("user", user.pk),
            at=at,
            is_sandbox=is_sandbox,
        )
    return user
