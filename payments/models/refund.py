"""Refunds: a requester's unused money on its way back to where it came from."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import User
from marketplace.errors import WrongState
from payments.models.deposit import Deposit
from payments.states import OPEN_REFUNDS, REFUND_MOVES, OutStatus


class Refund(models.Model):
    """All of a deposit, or a part of it. Its parameters are frozen when it is made: those of its
    deposit, which never change, and the amount."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="refunds")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    amount_cents = models.BigIntegerField()
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
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_REFUNDS, finished_at__isnull=True)
                | (~Q(status__in=OPEN_REFUNDS) & Q(finished_at__isnull=False)),
                name="refund_finished_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="refunds_due", condition=Q(status__in=OPEN_REFUNDS)
            )
        ]

    def __str__(self) -> str:
        return f"refund {self.public_id} {self.status}"

    @property
    def name(self) -> str:
        """What the gateway files the refund under, and the first key."""
        return f"refund_{self.public_id}"

    @property
    def idempotency_key(self) -> str:
        """What the gateway knows this attempt by, and every repetition of it."""
        return self.name + (f"_{self.key_number}" if self.key_number > 1 else "")

    def move_to(self, status: OutStatus) -> None:
        """Change the status, or raise WrongState where the table of moves has no such move."""
        if status not in REFUND_MOVES[self.status]:
            raise WrongState(f"This refund is {self.status}; it can't become {status.value}.")
        self.status = status
