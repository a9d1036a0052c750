"""Staff pause a payout batch, and let it go on."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from payments.models import PayoutBatch


def pause_payouts(*, staff: User, batch: PayoutBatch, reason: str, at: datetime) -> PayoutBatch:
    """Nothing more of the batch is prepared or sent. Raises WrongState if it is paused."""
    return _set(staff, batch, reason, at, is_paused=True)


def resume_payouts(*, staff: User, batch: PayoutBatch, reason: str, at: datetime) -> PayoutBatch:
    """It goes on where it was. Raises WrongState if it isn't paused."""
    return _set(staff, batch, reason, at, is_paused=False)


def _set(
    staff: User, batch: PayoutBatch, reason: str, at: datetime, *, is_paused: bool
) -> PayoutBatch:
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = PayoutBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if (locked.paused_at is not None) == is_paused:
            raise WrongState(
                "These payouts are paused already." if is_paused else "These payouts aren't paused."
            )
        locked.paused_at = at if is_paused else None
        locked.pause_reason = reason if is_paused else ""
        locked.save()
        trail.record(
            action="pause_payouts" if is_paused else "resume_payouts",
            actor=trail.actor_of(staff),
            subject=("payout_batch", locked.pk),
            at=at,
            reason=reason,
        )
    return locked
