"""Invoices: a month's fees and what happened to a requester's money, frozen once issued."""

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester


class Billing(models.Model):
    """Whom a requester's invoices are made out to, from the next one on."""

    requester = models.OneToOneField(Requester, on_delete=models.PROTECT, related_name="billing")
    name = models.CharField(max_length=120, blank=True)
    address = models.TextField(blank=True, max_length=500)
    tax_id = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "billing details"

    def __str__(self) -> str:
        return self.name


class Invoice(models.Model):
    """One requester's month (UTC). Rows are never changed or deleted (a trigger).

    `lines` are what crossed the border between the requester's money and everybody else's:
    [{"reason", "count", "cents"}], cents below zero for money out. Opening and closing are all of
    its money here: balance, on hold, on its way back, in escrow. `parts` says where the closing
    was, {account kind: cents}.
    """

    number = models.PositiveIntegerField(unique=True, help_text="Without gaps, from 1.")
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="invoices")
    currency = models.CharField(max_length=3)
    month = models.DateField(help_text="Its first day.")
    seller = models.TextField(help_text="The operator: a name, then lines of address.")
    buyer = models.TextField(help_text="The requester: the same.")
    opening_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    fees_cents = models.BigIntegerField(help_text="What the operator earned.")
    lines = models.JSONField()
    parts = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "currency", "month"], name="one_invoice_a_month"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="invoice_number_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return f"INV-{self.number:06d}"


class InvoiceRun(models.Model):
    """The issuing of one month's invoices. `reached` is the requester that it has come to, so that
    a process that dies is taken up where it was."""

    month = models.DateField(unique=True)
    reached = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
