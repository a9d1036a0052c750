"""Deposits: a requester's money on its way in."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester, User
from marketplace.errors import WrongState
from payments.states import DEPOSIT_MOVES, DepositStatus


class Deposit(models.Model):
    """One intent to add money. Credited to the ledger on settlement only."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="deposits")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=8, choices=DepositStatus.choices, default=DepositStatus.CREATED
    )
    gateway = models.CharField(max_length=20)
    gateway_reference = models.CharField(max_length=120, blank=True)
    charge_reference = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        db_index=True,
        help_text="The gateway's name for the payment.",
    )
    fee_cents = models.BigIntegerField(
        null=True, blank=True, help_text="What the gateway kept of it; empty until it tells."
    )
    pay_url = models.TextField(blank=True, help_text="Where the payer pays, while it is open.")
    ask_at = models.DateTimeField(
        null=True, blank=True, help_text="The gateway is not asked before this by itself."
    )
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="One of a new requester's first: not to be spent before."
    )
    freed_at = models.DateTimeField(null=True, blank=True, help_text="When its hold ended.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="deposit_positive"),
            models.CheckConstraint(
                condition=Q(status=DepositStatus.SETTLED, settled_at__isnull=False)
                | (~Q(status=DepositStatus.SETTLED) & Q(settled_at__isnull=True)),
                name="deposit_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="deposits_open",
                condition=Q(status__in=[DepositStatus.CREATED, DepositStatus.PENDING]),
            ),
            models.Index(
                fields=["held_until"],
                name="deposits_on_hold",
                condition=Q(held_until__isnull=False, freed_at__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="deposits_without_fee",
                condition=Q(status=DepositStatus.SETTLED, fee_cents__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"deposit {self.public_id} {self.status}"

    @property
    def is_asked_about(self) -> bool:
        """Something about it is still open: whether it settles, or what the gateway kept of it."""
        if self.status == DepositStatus.SETTLED:
            return self.gateway != "play" and self.fee_cents is None
        return self.status != DepositStatus.FAILED

    @property
    def is_on_hold(self) -> bool:
        """Settled, and not to be spent yet."""
        return self.held_until is not None and self.freed_at is None

    def move_to(self, status: DepositStatus) -> None:
        """Change the status, or raise WrongState where the table of moves has no such move."""
        if status not in DEPOSIT_MOVES[self.status]:
            raise WrongState(f"This deposit is {self.status}; it can't become {status.value}.")
        self.status = status
