"""Tables that belong to the installation itself: promises to the outside, and heartbeats."""

from django.db import models


class OutboxMessage(models.Model):
    """One promised effect on the outside world. See marketplace.outbox."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True, help_text="The fact it is promised for.")
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not to be tried before this.")
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=models.Q(sent_at=None, gave_up_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Heartbeat(models.Model):
    """When a process last did a real piece of work: liveness, where a pid would lie."""

    name = models.CharField(max_length=40, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
