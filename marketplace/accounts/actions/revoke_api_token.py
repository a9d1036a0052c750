"""A bearer token stops working."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import ApiToken, Role, User
from marketplace.audit import trail
from marketplace.errors import NotFound


def revoke_api_token(
    *, user: User, token_id: int, acting: Acting | None = None, at: datetime
) -> ApiToken:
    """Revoke a token of one's own; an owner may revoke any that acts for the requester."""
    mine = Q(user=user)
    if acting is not None and acting.role is Role.OWNER:
        mine |= Q(requester=acting.requester)
    with transaction.atomic():
        token = (
            ApiToken.objects.select_for_update(no_key=True)
            .filter(mine, pk=token_id, revoked_at=None)
            .first()
        )
        if token is None:
            raise NotFound("There is no such token, or it was revoked before.")
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        trail.record(
            action="revoke_api_token",
            actor=trail.actor_of(user),
            subject=("api_token", token.pk),
            at=at,
        )
    return token
