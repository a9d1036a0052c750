"""Staff end a person's suspension, with a reason."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.locks import lock_user
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState


def reinstate_user(*, staff: User, user: User, reason: str, at: datetime) -> User:
    """From now on the person can do everything again. The trail keeps both reasons."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        user = lock_user(user)
        if user.suspended_at is None:
            raise WrongState("This person is not suspended.")
        user.suspended_at, user.suspended_reason = None, ""
        user.save(update_fields=["suspended_at", "suspended_reason"])
        trail.record(
            action="reinstate_user",
            actor=trail.actor_of(staff),
            subject=("user", user.pk),
            at=at,
            reason=reason,
        )
    return user
