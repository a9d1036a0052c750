"""An owner gives a member another role."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.locks import lock_requester
from marketplace.accounts.models import Membership, Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState


def change_role(*, by: Acting, membership_id: int, role: Role, at: datetime) -> Membership:
    """Set the member's role. The last owner stays owner: somebody must hold the money."""
    by.require(Role.OWNER)
    with transaction.atomic():
        lock_requester(by.requester)
        membership = Membership.objects.filter(requester=by.requester, pk=membership_id).first()
        if membership is None:
            raise NotFound("There is no such member.")
        if role != Role.OWNER:
            refuse_last_owner(membership)
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        trail.record(
            action="change_role",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            member=membership.user_id,
            before=before,
            after=role,
        )
    return membership


def refuse_last_owner(membership: Membership) -> None:
    """Raise WrongState when the requester would be left without an owner.

    The caller holds the requester's row, so two owners can't step down at once.
    """
    if membership.role != Role.OWNER:
        return
    others = Membership.objects.filter(
        requester_id=membership.requester_id, role=Role.OWNER
    ).exclude(pk=membership.pk)
    if not others.exists():
        raise WrongState("This is the last owner. Make somebody else an owner first.")
