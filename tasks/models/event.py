"""What happened to work that somebody waits for: a queue that database triggers fill."""

from django.db import models


class EventKind(models.TextChoices):
    """Mechanical Turk's event types."""

    ACCEPTED = "AssignmentAccepted", "Assignment accepted"
    ABANDONED = "AssignmentAbandoned", "Assignment abandoned"
    RETURNED = "AssignmentReturned", "Assignment returned"
    SUBMITTED = "AssignmentSubmitted", "Assignment submitted"
    REJECTED = "AssignmentRejected", "Assignment rejected"
    APPROVED = "AssignmentApproved", "Assignment approved"
    CREATED = "HITCreated", "HIT created"
    EXTENDED = "HITExtended", "HIT extended"
    DISPOSED = "HITDisposed", "HIT disposed of"
    REVIEWABLE = "HITReviewable", "HIT reviewable"
    EXPIRED = "HITExpired", "HIT expired"
    PING = "Ping", "Ping: a test"


class Event(models.Model):
    """One thing that happened, for one who waits for it.

    Triggers on HITs and assignments write it in the statement that makes it so, and only where
    there is an active subscription to it or a review policy to run: no path can forget it, and
    work that nobody listens to costs a look-up. Jobs take rows away.
    """

    class Audience(models.TextChoices):
        """Who takes the row away."""

        SUBSCRIPTION = "subscription", "The HIT type's subscription"
        POLICY = "policy", "The HIT's review policies"

    audience = models.CharField(max_length=12, choices=Audience.choices)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    hit_type_id = models.BigIntegerField()
    hit_id = models.BigIntegerField()
    assignment_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # Each job takes the oldest of its own.
            models.Index(fields=["audience", "id"], name="events_in_order"),
            # A HIT's policy waits for those of its assignments.
            models.Index(
                fields=["hit_id"],
                name="policy_events_of_hit",
                condition=models.Q(audience="policy"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of HIT {self.hit_id}"
