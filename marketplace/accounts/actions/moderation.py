"""What every act of moderation asks for: a member of staff, and a reason."""

from marketplace.accounts.models import User
from marketplace.errors import InvalidInput, NotAllowed


def require_staff(staff: User) -> None:
    """Raise NotAllowed unless the person is staff in good standing."""
    if not (staff.is_active and staff.is_staff) or staff.suspended_at is not None:
        raise NotAllowed("Only the operator's staff may do this.")


def require_reason(reason: str) -> str:
    """The reason without surrounding space. Raises InvalidInput for none."""
    reason = reason.strip()
    if not reason:
        raise InvalidInput(
            "Say why. The reason is shown to whom it concerns and kept in the audit trail.",
            field="reason",
        )
    return reason
