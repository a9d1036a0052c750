"""Locks on work, always in this order: batches, assignments, HITs, workers, accounts, groups;
each by id.

A worker's own accepting is serialised by an advisory lock, so that the limit of the queue and
“one assignment per worker and HIT” hold on two connections at once without a retry.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from tasks.models import HIT, Assignment

_ACCEPTING = 7 << 48  # the key space of this lock; the worker's id is added


def accepting_key(worker_id: int) -> int:
    """The advisory lock's key for one worker's accepting."""
    return _ACCEPTING + worker_id


def lock_assignments(
    chosen: QuerySet[Assignment], *, skip_locked: bool = False
) -> list[Assignment]:
    """Lock assignments by id until the transaction ends, with their HITs unlocked."""
    return list(
        chosen.select_for_update(no_key=True, of=("self",), skip_locked=skip_locked).order_by("pk")
    )


def lock_hits(ids: Iterable[int]) -> dict[int, HIT]:
    """Lock HITs by id until the transaction ends; {id: HIT}, with their type."""
    hits = (
        HIT.objects.filter(pk__in=set(ids))
        .select_related("hit_type__requester")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    return {hit.pk: hit for hit in hits}
