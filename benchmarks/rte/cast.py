"""The requester and the workers, made by a management step.

Signing up 165 people by e-mail and link is not what is measured. Everything they do afterwards
goes over HTTP.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress

from marketplace.accounts.acting import acting_for
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.models import User
from workers.actions.become_worker import become_worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Hand:
    """One worker: the name in the data, the id here, and a token."""

    name: str
    worker_id: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The requester's owner."""

    email: str
    password: str
    token: str


def make_owner(*, at: datetime) -> Owner:
    """Somebody new who posts work, with a password and a token."""
    password = secrets.token_urlsafe(16)
    user = _user(f"owner-{secrets.token_hex(4)}@replay.test", password)
    requester = create_requester(user=user, name="Replay", at=at)
    _row, token = create_api_token(user=user, acting=acting_for(user, requester), at=at)
    return Owner(email=user.email, password=password, token=token)


def make_hands(names: Iterable[str], *, at: datetime) -> list[Hand]:
    """A worker for each name."""
    mark = secrets.token_hex(4)
    hands = []
    for name in names:
        user = _user(f"{name.lower()}-{mark}@replay.test", None)
        worker = become_worker(user=user, country="US", at=at)
        _row, token = create_api_token(user=user, at=at)
        hands.append(Hand(name=name, worker_id=worker.public_id, token=token))
    return hands


def _user(email: str, password: str | None) -> User:
    user = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
