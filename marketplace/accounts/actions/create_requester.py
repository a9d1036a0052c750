"""A person starts an organisation that posts work."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Membership, Requester, Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput


def create_requester(*, user: User, name: str, at: datetime) -> Requester:
    """Make a requester with `user` as its owner, and turn the user's pages to it."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 120:
        raise InvalidInput(
            "The name that workers will see needs 2 to 120 characters.", field="name"
        )
    with transaction.atomic():
        requester = Requester.objects.create(name=name, created_at=at)
        Membership.objects.create(requester=requester, user=user, role=Role.OWNER, joined_at=at)
        user.current_requester = requester
        user.save(update_fields=["current_requester"])
        trail.record(
            action="create_requester",
            actor=trail.actor_of(user),
            subject=("requester", requester.public_id),
            at=at,
        )
    return requester
