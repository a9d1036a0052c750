"""A person joins as a worker."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from workers.models import Worker


def become_worker(*, user: User, country: str, subdivision: str = "", at: datetime) -> Worker:
    """Make the user a worker living in `country` (ISO 3166-1 alpha-2, with its subdivision).

    Raises InvalidInput for codes that can't be, WrongState where the user is a worker already.
    """
    country, subdivision = country.strip().upper(), subdivision.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise InvalidInput("Choose the country you live in.", field="country")
    if not re.fullmatch(r"[A-Z0-9]{0,3}", subdivision):
        raise InvalidInput("Choose your state or region from the list.", field="subdivision")
    try:
        with transaction.atomic():
            worker = Worker.objects.create(
                user=user, country=country, subdivision=subdivision, joined_at=at
            )
            trail.record(
                action="become_worker",
                actor=trail.actor_of(user),
                subject=("worker", worker.public_id),
                at=at,
            )
    except IntegrityError as error:
        raise WrongState("You are a worker here already.") from error
    return worker
