"""HIT types: HITs of one type, seen by workers as one group."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.accounts.models import Requester
from marketplace.money import currency_of
from tasks.models.terms import Terms


class HITType(Terms):
    """A group of HITs with the same terms. Same terms, same requester and side: same type.

    `hits_available` is kept by folding tallies, not counted; it lags by seconds and decides
    nothing but the order and the numbers on the list of work.
    """

    public_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="hit_types")
    is_sandbox = models.BooleanField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the terms.")
    created_at = models.DateTimeField()
    hits_available = models.IntegerField(default=0)
    newest_hit_at = models.DateTimeField(null=True, blank=True)
    last_expiry_at = models.DateTimeField(
        null=True, blank=True, help_text="No HIT of the group can be accepted after this."
    )
    median_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="From accepting to submitting, of the latest ones."
    )
    measured_count = models.PositiveIntegerField(default=0)
    cents_per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="reward * 3600 / median_seconds, for sorting."
    )
    taken_down_at = models.DateTimeField(null=True, blank=True)
    taken_down_reason = models.TextField(blank=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "description", "keywords", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = "HIT group"
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "is_sandbox", "fingerprint"], name="one_type_per_terms"
            )
        ]
        indexes = [
            # For the list of work, whose every order starts from the open groups of one side.
            models.Index(
                fields=["is_sandbox", "-newest_hit_at", "-id"],
                name="groups_open",
                condition=Q(hits_available__gt=0, taken_down_at=None),
            ),
            GinIndex(fields=["search"], name="groups_search"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.public_id})"

    @property
    def currency(self) -> str:
        """What its work is paid in."""
        return currency_of(is_sandbox=self.is_sandbox)
