"""Deposits: a requester's money on its way in."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester, User
from marketplace.errors import WrongState
from payments.models.saved_method import SavedMethod
from payments.states import DEPOSIT_MOVES, OPEN_DEPOSITS, DepositStatus


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
    failed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="One of a new requester's first: not to be spent before."
    )
    freed_at = models.DateTimeField(null=True, blank=True, help_text="When its hold ended.")
    method = models.ForeignKey(
        SavedMethod,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deposits",
        help_text="Charged without the payer; empty: paid on the gateway's page.",
    )
    needs_payer = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The method's bank wants to ask its owner, which takes a page of the gateway's.",
    )
    is_top_up = models.BooleanField(
        default=False, db_default=False, help_text="Made by itself, since the balance ran low."
    )
    saves_method = models.BooleanField(
        default=False, db_default=False, help_text="What pays it is kept for the next ones."
    )
    attempts = models.PositiveIntegerField(
        default=0, db_default=0, help_text="To charge the saved method."
    )
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    paid_with = models.CharField(
        max_length=120, blank=True, db_default="", help_text="For the receipt, from settlement on."
    )
    paid_by = models.TextField(
        blank=True, db_default="", help_text="The same: a name, then lines of address."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="deposit_positive"),
            models.CheckConstraint(
                condition=Q(status=DepositStatus.SETTLED, settled_at__isnull=False)
                | (~Q(status=DepositStatus.SETTLED) & Q(settled_at__isnull=True)),
                name="deposit_settled_has_time",
            ),
            models.UniqueConstraint(
                fields=["requester"],
                condition=Q(is_top_up=True, status__in=OPEN_DEPOSITS),
                name="one_open_top_up",
            ),
        ]
        indexes = [
            models.Index(fields=["gateway_reference"], name="deposits_by_reference"),
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
    def may_be_paid_late(self) -> bool:
        """It failed, and the gateway has a name to ask it by: where an event or the gateway's books
        tell that it was paid all the same, the money counts."""
        return self.status == DepositStatus.FAILED and self.gateway_reference != ""

    @property
    def name(self) -> str:
        """What the gateway files the payment under, and the first key."""
        return f"deposit_{self.public_id}"

    @property
    def idempotency_key(self) -> str:
        """What the gateway knows this attempt by, and every repetition of it. The page on which
        the payer confirms a charge is another call than the charge."""
        return self.name + ("_page" if self.needs_payer else "")

    @property
    def is_to_be_charged(self) -> bool:
        """The next step is to charge the saved method."""
        is_new = self.status == DepositStatus.CREATED
        return is_new and self.method_id is not None and not self.needs_payer

    @property
    def is_on_hold(self) -> bool:
        """Settled, and not to be spent yet."""
        return self.held_until is not None and self.freed_at is None

    def move_to(self, status: DepositStatus) -> None:
        """Change the status, or raise WrongState where the table of moves has no such move."""
        if status not in DEPOSIT_MOVES[self.status]:
            raise WrongState(f"This deposit is {self.status}; it can't become {status.value}.")
        self.status = status
