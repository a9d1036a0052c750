"""A member leaves, or an owner removes one."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.actions.change_role import refuse_last_owner
from marketplace.accounts.locks import lock_requester
from marketplace.accounts.models import ApiToken, Membership, Role, User
from marketplace.audit import trail
from marketplace.errors import NotFound


def remove_member(*, by: Acting, member_id: int, membership_id: int, at: datetime) -> None:
    """End a membership, and the tokens that the person made for the requester with it.

    `member_id` is the person who acts: leaving takes no role, removing another an owner's.
    """
    with transaction.atomic():
        lock_requester(by.requester)
        membership = Membership.objects.filter(requester=by.requester, pk=membership_id).first()
        if membership is None:
            raise NotFound("There is no such member.")
        if membership.user_id != member_id:
            by.require(Role.OWNER)
        refuse_last_owner(membership)
        membership.delete()
        ApiToken.objects.filter(
            requester=by.requester, user_id=membership.user_id, revoked_at=None
        ).update(revoked_at=at)
        User.objects.filter(pk=membership.user_id, current_requester=by.requester).update(
            current_requester=None
        )
        trail.record(
            action="remove_member",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            member=membership.user_id,
        )
