"""May this person act at all? Asked by the pages' middleware and by the API's authentication."""

from marketplace.accounts.models import User
from marketplace.errors import NotAllowed


def require_good_standing(user: User) -> None:
    """Raise NotAllowed, with the reason, for a suspended person."""
    if user.suspended_at is not None:
        raise NotAllowed(
            f"Your account is suspended: {user.suspended_reason} Write to the operator to appeal.",
            suspended=True,
        )
