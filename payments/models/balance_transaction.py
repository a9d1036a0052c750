"""Balance transactions: a gateway's own books, line by line, as it showed them to us."""

from django.db import models


class BalanceTransaction(models.Model):
    """One line of a gateway's books, by its own id: a second reading finds the first.

    `net_cents` is what the gateway's balance changed by: amount less fee, negative for money out.
    `fact` is what both sides know it by: payments.reconciliation finds the same in the ledger.
    """

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    kind = models.CharField(max_length=60, help_text="In the gateway's words.")
    category = models.CharField(max_length=60, blank=True, help_text="In the gateway's words.")
    amount_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    net_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(help_text="By the gateway's clock.")
    available_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True, help_text="The gateway's object.")
    about = models.CharField(
        max_length=12, blank=True, help_text="What it is here; empty where nobody knows."
    )
    fact = models.CharField(max_length=120)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="one_row_per_balance_transaction"
            )
        ]
        indexes = [
            models.Index(fields=["fact"], name="balance_transactions_by_fact"),
            models.Index(fields=["source"], name="balance_transactions_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
