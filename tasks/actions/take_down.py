"""The operator takes a group of HITs down, or puts it back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from tasks.models import HITType


def take_down_group(*, staff: User, hit_type: HITType, reason: str, at: datetime) -> None:
    """No HIT of the group can be seen or accepted from now on. Work that was accepted can be
    finished, and what was submitted is reviewed and paid."""
    change = {"taken_down_at": at, "taken_down_reason": reason}
    _change(staff, hit_type, "take_down_group", change, reason, at)


def restore_group(*, staff: User, hit_type: HITType, reason: str, at: datetime) -> None:
    """Let a group that was taken down be seen again."""
    change = {"taken_down_at": None, "taken_down_reason": ""}
    _change(staff, hit_type, "restore_group", change, reason, at)


def _change(
    staff: User,
    hit_type: HITType,
    action: str,
    change: dict[str, Any],
    reason: str,
    at: datetime,
) -> None:
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        HITType.objects.filter(pk=hit_type.pk).update(**change)
        trail.record(
            action=action,
            actor=trail.actor_of(staff),
            subject=("group", hit_type.public_id),
            at=at,
            reason=reason,
        )
