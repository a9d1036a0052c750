"""Reading who belongs where."""

from django.db.models import QuerySet

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import (
    AccessKey,
    ApiToken,
    Invitation,
    Membership,
    Requester,
    Role,
    User,
)
from marketplace.audit.trail import actor_of


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's places, in the order in which they were taken."""
    return user.memberships.select_related("requester").order_by("joined_at", "pk")


def current_acting(user: User) -> Acting | None:
    """The person acting for the requester they chose last, or their first; None without one."""
    memberships = list(memberships_of(user))
    if not memberships:
        return None
    chosen = next(
        (m for m in memberships if m.requester_id == user.current_requester_id), memberships[0]
    )
    return Acting(requester=chosen.requester, role=Role(chosen.role), trail=actor_of(user))


def is_worker(user: User) -> bool:
    """Whether the person has joined as a worker.

    Workers are a floor up: what is known here is only that the relation, when it is there,
    is called `worker`.
    """
    return hasattr(user, "worker")


def members_of(requester: Requester) -> QuerySet[Membership]:
    """Everyone in the requester, in the order in which they joined."""
    return requester.memberships.select_related("user").order_by("joined_at", "pk")


def open_invitations_of(requester: Requester) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted yet, expired ones included."""
    return requester.invitations.filter(accepted_at=None).order_by("-created_at")


def access_keys_of(requester: Requester) -> QuerySet[AccessKey]:
    """The requester's key pairs that work, newest first."""
    return (
        requester.access_keys.filter(revoked_at=None)
        .select_related("created_by")
        .order_by("-created_at", "-pk")
    )


def tokens_for_requester(requester: Requester) -> QuerySet[ApiToken]:
    """The tokens that act for the requester, whoever made them."""
    return (
        requester.api_tokens.filter(revoked_at=None)
        .select_related("user")
        .order_by("-created_at", "-pk")
    )


def tokens_for_work(user: User) -> QuerySet[ApiToken]:
    """The tokens that act for the person as a worker."""
    return user.api_tokens.filter(requester=None, revoked_at=None).order_by("-created_at", "-pk")
