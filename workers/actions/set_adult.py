"""A worker says whether to be shown adult content."""

from datetime import datetime

from django.db import transaction

from marketplace.audit import trail
from workers.models import Worker


def set_adult(*, worker: Worker, is_adult: bool, at: datetime) -> None:
    """Keep the worker's statement to be over 18 and willing to see adult content, or the end
    of it: the value of the qualification type Worker_Adult."""
    with transaction.atomic():
        changed = Worker.objects.filter(pk=worker.pk).exclude(is_adult=is_adult)
        if changed.update(is_adult=is_adult):
            trail.record(
                action="set_adult",
                actor=trail.actor_of(worker.user),
                subject=("worker", worker.public_id),
                at=at,
                is_adult=is_adult,
            )
