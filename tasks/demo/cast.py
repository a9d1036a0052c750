"""Who is in the demo, and the secrets that let a person or a program be one of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from marketplace.accounts.acting import Acting, acting_for
from marketplace.accounts.actions.create_access_key import create_access_key
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.models import AccessKey, ApiToken, Membership, Requester, Role, User
from payments.actions.grant_play_money import grant_play_money
from payments.actions.make_deposit import make_deposit
from payments.jobs import settle_deposits
from workers.actions.become_worker import become_worker
from workers.models import Worker

ADMIN = "admin@demo.test"
OWNER = "olivia@fernfield.test"
REVIEWER = "rami@fernfield.test"
ARCHIVIST = "henrik@harbour.test"
# (name, country, subdivision); the first three are in demo.json, the others only fill the place.
WORKERS: Sequence[tuple[str, str, str]] = (
    ("Wanda", "US", "PA"),
    ("Tomas", "DE", "BE"),
    ("Priya", "IN", "KA"),
    ("Kofi", "GH", ""),
    ("Mei", "SG", ""),
    ("Lars", "NO", ""),
    ("Ana", "BR", "SP"),
    ("Joe", "US", "OR"),
)
IN_DEMO_FILE = 3
LABEL = "Demo"
"""The name of the keys and tokens that demo.json holds, by which they are found again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """The people of the demo, each in their role."""

    admin: User
    lab: Acting
    owner: User
    reviewer: Acting
    archive: Acting
    archivist: User
    workers: Sequence[Worker]


def worker_email(name: str) -> str:
    """A demo worker's address."""
    return f"{name.lower()}@workers.test"


def is_there() -> bool:
    """Whether this installation has the demo's people already."""
    return User.objects.filter(email=ADMIN).exists()


def make_cast(*, at: datetime) -> Cast:
    """Everybody, with the requesters' money and nobody's password."""
    admin = _user(ADMIN, "Demo Admin", at, is_staff=True, is_superuser=True)
    owner = _user(OWNER, "Olivia Fern", at)
    lab = create_requester(user=owner, name="Fern & Field Research", at=at)
    reviewer = _user(REVIEWER, "Rami Aziz", at)
    Membership.objects.create(requester=lab, user=reviewer, role=Role.REVIEWER, joined_at=at)
    archivist = _user(ARCHIVIST, "Henrik Strand", at)
    archive = create_requester(user=archivist, name="Harbour Archive", at=at)
    cast = Cast(
        admin=admin,
        owner=owner,
        lab=acting_for(owner, lab),
        reviewer=acting_for(reviewer, lab),
        archivist=archivist,
        archive=acting_for(archivist, archive),
        workers=[
            become_worker(
                user=_user(worker_email(name), name, at),
                country=country,
                subdivision=subdivision,
                at=at,
            )
            for name, country, subdivision in WORKERS
        ],
    )
    _fund(cast.lab, owner, 500_00, at)
    _fund(cast.archive, archivist, 120_00, at)
    return cast


def _user(email: str, name: str, at: datetime, **fields: Any) -> User:
    """Somebody with a verified address who can't sign in yet."""
    user = User.objects.create_user(email, None, name=name, date_joined=at, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _fund(by: Acting, user: User, cents: int, at: datetime) -> None:
    currency = settings.MANYHANDS_CURRENCY
    make_deposit(by=by, user=user, amount_cents=cents, currency=currency, at=at)
    settle_deposits()
    grant_play_money(requester=by.requester, at=at)


def new_secrets(*, base_url: str, at: datetime) -> dict[str, Any]:
    """What demo.json says. Every secret that an earlier demo.json held stops working."""
    owner = User.objects.get(email=OWNER)
    lab = Requester.objects.get(memberships__user=owner)
    acting = acting_for(owner, lab)
    # By name, so that keys which somebody made while trying the demo go on working.
    AccessKey.objects.filter(requester=lab, name=LABEL, revoked_at=None).update(revoked_at=at)
    ApiToken.objects.filter(name=LABEL, revoked_at=None, user__email__in=_told()).update(
        revoked_at=at
    )
    key, secret = create_access_key(by=acting, created_by=owner, name=LABEL, at=at)
    _token, token = create_api_token(user=owner, acting=acting, name=LABEL, at=at)
    return {
        "base_url": base_url,
        "admin": {"email": ADMIN, "password": _new_password(ADMIN)},
        "requester": {
            "email": OWNER,
            "password": _new_password(OWNER),
            "access_key_id": key.access_key_id,
            "secret_access_key": secret,
            "api_token": token,
        },
        "workers": [_worker_secrets(name, at) for name, *_ in WORKERS[:IN_DEMO_FILE]],
    }


def _told() -> list[str]:
    """Whose secrets demo.json holds."""
    return [ADMIN, OWNER, *(worker_email(name) for name, *_ in WORKERS[:IN_DEMO_FILE])]


def _worker_secrets(name: str, at: datetime) -> dict[str, str]:
    worker = Worker.objects.select_related("user").get(user__email=worker_email(name))
    _token, token = create_api_token(user=worker.user, name=LABEL, at=at)
    return {
        "email": worker.user.email,
        "password": _new_password(worker.user.email),
        "worker_id": worker.public_id,
        "api_token": token,
    }


def _new_password(email: str) -> str:
    password = secrets.token_urlsafe(12)
    user = User.objects.get(email=email)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
