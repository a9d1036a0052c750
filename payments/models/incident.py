"""Money incidents: something that staff must look at before more money leaves."""

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import User


class Incident(models.Model):
    """One difference: one row per kind, subject and currency, opened again if it comes back.

    It is open until somebody closes it with a reason. It holds payouts of its currency back (of
    all, where it has none) while its difference stands: once that is gone (`gone_at`) it doesn't,
    but what made it come and go has still to be looked at.
    """

    class Kind(models.TextChoices):
        """What is wrong."""

        MISSING_HERE = "missing_here", "The gateway booked it, the ledger did not"
        MISSING_THERE = "missing_there", "The ledger booked it, the gateway did not"
        AMOUNT = "amount", "Two different amounts"
        UNKNOWN = "unknown", "A line in the gateway’s books that is none of ours"
        BALANCE = "balance", "The gateway’s own lines don’t add up to its balance"
        BOOKS = "books", "The ledger’s audit found a difference"
        UNREAD = "unread", "The gateway’s books could not be read for days"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject = models.CharField(max_length=120, blank=True, help_text="What it is about.")
    currency = models.CharField(max_length=3, blank=True)
    amount_cents = models.BigIntegerField(
        default=0, help_text="What the gateway's books have more than the ledger."
    )
    evidence = models.JSONField(default=dict, blank=True)
    began_at = models.DateTimeField(help_text="Since when it is so.")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it was last found.")
    times = models.PositiveIntegerField(default=1, help_text="How often it was opened.")
    gone_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=1000, blank=True, help_text="Why it was closed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "currency"], name="one_incident_per_difference"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(reason=""), name="incident_closed_has_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["currency"],
                name="incidents_in_the_way",
                condition=Q(gone_at=None, closed_at=None),
            ),
            models.Index(fields=["-id"], name="incidents_open", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"incident {self.pk}: {self.get_kind_display()}"

    @property
    def stands(self) -> bool:
        """The difference is there, as far as is known."""
        return self.gone_at is None and self.closed_at is None
