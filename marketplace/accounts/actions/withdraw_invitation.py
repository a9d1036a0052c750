"""An owner takes an invitation back."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Invitation, Role
from marketplace.audit import trail
from marketplace.errors import NotFound


def withdraw_invitation(*, by: Acting, invitation_id: int, at: datetime) -> None:
    """Make the invitation's link useless. Raises NotFound once it is accepted."""
    by.require(Role.OWNER)
    with transaction.atomic():
        removed, _each = Invitation.objects.filter(
            requester=by.requester, pk=invitation_id, accepted_at=None
        ).delete()
        if not removed:
            raise NotFound("There is no such open invitation. It may have been accepted already.")
        trail.record(
            action="withdraw_invitation",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            invitation=invitation_id,
        )
