"""Transfers: every movement of money is one row, so an unbalanced one can't be written."""

from django.db import models
from django.db.models import F, Q

from payments.models.account import Account


class Reason(models.TextChoices):
    """Why money moved. With `reference` it says it all; payments knows no tasks."""

    DEPOSIT = "deposit", "Deposit"
    DEPOSIT_FREED = "deposit_freed", "Deposit, its hold ended"
    GATEWAY_FEE = "gateway_fee", "Fee of the payment service"
    REFUND = "refund", "Refund to where it came from"
    REFUND_SENT = "refund_sent", "Refund sent"
    REFUND_RETURNED = "refund_returned", "Refund failed, returned"
    DISPUTE = "dispute", "Taken back by the payer's bank"
    DISPUTE_RETURNED = "dispute_returned", "Given back after a dispute"
    LOSS_REPAID = "loss_repaid", "Owed after a dispute"
    PLAY_GRANT = "play_grant", "Sandbox play money"
    BATCH_HOLD = "batch_hold", "Held for a batch"
    BATCH_RELEASE = "batch_release", "Batch not published, returned"
    HOLD = "hold", "Held in escrow"
    RELEASE = "release", "Unused escrow returned"
    REWARD = "reward", "Reward"
    FEE = "fee", "Fee"
    REHOLD = "rehold", "Held again, to undo a rejection"
    BONUS = "bonus", "Bonus"
    BONUS_FEE = "bonus_fee", "Fee on a bonus"
    PAYOUT = "payout", "Payout"
    PAYOUT_SENT = "payout_sent", "Payout sent"
    PAYOUT_RETURNED = "payout_returned", "Payout failed, returned"
    OPERATOR = "operator", "The operator put in or took out"
    GATEWAY_COST = "gateway_cost", "Cost of the payment service"
    RESERVE = "reserve", "Held back by the payment service, or given free"
    DIFFERENCE = "difference", "A difference, borne by the operator"


class Transfer(models.Model):
    """Money that went from one account (`debit`) to another (`credit`), in one currency.

    `key` names the fact behind it (reward:<assignment>, hold:<hit>:<n>) and is unique forever:
    the same fact can't move money twice. Rows are never changed or deleted (triggers). The
    foreign keys are composite, on account and currency together, and made by the migration.
    """

    key = models.CharField(max_length=120, unique=True)
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="debits", db_constraint=False
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credits", db_constraint=False
    )
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    reference = models.CharField(max_length=64, help_text="Public id of what it was for.")
    note = models.CharField(max_length=200, blank=True, help_text="For the statement's reader.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, amount_cents__lte=10**12),
                name="transfer_amount_positive",
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="transfer_between_two_accounts"
            ),
        ]
        indexes = [models.Index(fields=["reference"], name="transfers_by_reference")]

    def __str__(self) -> str:
        return f"{self.key} {self.amount_cents} {self.currency}"
