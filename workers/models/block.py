"""Blocks: a requester doesn't want a worker's work."""

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester
from workers.models.worker import Worker


class WorkerBlock(models.Model):
    """One requester's block of one worker, on one side. Lifted, it stays as “Unblocked”.

    The worker never sees the reasons.
    """

    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="worker_blocks", db_index=False
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="blocks", db_index=False
    )
    is_sandbox = models.BooleanField()
    reason = models.TextField()
    blocked_at = models.DateTimeField()
    unblocked_at = models.DateTimeField(null=True, blank=True)
    unblock_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            # Also what accepting and finding work look blocks up by.
            models.UniqueConstraint(
                fields=["worker", "requester", "is_sandbox"], name="one_block_each"
            ),
        ]
        indexes = [
            # The blocks of a requester that hold, newest first.
            models.Index(
                fields=["requester", "is_sandbox", "-id"],
                name="blocks_of_requester",
                condition=Q(unblocked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requester_id} blocks {self.worker_id}"
