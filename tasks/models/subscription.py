"""Notifications: who is told of a HIT type's events, where, and how that went."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.accounts.models import Requester
from tasks.models.event import EventKind
from tasks.models.hit_type import HITType
from tasks.models.topic import Topic


class Transport(models.TextChoices):
    """How a notification travels."""

    SQS = "SQS", "Amazon SQS queue"
    SNS = "SNS", "Amazon SNS topic"
    HTTPS = "HTTPS", "https address"


class Subscription(models.Model):
    """A HIT type's notification settings: one a type, a new one replaces the old."""

    hit_type = models.OneToOneField(HITType, on_delete=models.PROTECT, related_name="subscription")
    transport = models.CharField(max_length=5, choices=Transport.choices)
    destination = models.CharField(max_length=2048, help_text="Queue URL, topic ARN or address.")
    topic = models.ForeignKey(
        Topic, null=True, on_delete=models.SET_NULL, help_text="Whose address it is, if one's."
    )
    version = models.CharField(max_length=20, help_text="As given: 2014-08-15, 2006-05-05.")
    event_types = ArrayField(models.CharField(max_length=20, choices=EventKind.choices))
    is_active = models.BooleanField(default=True)
    secret_encrypted = models.TextField(help_text="Signs what goes to an https address.")
    failures_in_a_row = models.PositiveIntegerField(default=0)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at=None) | Q(is_active=False),
                name="subscription_disabled_is_inactive",
            )
        ]

    def __str__(self) -> str:
        return f"{self.transport} {self.destination}"


class Delivery(models.Model):
    """One document of events on its way: the delivery log. The outbox carries it by its id."""

    document_id = models.CharField(
        max_length=30, unique=True, default=ids.work_id, help_text="EventDocId: drop repeats by it."
    )
    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    transport = models.CharField(max_length=5, choices=Transport.choices)
    destination = models.CharField(max_length=2048)
    document = models.JSONField(help_text="What is sent, whole.")
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True, help_text="What the last attempt got.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        # The requester's delivery log, newest first.
        indexes = [models.Index(fields=["requester", "-id"], name="deliveries_of")]

    def __str__(self) -> str:
        return f"{self.document_id} to {self.destination}"


class AmazonCredentials(models.Model):
    """A requester's own credentials for its queues and topics at Amazon."""

    requester = models.OneToOneField(
        Requester, on_delete=models.CASCADE, related_name="amazon_credentials"
    )
    access_key_id = models.CharField(max_length=128)
    secret_encrypted = models.TextField()
    region = models.CharField(max_length=30)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "Amazon credentials"

    def __str__(self) -> str:
        return self.access_key_id
