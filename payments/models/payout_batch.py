"""Payout batches: a day's payouts of one kind, that staff can follow, pause and resume."""

from django.db import models
from django.db.models import Q


class PayoutBatch(models.Model):
    """What goes out together: the day's requests, a day's or a week's schedule. A worker has one
    payout in it: what is asked for again on the same day goes with the day's next batch.

    A scheduled batch is prepared worker by worker; `reached` is the row of PayoutSettings that it
    has come to, so that a process that dies is taken up where it was. While it is paused nothing
    of it is prepared or sent; what is with the gateway already ends as it would have.
    """

    class Kind(models.TextChoices):
        """What it is made of."""

        REQUEST = "request", "Asked for by workers"
        DAILY = "daily", "Daily schedule"
        WEEKLY = "weekly", "Weekly schedule"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    on = models.DateField(help_text="The day (UTC); of a week, its Monday.")
    currency = models.CharField(max_length=3)
    number = models.PositiveSmallIntegerField(default=1, db_default=1)
    reached = models.BigIntegerField(default=0)
    prepared_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        verbose_name_plural = "payout batches"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "on", "currency", "number"], name="one_batch_of_each_number"
            )
        ]
        indexes = [
            models.Index(
                fields=["on"], name="batches_to_prepare", condition=Q(prepared_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        number = f", no. {self.number}" if self.number > 1 else ""
        return f"{self.get_kind_display()}, {self.on}{number} ({self.currency})"
