"""Extensions: a batch gets more time, or more assignments per HIT, HIT by HIT."""

from django.db import models
from django.db.models import Q

from tasks.models.batch import Batch


class BatchExtension(models.Model):
    """One extension, carried out by a job in chunks; `cursor` is the last HIT it did."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="extensions")
    extra_assignments = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    cursor = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch"],
                condition=Q(finished_at=None),
                name="one_open_extension_per_batch",
            )
        ]

    def __str__(self) -> str:
        return f"extension {self.pk} of batch {self.batch_id}"
