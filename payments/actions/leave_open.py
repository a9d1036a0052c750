"""A payout or a refund that was sent, and has no clear answer, is left open and tried again."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from payments.models import Payout, Refund
from payments.states import OutStatus

LONGEST_WAIT = timedelta(hours=1)
DOUBLINGS = 10
"""Five seconds doubled this often are past the longest wait; more would only overflow."""
Out = TypeVar("Out", Payout, Refund)


def leave_open(*, row: Out, why: str, at: datetime, is_key_used_up: bool = False) -> Out:
    """No clear answer: try again later, waiting longer each time, with the same key.

    Where nothing was done under it, and nothing will be, it is `held` again, under the next key,
    as one that was never sent: that no attempt under this key did anything is what the gateway
    said, and each key before it was left for the same reason.
    """
    with transaction.atomic():
        locked = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
        # Once another process has taken it, it is no longer this one's to leave.
        if locked.status == OutStatus.SENDING and locked.attempts == row.attempts:
            locked.move_to(OutStatus.HELD if is_key_used_up else OutStatus.UNKNOWN)
            if is_key_used_up:
                locked.key_number += 1
                locked.first_attempt_at = None
            locked.failure = why[:300]
            locked.lease_until = None
            wait = timedelta(seconds=5 * 2 ** min(locked.attempts, DOUBLINGS))
            locked.due_at = at + min(LONGEST_WAIT, wait)
            locked.save()
    return locked
