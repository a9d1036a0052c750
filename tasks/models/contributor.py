"""Who has worked for whom: kept, since telling it from a million assignments takes seconds."""

from django.db import models

from marketplace.accounts.models import Requester
from workers.models import Worker


class Contributor(models.Model):
    """A worker who has submitted work to a requester, on one side; written by a trigger on
    assignments, once."""

    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_sandbox = models.BooleanField()
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="contributions", db_index=False
    )

    class Meta:
        constraints = [
            # A requester's contributors, by worker: the list, and one of them.
            models.UniqueConstraint(
                fields=["requester", "is_sandbox", "worker"], name="one_contributor_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} worked for {self.requester_id}"
