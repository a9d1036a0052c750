"""The inbox: what a gateway told us happened, kept before anything is done about it."""

from django.db import models
from django.db.models import Q


class GatewayEvent(models.Model):
    """One event, by the gateway's own id: a second copy finds the first.

    Only names are kept, never the payload: what an event is about is fetched anew when it is
    processed, since events come late and in any order.
    """

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    account = models.CharField(max_length=120, blank=True, help_text="The payee's, or empty.")
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    was_polled = models.BooleanField(default=False, help_text="Found by asking, not delivered.")
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    processed_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "event_id"], name="one_row_per_gateway_event"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="gateway_events_due",
                condition=Q(processed_at__isnull=True),
            ),
            models.Index(fields=["gateway", "-happened_at"], name="gateway_events_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class GatewayPoll(models.Model):
    """Up to when a gateway was asked for events that were not delivered."""

    gateway = models.CharField(max_length=20, unique=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.gateway} up to {self.asked_at:%Y-%m-%d %H:%M}"
