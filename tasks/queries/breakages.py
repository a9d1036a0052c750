"""What workers' browsers said of tasks that broke, for the requester who can mend them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet

from marketplace.accounts.models import Requester
from tasks.models import Batch, Breakage

SHOWN = 5
LATELY = timedelta(days=7)


def breakages_in(batch: Batch) -> list[Mapping[str, Any]]:
    """What broke in a batch, most often first: kind, detail, times, and a HIT to look at.

    Batches of one project share a group, so the group's index leads and the batch chooses.
    """
    if batch.hit_type_id is None:
        return []
    mine = Breakage.objects.filter(hit_type=batch.hit_type_id, assignment__hit__batch=batch)
    rows = mine.values("kind", "detail").annotate(
        times=Count("pk"), hit_id=Min("assignment__hit__public_id")
    )
    return list(rows.order_by("-times", "detail")[:SHOWN])


def broken_groups(
    requester: Requester, *, is_sandbox: bool, at: datetime
) -> QuerySet[Breakage, Mapping[str, Any]]:
    """The requester's groups in which something broke in the last seven days: also those that
    came over an API and have no batch."""
    mine = Breakage.objects.filter(
        hit_type__requester=requester, hit_type__is_sandbox=is_sandbox, seen_at__gt=at - LATELY
    )
    rows = mine.values(title=F("hit_type__title")).annotate(
        times=Count("pk"),
        detail=Min("detail"),
        group_id=F("hit_type__public_id"),
        batch_id=Max("assignment__hit__batch_id"),
    )
    return rows.order_by("-times")[:SHOWN]
