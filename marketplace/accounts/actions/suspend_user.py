"""Staff suspend a person, with a reason that is shown."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.locks import lock_user
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import NotAllowed, WrongState


def suspend_user(*, staff: User, user: User, reason: str, at: datetime) -> User:
    """From now on the person can sign in and read the reason, and do nothing else; none of their
    payouts that were never sent leaves."""
    require_staff(staff)
    reason = require_reason(reason)
    if user.pk == staff.pk:
        raise NotAllowed("You can't suspend yourself. Ask another member of staff.")
    if user.is_superuser and not staff.is_superuser:
        raise NotAllowed("Only a superuser can suspend a superuser.")
    with transaction.atomic():
        user = lock_user(user)
        if user.suspended_at is not None:
            raise WrongState("This person is suspended already.")
        user.suspended_at, user.suspended_reason = at, reason
        user.save(update_fields=["suspended_at", "suspended_reason"])
        trail.record(
            action="suspend_user",
            actor=trail.actor_of(staff),
            subject=("user", user.pk),
            at=at,
            reason=reason,
        )
    return user
