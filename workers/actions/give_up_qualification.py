"""A worker gives up a qualification of their own."""

from datetime import datetime

from django.db import transaction

from marketplace.audit import trail
from workers.actions.grant_qualification import lock_worker, write_revocation
from workers.models import Qualification, QualificationType, Worker
from workers.queries import granted_qualification_of

GIVEN_UP = "The worker gave it up."


def give_up_qualification(
    *, worker: Worker, kind: QualificationType, at: datetime
) -> Qualification:
    """The worker holds it no longer. Raises NotFound or WrongState where it isn't held."""
    with transaction.atomic():
        lock_worker(worker)
        held = granted_qualification_of(kind, worker)
        write_revocation(held, reason=GIVEN_UP, at=at)
        trail.record(
            action="give_up_qualification",
            actor=trail.actor_of(worker.user),
            subject=("worker", worker.public_id),
            at=at,
            type=kind.public_id,
            before=held.value,
        )
    return held
