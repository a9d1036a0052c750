"""An owner invites somebody into the requester, by e-mail."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from marketplace import ids, outbox
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.accounts.secrets import hash_token
from marketplace.audit import trail
from marketplace.errors import InvalidInput, LimitReached

VALID_FOR = timedelta(days=14)
MOST_OPEN = 50

LETTER = """{inviter} invites you to join {requester} on {site} as {role}.

To accept, open this link within {days} days:

{url}

If you don't know {requester}, ignore this message and nothing happens.
"""


def invite_member(
    *, by: Acting, invited_by: User, email: str, role: Role, at: datetime
) -> Invitation:
    """Send an invitation, good for 14 days and one acceptance; one to the same address lapses.

    Only the token's hash is kept, so that reading the database lets nobody in.
    """
    by.require(Role.OWNER)
    email = email.strip().lower()
    if Membership.objects.filter(requester=by.requester, user__email=email).exists():
        raise InvalidInput(f"{email} is a member already.", field="email")
    token = ids.secret("mhi")
    with transaction.atomic():
        waiting = Invitation.objects.filter(requester=by.requester, accepted_at=None)
        waiting.filter(email=email).delete()
        if waiting.filter(expires_at__gt=at).count() >= MOST_OPEN:
            raise LimitReached(
                f"{MOST_OPEN} invitations are open. Withdraw some, or wait for their answers."
            )
        invitation = Invitation.objects.create(
            requester=by.requester,
            email=email,
            role=role,
            token_hash=hash_token(token),
            invited_by=invited_by,
            created_at=at,
            expires_at=at + VALID_FOR,
        )
        trail.record(
            action="invite_member",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            invitation=invitation.pk,
            role=role,
        )
        outbox.send(
            kind="email",
            payload=_letter(invitation, invited_by, token),
            key=f"invitation:{invitation.pk}",
            at=at,
        )
    return invitation


def _letter(invitation: Invitation, invited_by: User, token: str) -> dict[str, str]:
    site = settings.MANYHANDS_SITE_NAME
    url = settings.MANYHANDS_BASE_URL + reverse("accounts:invitation", args=[token])
    text = LETTER.format(
        inviter=invited_by.name or invited_by.email,
        requester=invitation.requester.name,
        site=site,
        role=invitation.role,
        days=VALID_FOR.days,
        url=url,
    )
    subject = f"Join {invitation.requester.name} on {site}"
    return {"to": invitation.email, "subject": subject, "text": text}
