"""A worker states who they were on Mechanical Turk."""

import re
from datetime import datetime

from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import InvalidInput
from workers.models import Worker


def claim_former_id(*, worker: Worker, former_mturk_id: str, at: datetime) -> Worker:
    """State the worker id that one had at Amazon, or, empty, none. Raises InvalidInput.

    It proves nothing, and only requesters who have that id in their own records see it.
    """
    stated = former_mturk_id.strip().upper()
    if stated and not re.fullmatch(r"A[A-Z0-9]{5,63}", stated):
        raise InvalidInput(
            "A Mechanical Turk worker ID is an A, then capitals and digits, like A1B2C3D4E5F6G7.",
            field="former_mturk_id",
        )
    with transaction.atomic():
        locked = Worker.objects.select_for_update(no_key=True).get(pk=worker.pk)
        if locked.former_mturk_id == stated:
            return locked
        locked.former_mturk_id = stated
        locked.save(update_fields=["former_mturk_id"])
        trail.record(
            action="claim_former_id",
            actor=trail.actor_of(locked.user),
            subject=("worker", locked.public_id),
            at=at,
        )
    return locked
