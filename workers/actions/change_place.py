"""A worker has moved."""

import re
from datetime import datetime

from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import InvalidInput
from workers.models import Worker


def change_place(*, worker: Worker, country: str, subdivision: str = "", at: datetime) -> Worker:
    """Change where the worker lives, which decides what may be accepted. Raises InvalidInput."""
    country, subdivision = country.strip().upper(), subdivision.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise InvalidInput("Choose the country you live in.", field="country")
    if not re.fullmatch(r"[A-Z0-9]{0,3}", subdivision):
        raise InvalidInput("Choose your state or region from the list.", field="subdivision")
    with transaction.atomic():
        locked = Worker.objects.select_for_update(no_key=True).get(pk=worker.pk)
        before = "-".join(filter(None, [locked.country, locked.subdivision]))
        locked.country, locked.subdivision = country, subdivision
        locked.save(update_fields=["country", "subdivision"])
        trail.record(
            action="change_place",
            actor=trail.actor_of(locked.user),
            subject=("worker", locked.public_id),
            at=at,
            before=before,
            after="-".join(filter(None, [country, subdivision])),
        )
    return locked
