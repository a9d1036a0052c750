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

    def __str__(self) -> str:
        return self.idempotency_key


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
