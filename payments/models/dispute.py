"""Disputes: a payer's bank takes a deposit back."""

from django.db import models
from django.db.models import Q

from payments.models.deposit import Deposit

LOST = "lost"
INQUIRY = "warning_"
"""How the gateway's word begins for a bank that asks, and has taken nothing yet."""


class Dispute(models.Model):
    """One dispute, as the gateway last had it. While it is open the requester's balance is frozen,
    but for an inquiry, by which a bank only asks.

    What it moved is in the ledger, one booking of the gateway's at a time.
    """

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=120)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="disputes")
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=60, blank=True, help_text="In the gateway's words.")
    status = models.CharField(max_length=40, help_text="In the gateway's words.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="one_row_per_dispute")
        ]
        indexes = [
            models.Index(
                fields=["deposit"], name="disputes_open", condition=Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.reference} {self.status}"

    @property
    def is_inquiry(self) -> bool:
        """The payer's bank asks, and has taken nothing."""
        return self.status.startswith(INQUIRY)
