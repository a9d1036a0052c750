"""Payouts: a worker's money on its way out, sent exactly once."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.errors import WrongState
from payments.models.payout_batch import PayoutBatch
from payments.states import OPEN_PAYOUTS, PAYOUT_MOVES, OutStatus


class Payout(models.Model):
    """One transfer to a worker. Its parameters are frozen when it is made.

    `idempotency_key` is derived from `public_id`, and `transfer_group` is what an attempt is looked
    up by once the gateway may have forgotten the key.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    batch = models.ForeignKey(
        PayoutBatch,
        null=True,
        on_delete=models.PROTECT,
        related_name="payouts",
        db_index=False,
        help_text="None: made before there were batches.",
    )
    worker = models.CharField(max_length=40, help_text="The worker's public id.")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    destination = models.CharField(max_length=120, help_text="The gateway's name for the payee.")
    gateway = models.CharField(max_length=20)
    status = models.CharField(max_length=8, choices=OutStatus.choices, default=OutStatus.HELD)
    key_number = models.PositiveIntegerField(
        default=1, help_text="Counts the keys: a gateway repeats its refusal under the same one."
    )
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(help_text="Not to be tried before this.")
    gateway_reference = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payout_positive"),
            models.UniqueConstraint(fields=["batch", "worker"], name="one_payout_in_a_batch"),
            models.UniqueConstraint(
                fields=["worker", "currency"],
                condition=Q(status__in=OPEN_PAYOUTS),
                name="one_open_payout_per_worker",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_PAYOUTS, finished_at__isnull=True)
                | (~Q(status__in=OPEN_PAYOUTS) & Q(finished_at__isnull=False)),
                name="payout_finished_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="payouts_due", condition=Q(status__in=OPEN_PAYOUTS)
            ),
            models.Index(fields=["worker", "-id"], name="payouts_of_worker"),
            models.Index(fields=["batch", "status"], name="payouts_of_batch"),
            models.Index(fields=["gateway_reference"], name="payouts_by_reference"),
        ]

    def __str__(self) -> str:
        return f"payout {self.public_id} {self.status}"

    @property
    def idempotency_key(self) -> str:
        """What the gateway knows this attempt by, and every repetition of it."""
        number = f"_{self.key_number}" if self.key_number > 1 else ""
        return f"payout_{self.public_id}{number}"

    @property
    def transfer_group(self) -> str:
        """What the gateway files the transfer under."""
        return f"payout_{self.public_id}"

    def move_to(self, status: OutStatus) -> None:
        """Change the status, or raise WrongState where the table of moves has no such move."""
        if status not in PAYOUT_MOVES[self.status]:
            raise WrongState(f"This payout is {self.status}; it can't become {status.value}.")
        self.status = status


class PayoutSettings(models.Model):
    """How a worker wants to be paid out."""

    class Schedule(models.TextChoices):
        """When earnings go out by themselves."""

        ON_REQUEST = "request", "When I ask for it"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every Monday"

    worker = models.CharField(max_length=40, unique=True)
    schedule = models.CharField(max_length=8, choices=Schedule.choices, default=Schedule.ON_REQUEST)
    minimum_cents = models.BigIntegerField(default=100)

    class Meta:
        verbose_name_plural = "payout settings"

    def __str__(self) -> str:
        return f"{self.worker}: {self.schedule}"
