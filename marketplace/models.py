"""Tables that belong to the installation itself: promises to the outside, requests that may be
repeated, and heartbeats."""

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
            models.Index(
                fields=["sent_at"],
                name="outbox_sent",
                condition=models.Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ClaimedRequest(models.Model):
    """One request that is carried out once, however often it comes. See marketplace.idempotency."""

    scope = models.CharField(max_length=120, help_text="Whose token it is, and for what.")
    token = models.CharField(max_length=255)
    result = models.TextField(blank=True, help_text="What a repeat is told.")
    expires_at = models.DateTimeField(db_index=True, help_text="Another request's from then on.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "token"], name="one_claim_per_token"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.token}"


class Heartbeat(models.Model):
    """When a process last did a real piece of work: liveness, where a pid would lie."""

    name = models.CharField(max_length=40, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
