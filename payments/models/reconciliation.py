"""Reconciliation: how far a gateway's books are read, and each comparison with the ledger."""

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import User


class BooksReading(models.Model):
    """How far the books of one gateway are read, page by page, newest first.

    `read_up_to` is the cursor: what is older is kept here. While `page_after` names a line, a
    reading that began at `began_at` and goes back to `since` is under way, and goes on there.
    """

    gateway = models.CharField(max_length=20, unique=True)
    read_up_to = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    page_after = models.CharField(max_length=120, blank=True)
    funds = models.JSONField(
        default=dict,
        blank=True,
        help_text="By currency, in cents: available, pending, and apart: what its own lines lack.",
    )
    funds_at = models.DateTimeField(null=True, blank=True)
    apart_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when its lines don't add up to its balance."
    )

    def __str__(self) -> str:
        return f"the books of {self.gateway}"


class Reconciliation(models.Model):
    """One comparison of the gateways' books with the ledger."""

    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=0, help_text="New lines of the gateways' books.")
    differences = models.PositiveIntegerField(default=0)
    in_flight = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(began_at=None), name="one_reconciliation_asked_for"
            ),
        ]

    def __str__(self) -> str:
        return f"reconciliation {self.pk} of {self.asked_at:%Y-%m-%d %H:%M}"
