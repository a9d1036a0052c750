"""Writing to the audit trail."""

from datetime import datetime
from typing import Any

from marketplace.audit.models import AuditEntry

SYSTEM = "system"


def actor_of(user: Any) -> str:
    """How the trail names a person: by number, never by e-mail address."""
    return f"user:{user.pk}" if user is not None else SYSTEM


def record(
    *,
    action: str,
    actor: str,
    subject: tuple[str, str | int],
    at: datetime,
    reason: str = "",
    **data: Any,
) -> None:
    """Add one entry. `subject` is (kind, id): ("hit", "3ABC…"), ("user", 12)."""
    AuditEntry.objects.create(
        at=at,
        action=action,
        actor=actor,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        reason=reason,
        data=data,
    )
