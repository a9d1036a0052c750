"""Tallies: changes to counts, appended where a running count would be a hot row."""

from django.db import models


class Tally(models.Model):
    """What one statement changed in one group and batch; written by a trigger on HITs.

    fold_tallies adds them to the group's and the batch's counters and removes them.
    """

    hit_type_id = models.BigIntegerField()
    batch_id = models.BigIntegerField(null=True)
    hits = models.BigIntegerField()
    hits_available = models.BigIntegerField()
    open_slots = models.BigIntegerField()
    accepted_count = models.BigIntegerField()
    submitted_count = models.BigIntegerField()
    approved_count = models.BigIntegerField()
    rejected_count = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally {self.pk}"
