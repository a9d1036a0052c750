"""Somebody who was invited joins the requester."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Invitation, Membership, User
from marketplace.accounts.secrets import hash_token
from marketplace.audit import trail
from marketplace.errors import NotAllowed, NotFound, WrongState


def accept_invitation(*, user: User, token: str, at: datetime) -> Membership:
    """Take up an invitation that was sent to the user's own address."""
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("requester")
            .filter(token_hash=hash_token(token))
            .first()
        )
        check_open(invitation, user=user, at=at)
        assert invitation is not None
        membership, is_new = Membership.objects.get_or_create(
            requester=invitation.requester,
            user=user,
            defaults={"role": invitation.role, "joined_at": at},
        )
        if not is_new:
            raise WrongState(f"You are a member of {invitation.requester.name} already.")
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        user.current_requester = invitation.requester
        user.save(update_fields=["current_requester"])
        trail.record(
            action="accept_invitation",
            actor=trail.actor_of(user),
            subject=("requester", invitation.requester.public_id),
            at=at,
            invitation=invitation.pk,
            role=membership.role,
        )
    return membership


def check_open(invitation: Invitation | None, *, user: User, at: datetime) -> None:
    """Raise unless `user` can accept the invitation now."""
    if invitation is None:
        raise NotFound("This invitation doesn't exist, or was withdrawn. Ask for a new one.")
    if invitation.accepted_at is not None:
        raise WrongState("This invitation was accepted before. Sign in as the person who did.")
    if invitation.expires_at <= at:
        raise WrongState("This invitation has expired. Ask for a new one.")
    if invitation.email != user.email.lower():
        # The link may have been forwarded: the address it was sent to is what was invited.
        raise NotAllowed(
            "This invitation was sent to another address. Sign in with that one, or ask for an "
            f"invitation to {user.email}."
        )
