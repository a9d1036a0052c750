"""HITs: one piece of work, to be done by a number of different workers."""

import random

from django.db import models
from django.db.models import Case, F, Q, Value, When

from marketplace import ids
from payments.models import Account
from tasks.models.batch import Batch
from tasks.models.hit_type import HITType
from tasks.models.project import Project
from tasks.models.question import Question
from tasks.states import HITStatus

SHUFFLE_RANGE = 2**31 - 1


def shuffle_value() -> int:
    """A HIT's place in its group's random order: accepting starts from a random place."""
    return random.randrange(SHUFFLE_RANGE)  # noqa: S311 - spreads load, guards nothing


class HIT(models.Model):
    """One piece of work. Every slot of `max_assignments` is in one counter at most:

    open_slots (can be accepted) · accepted (in work) · submitted (to review) · approved ·
    rejected. A slot in none of them was closed unused (expired, deleted) and its money returned.
    `status` follows from them.
    """

    public_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    hit_type = models.ForeignKey(
        HITType, on_delete=models.PROTECT, related_name="hits", db_index=False
    )
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.PROTECT, related_name="all_hits", db_index=False
    )
    question = models.ForeignKey(
        Question, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    layout = models.ForeignKey(
        Project,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The layout it was created from by its HITLayoutId; a batch knows its own.",
    )
    inputs = models.JSONField(default=dict, help_text="The layout's variables: {name: text}.")
    source_line = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Its line of the batch's input manifest, to the letter.",
    )
    annotation = models.CharField(max_length=255, blank=True, help_text="RequesterAnnotation.")
    reward_cents = models.PositiveIntegerField()
    fee_cents = models.PositiveIntegerField(default=0)
    escrow = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    escrow_moves = models.PositiveIntegerField(
        default=0, help_text="Numbers the holds and releases: hold:<hit>:<n>."
    )
    max_assignments = models.PositiveIntegerField()
    open_slots = models.PositiveIntegerField()
    accepted_count = models.PositiveIntegerField(default=0)
    submitted_count = models.PositiveIntegerField(default=0)
    approved_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    is_reviewing = models.BooleanField(default=False)
    shuffle = models.IntegerField(default=shuffle_value)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    disposed_at = models.DateTimeField(null=True, blank=True)
    status = models.GeneratedField(
        expression=Case(
            When(disposed_at__isnull=False, then=Value(HITStatus.DISPOSED.value)),
            When(open_slots__gt=0, then=Value(HITStatus.ASSIGNABLE.value)),
            When(accepted_count__gt=0, then=Value(HITStatus.UNASSIGNABLE.value)),
            When(is_reviewing=True, then=Value(HITStatus.REVIEWING.value)),
            default=Value(HITStatus.REVIEWABLE.value),
        ),
        output_field=models.CharField(max_length=12),
        db_persist=True,
    )

    class Meta:
        verbose_name = "HIT"
        constraints = [
            # The last slot can't be given twice, whatever the code does.
            models.CheckConstraint(
                condition=Q(
                    max_assignments__gte=F("open_slots")
                    + F("accepted_count")
                    + F("submitted_count")
                    + F("approved_count")
                    + F("rejected_count")
                ),
                name="hit_slots_within_maximum",
            ),
            models.CheckConstraint(
                condition=Q(disposed_at__isnull=True)
                | Q(open_slots=0, accepted_count=0, submitted_count=0),
                name="hit_disposed_is_finished",
            ),
        ]
        indexes = [
            # Accept-next: a free HIT of the group, from a random place on.
            models.Index(
                fields=["hit_type", "shuffle"],
                name="hits_free",
                condition=Q(open_slots__gt=0),
            ),
            # The sweeper's: whose time is up.
            models.Index(
                fields=["expires_at"],
                name="hits_expiring",
                condition=Q(open_slots__gt=0),
            ),
            models.Index(fields=["batch", "id"], name="hits_of_batch"),
            # A requester's own lists: a type's HITs, or all of its types'.
            models.Index(fields=["hit_type", "id"], name="hits_of_type"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def slot_cents(self) -> int:
        """What one assignment costs the requester: reward and fee."""
        return self.reward_cents + self.fee_cents

    @property
    def closed_slots(self) -> int:
        """Slots that closed unused, and whose money went back: more time opens them again."""
        used = self.accepted_count + self.submitted_count + self.approved_count
        return self.max_assignments - self.open_slots - used - self.rejected_count
