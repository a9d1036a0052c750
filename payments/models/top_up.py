"""Automatic top-up: a deposit by the saved method whenever the balance runs low."""

from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Requester


class TopUp(models.Model):
    """A requester's settings, and how the latest top-ups went. Live money only.

    What it counts as the balance is in payments.queries.low_balances.
    """

    requester = models.OneToOneField(Requester, on_delete=models.PROTECT, related_name="top_up")
    is_on = models.BooleanField(default=False)
    threshold_cents = models.BigIntegerField(help_text="Below this a top-up is made.")
    amount_cents = models.BigIntegerField(help_text="Of each top-up.")
    cap_cents = models.BigIntegerField(
        null=True, blank=True, help_text="The most in a calendar month (UTC); empty: no limit."
    )
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    last_failure = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(help_text="None is made before this.")
    changed_at = models.DateTimeField(help_text="When the settings were last changed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold_cents__gt=0, amount_cents__gt=0), name="top_up_positive"
            ),
            models.CheckConstraint(
                condition=Q(cap_cents__isnull=True) | Q(cap_cents__gte=F("amount_cents")),
                name="top_up_fits_its_cap",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="top_ups_on", condition=Q(is_on=True)),
        ]

    def __str__(self) -> str:
        return f"{self.requester.public_id}: {'on' if self.is_on else 'off'}"
