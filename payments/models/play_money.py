"""The play-money gateway's own books: it stands for a server elsewhere.

Nothing but payments.gateway.play_money reads or writes these, and it commits by itself, so
that a crash between the two sides can happen as it would with a real one.
"""

from django.db import models


class PlayCharge(models.Model):
    """Play money that came in."""

    idempotency_key = models.CharField(max_length=80, unique=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    settles_at = models.DateTimeField()
    customer = models.CharField(max_length=120, blank=True, db_default="")
    method = models.CharField(max_length=120, blank=True, db_default="")
    failure = models.CharField(max_length=120, blank=True, db_default="")
    waits_for_payer = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return self.idempotency_key


class PlayMethod(models.Model):
    """A pretend card or bank account, and what it does when it is charged."""

    class Behaviour(models.TextChoices):
        """As the gateway's test cards are told apart."""

        PAYS = "pays", "Pays"
        DECLINES = "declines", "Is declined"
        ASKS = "asks", "Wants to be confirmed each time"

    customer = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=40)
    brand = models.CharField(max_length=60)
    last4 = models.CharField(max_length=4)
    behaviour = models.CharField(max_length=8, choices=Behaviour.choices)
    is_attached = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"play_method_{self.pk}"


class PlaySetup(models.Model):
    """A pretend page on which a method is saved."""

    idempotency_key = models.CharField(max_length=80, unique=True)
    customer = models.CharField(max_length=120)
    method = models.ForeignKey(PlayMethod, null=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return f"play_setup_{self.pk}"


class PlayPayout(models.Model):
    """Play money that went out."""

    idempotency_key = models.CharField(max_length=80, unique=True)
    transfer_group = models.CharField(max_length=80, db_index=True)
    destination = models.CharField(max_length=120)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.idempotency_key
