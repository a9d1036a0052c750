"""Payees: where a worker's money goes, as the gateway knows it."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

CHANGE_HOLD = timedelta(hours=48)
"""How long payouts wait after their destination changed: time to notice a stolen account."""


GONE = "gone"
"""Our own word beside the gateway's reasons: it doesn't show the account any more."""


class Payee(models.Model):
    """A worker's account with a gateway. Everything but its names is what the gateway last said;
    nothing is taken from the page that a worker returns to.

    `fingerprint` is the gateway's name for the bank account behind it: two workers with one bank
    account are one person, and the second is not paid out.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    holder = models.CharField(max_length=40, help_text="The worker's public id.")
    gateway = models.CharField(max_length=20)
    reference = models.CharField(
        max_length=120, blank=True, help_text="The gateway's name for it; empty until it has one."
    )
    account_number = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Counts the accounts: the one before is gone."
    )
    country = models.CharField(max_length=2)
    is_submitted = models.BooleanField(default=False, help_text="The first form was filled in.")
    is_ready = models.BooleanField(default=False, help_text="The gateway takes transfers to it.")
    asked_for = models.JSONField(
        default=list, blank=True, help_text="What the gateway still wants to know, in its words."
    )
    disabled_reason = models.CharField(max_length=120, blank=True)
    bank_hint = models.CharField(max_length=20, blank=True, help_text="The last digits.")
    fingerprint = models.CharField(max_length=120, blank=True)
    is_duplicate = models.BooleanField(
        default=False, help_text="Another worker's bank account is behind it."
    )
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the destination last changed after the first time."
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway was asked for what stands here."
    )
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When to ask it again, should no event come."
    )
    return_path = models.CharField(max_length=200, help_text="Where the worker comes back to.")
    link_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="The worker waits for a way to the gateway's pages."
    )
    link_url = models.TextField(blank=True)
    link_expires_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "gateway"], name="one_payee_per_worker"),
            models.UniqueConstraint(
                fields=["gateway", "reference"],
                condition=~Q(reference=""),
                name="one_worker_per_payee",
            ),
            models.UniqueConstraint(
                fields=["gateway", "fingerprint"],
                condition=Q(is_duplicate=False) & ~Q(fingerprint=""),
                name="one_payout_identity_per_worker",
            ),
        ]
        indexes = [
            models.Index(
                fields=["link_asked_at"],
                name="payees_waiting_for_link",
                condition=Q(link_asked_at__isnull=False),
            ),
            models.Index(fields=["check_at"], name="payees_to_check"),
        ]

    def __str__(self) -> str:
        return f"{self.holder} at {self.gateway}"

    @property
    def opening_key(self) -> str:
        """What the gateway knows the opening of the account by. Another country is another
        operation, and so is an account in the place of one that is gone."""
        number = f"_{self.account_number}" if self.account_number > 1 else ""
        return f"payee_{self.public_id}_{self.country}{number}"

    def held_until(self) -> datetime | None:
        """Payouts leave no sooner than this, where the destination was changed."""
        return self.changed_at + CHANGE_HOLD if self.changed_at else None
