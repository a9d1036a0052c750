"""A bearer token for the REST API."""

from datetime import datetime

from django.db import transaction

from marketplace import ids
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.secrets import hash_token
from marketplace.audit import trail
from marketplace.errors import LimitReached, NotAllowed

MOST_TOKENS = 20
SHOWN = 10  # of the token's first characters, so that people can tell tokens apart


def create_api_token(
    *, user: User, acting: Acting | None = None, name: str = "", at: datetime
) -> tuple[ApiToken, str]:
    """Make a token; it is returned this once, and only its hash is kept.

    With `acting` it acts for that requester, with the role that the user holds there at the
    time of each call; without, for the user as a worker.
    """
    if acting is not None and acting.requester.suspended_at is not None:
        raise NotAllowed(f"{acting.requester.name} is suspended: no token can be made for it.")
    requester = acting.requester if acting else None
    token = ids.secret("mht")
    with transaction.atomic():
        if user.api_tokens.filter(revoked_at=None).count() >= MOST_TOKENS:
            raise LimitReached(
                f"You have {MOST_TOKENS} tokens in use. Revoke one that isn't needed."
            )
        made = ApiToken.objects.create(
            user=user,
            requester=requester,
            token_hash=hash_token(token),
            prefix=token[:SHOWN],
            name=name.strip()[:80],
            created_at=at,
        )
        trail.record(
            action="create_api_token",
            actor=trail.actor_of(user),
            subject=("api_token", made.pk),
            at=at,
            requester=requester.public_id if requester else None,
        )
    return made, token
