"""Staff suspend a requester, with a reason that is shown."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.locks import lock_requester
from marketplace.accounts.models import Requester, User
from marketplace.audit import trail
from marketplace.errors import WrongState


def suspend_requester(*, staff: User, requester: Requester, reason: str, at: datetime) -> Requester:
    """From now on members can read its pages, and nothing can be done on its behalf."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        requester = lock_requester(requester)
        if requester.suspended_at is not None:
            raise WrongState("This requester is suspended already.")
        requester.suspended_at, requester.suspended_reason = at, reason
        requester.save(update_fields=["suspended_at", "suspended_reason"])
        trail.record(
            action="suspend_requester",
            actor=trail.actor_of(staff),
            subject=("requester", requester.public_id),
            at=at,
            reason=reason,
        )
    return requester
