"""A member of several requesters turns to one of them."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import acting_for
from marketplace.accounts.models import Requester, User
from marketplace.audit import trail
from marketplace.errors import NotFound


def choose_requester(*, user: User, public_id: str, at: datetime) -> Requester:
    """Show the requester's pages from now on. Raises NotFound for one the user isn't in."""
    requester = Requester.objects.filter(public_id=public_id).first()
    if requester is None:
        raise NotFound("There is no such requester, or you are not a member of it.")
    acting_for(user, requester)
    with transaction.atomic():
        user.current_requester = requester
        user.save(update_fields=["current_requester"])
        trail.record(
            action="choose_requester",
            actor=trail.actor_of(user),
            subject=("requester", requester.public_id),
            at=at,
        )
    return requester
