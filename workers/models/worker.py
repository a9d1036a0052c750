"""A worker: one person who does HITs."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.accounts.models import User


class MailKind(models.TextChoices):
    """What e-mails to a worker are about."""

    MESSAGE = "message", "Messages from requesters"
    BONUS = "bonus", "Bonuses"
    REJECTION = "rejection", "Rejected work"
    QUALIFICATION = "qualification", "Qualifications"


class Worker(models.Model):
    """A person's working side. Its counters are facts that tasks tells (record_reviews)."""

    public_id = models.CharField(max_length=14, unique=True, default=ids.party_id)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="worker")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    subdivision = models.CharField(
        max_length=3, blank=True, help_text="The part of an ISO 3166-2 code after the hyphen."
    )
    joined_at = models.DateTimeField()
    approved_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    wants_next = models.BooleanField(default=False, help_text="Accept the next HIT by itself.")
    is_adult = models.BooleanField(
        default=False, help_text="Says to be over 18 and willing to see adult content."
    )
    unwanted_mail = ArrayField(
        models.CharField(max_length=13, choices=MailKind),
        default=list,
        db_default=[],
        blank=True,
        help_text="The kinds that this worker has switched off.",
    )
    former_mturk_id = models.CharField(
        max_length=64,
        blank=True,
        help_text="Stated, never proven; shown to requesters who have it in their own records.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="worker_country_is_a_code"
            ),
        ]
        indexes = [
            models.Index(
                fields=["former_mturk_id"],
                name="workers_by_former_id",
                condition=~Q(former_mturk_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
