"""On whose behalf, and with what right, a requester's side is used."""

from dataclasses import dataclass

from marketplace.accounts.models import ROLE_RANK, Membership, Requester, Role, User
from marketplace.audit.trail import actor_of
from marketplace.errors import NotAllowed, NotFound


@dataclass(frozen=True, kw_only=True)
class Acting:
    """A member, or a program holding the requester's key, acting for a requester.

    Every action on the requester's side takes one as `by`, and asks it for the role it needs.
    """

    requester: Requester
    role: Role
    trail: str

    def require(self, role: Role) -> None:
        """Raise NotAllowed unless the role held is at least `role`."""
        if self.requester.suspended_at is not None:
            raise NotAllowed(
                f"{self.requester.name} is suspended: {self.requester.suspended_reason} "
                "Nothing can be changed until the operator reinstates it."
            )
        if ROLE_RANK[self.role] < ROLE_RANK[role]:
            raise NotAllowed(
                f"This takes the role of {role.value} in {self.requester.name}; you are "
                f"{self.role.value}. Ask an owner."
            )


def acting_for(user: User, requester: Requester) -> Acting:
    """`user` acting for `requester` with the role held there. Raises NotFound for strangers."""
    membership = Membership.objects.filter(user=user, requester=requester).first()
    if membership is None:
        raise NotFound("There is no such requester, or you are not a member of it.")
    return Acting(requester=requester, role=Role(membership.role), trail=actor_of(user))
