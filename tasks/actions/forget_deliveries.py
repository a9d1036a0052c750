"""The log of notifications is kept for a while, and not for ever."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from marketplace.models import OutboxMessage
from tasks.actions.notify import KIND
from tasks.models import Delivery

KEPT_FOR = timedelta(days=30)


def forget_deliveries(*, at: datetime, limit: int = 1000, skip: int = 0) -> int:
    """Delete a round of documents that ended and were made more than 30 days ago, oldest first,
    with the promises that carried them; how many."""
    ended = Q(delivered_at__isnull=False) | Q(gave_up_at__isnull=False)
    with transaction.atomic():
        oldest = (
            Delivery.objects.select_for_update(no_key=False, skip_locked=True)
            .filter(ended, created_at__lt=at - KEPT_FOR)
            .order_by("pk")[skip : skip + limit]
        )
        gone = [delivery.pk for delivery in oldest]
        if gone:
            OutboxMessage.objects.filter(kind=KIND, payload__delivery__in=gone).delete()
            Delivery.objects.filter(pk__in=gone).delete()
    return len(gone)
