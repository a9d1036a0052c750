"""What a requester pays with again: its customer at the gateway, and the method saved there."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.accounts.models import Requester, User
from marketplace.errors import WrongState
from payments.states import OPEN_SETUPS, SETUP_MOVES, SetupStatus


class Payer(models.Model):
    """A requester as a gateway's customer. Its parameters are frozen when it is made."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="payers")
    gateway = models.CharField(max_length=20)
    name = models.CharField(max_length=120, help_text="The requester's, as it was then.")
    reference = models.CharField(
        max_length=120, blank=True, help_text="The gateway's name for it; empty until it has one."
    )
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "gateway"], name="one_payer_each"),
            models.UniqueConstraint(
                fields=["gateway", "reference"],
                condition=~Q(reference=""),
                name="one_requester_per_payer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requester.public_id} at {self.gateway}"

    @property
    def idempotency_key(self) -> str:
        """What the gateway knows the opening of this customer by, and files it under."""
        return f"payer_{self.public_id}"


class SavedMethod(models.Model):
    """A card or a bank account, as the gateway last described it. Its number was never here.

    A requester has one at most; one that is removed is kept for the deposits that it paid.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="methods")
    reference = models.CharField(max_length=120, help_text="The gateway's name for it.")
    kind = models.CharField(max_length=40, help_text="In the gateway's words: card, …")
    brand = models.CharField(max_length=60, blank=True, help_text="The card's, or the bank.")
    last4 = models.CharField(max_length=8, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(null=True, blank=True)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then nothing is charged to it."
    )
    disputed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was removed since its bank took a debit back."
    )
    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway was seen to have forgotten it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer"], condition=Q(removed_at__isnull=True), name="one_saved_method"
            ),
            models.UniqueConstraint(fields=["payer", "reference"], name="one_row_per_method"),
        ]
        indexes = [
            models.Index(
                fields=["removed_at"],
                name="methods_to_forget",
                condition=Q(removed_at__isnull=False, forgotten_at__isnull=True),
            ),
            models.Index(fields=["reference"], name="methods_by_reference"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """ "Visa card ending 4242", "STRIPE TEST BANK, account ending 6789"."""
        return method_words(self.kind, self.brand, self.last4)

    @property
    def expires(self) -> str:
        """ "04/29", or nothing for what doesn't expire."""
        return f"{self.exp_month:02d}/{(self.exp_year or 0) % 100:02d}" if self.exp_month else ""


def method_words(kind: str, brand: str, last4: str) -> str:
    """A payment method as people know it."""
    parts = {"brand": brand.replace("_", " "), "last4": last4}
    if kind == "card":
        parts["brand"] = parts["brand"].title()
        return _("%(brand)s card ending %(last4)s") % parts
    if brand and last4:
        return _("%(brand)s, account ending %(last4)s") % parts
    if last4:
        return _("Bank account ending %(last4)s") % parts
    return kind.replace("_", " ").capitalize()


class MethodSetup(models.Model):
    """One intent to save a method: a page of the gateway's, and what came of it."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="setups")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(
        max_length=8, choices=SetupStatus.choices, default=SetupStatus.CREATED
    )
    gateway_reference = models.CharField(max_length=120, blank=True, db_index=True)
    page_url = models.TextField(blank=True, help_text="Where the method is told to the gateway.")
    ask_at = models.DateTimeField(
        null=True, blank=True, help_text="The gateway is not asked before this by itself."
    )
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer"], condition=Q(status__in=OPEN_SETUPS), name="one_open_setup"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_SETUPS, finished_at__isnull=True)
                | (~Q(status__in=OPEN_SETUPS) & Q(finished_at__isnull=False)),
                name="setup_finished_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"setup {self.public_id} {self.status}"

    @property
    def idempotency_key(self) -> str:
        """What the gateway knows this page by."""
        return f"setup_{self.public_id}"

    def move_to(self, status: SetupStatus) -> None:
        """Change the status, or raise WrongState where the table of moves has no such move."""
        if status not in SETUP_MOVES[self.status]:
            raise WrongState(f"This is {self.status}; it can't become {status.value}.")
        self.status = status
