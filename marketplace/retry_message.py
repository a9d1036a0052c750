"""Staff let a message be tried again that was given up."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from marketplace.models import OutboxMessage


def retry_message(
    *, staff: User, message: OutboxMessage, reason: str, at: datetime
) -> OutboxMessage:
    """Make the message due now, with all of its attempts before it. Raises WrongState."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = OutboxMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
        if locked.gave_up_at is None:
            raise WrongState("This message was sent, or is still being tried by itself.")
        locked.gave_up_at, locked.due_at, locked.attempts = None, at, 0
        locked.save(update_fields=["gave_up_at", "due_at", "attempts"])
        trail.record(
            action="retry_message",
            actor=trail.actor_of(staff),
            subject=("outbox", locked.pk),
            at=at,
            reason=reason,
        )
    return locked
