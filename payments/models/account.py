"""Accounts: where money can be. Their rules are constraints and triggers of the database."""

from django.db import models
from django.db.models import Q


class AccountKind(models.TextChoices):
    """What an account is for; `holder` says whose."""

    CLEARING = "clearing", "The world outside: the bank, or Stripe"
    REQUESTER = "requester", "A requester's balance"
    ON_HOLD = "on_hold", "A new requester's first deposits, not yet free"
    IN_REFUND = "in_refund", "A requester's money on its way back"
    BATCH = "batch", "Escrow of a batch that is being published"
    ESCROW = "escrow", "Escrow of one HIT"
    WORKER = "worker", "A worker's available earnings"
    IN_PAYOUT = "in_payout", "A worker's earnings on their way out"
    FEES = "fees", "The operator's fees"
    STRIPE_FEES = "stripe_fees", "What the gateway kept for itself"
    DISPUTE_LOSS = "dispute_loss", "What a requester owes after a dispute"
    OPERATOR = "operator", "The operator's own money at the gateway"
    RESERVE = "reserve", "What the gateway holds back"


SUMMED_ON_READ = (
    AccountKind.CLEARING,
    AccountKind.FEES,
    AccountKind.STRIPE_FEES,
    AccountKind.DISPUTE_LOSS,
    AccountKind.OPERATOR,
    AccountKind.RESERVE,
)
"""Accounts that every movement touches keep no running balance: a row that nobody needs to read
in a transaction must not be one that everybody waits for. The same goes for those that may owe."""


class Account(models.Model):
    """One place for money of one currency.

    `balance_cents` is written by the transfers' trigger and by nothing else (a trigger refuses
    any other writer). It can't go below zero. It is null where the balance is summed on read.
    From a frozen account nothing is spent; payments.ledger refuses it.
    """

    kind = models.CharField(max_length=16, choices=AccountKind.choices)
    holder = models.CharField(
        max_length=40, blank=True, help_text="Public id of whose it is; empty for the platform's."
    )
    currency = models.CharField(max_length=3)
    balance_cents = models.BigIntegerField(null=True)
    is_frozen = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "holder", "currency"], name="one_account_per_holder"
            ),
            # What the transfers' composite foreign keys point at.
            models.UniqueConstraint(fields=["id", "currency"], name="account_has_one_currency"),
            models.CheckConstraint(
                condition=Q(balance_cents__isnull=True) | Q(balance_cents__gte=0),
                name="account_never_overdrawn",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=SUMMED_ON_READ, balance_cents__isnull=True)
                    | (~Q(kind__in=SUMMED_ON_READ) & Q(balance_cents__isnull=False))
                ),
                name="account_balance_kept_by_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AccountKind.values), name="account_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="accounts_frozen", condition=Q(is_frozen=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.holder} {self.currency}".replace("  ", " ")
