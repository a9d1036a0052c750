"""Batches: a file of which every row becomes a HIT."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester, User
from marketplace.errors import WrongState
from marketplace.money import currency_of
from tasks.models.hit_type import HITType
from tasks.models.project import Project
from tasks.models.question import Question
from tasks.states import BATCH_MOVES, BatchStatus


class Format(models.TextChoices):
    """What a batch's file is; the second as SageMaker Ground Truth has it."""

    CSV = "csv", "CSV: a header, and a row per HIT"
    MANIFEST = "manifest", "Input manifest: a line of JSON per HIT"


def upload_path(batch: "Batch", filename: str) -> str:
    """Where the uploaded file is kept; the person's own file name is not trusted."""
    kind = "jsonl" if batch.format == Format.MANIFEST else "csv"
    return f"batches/{batch.requester.public_id}/{batch.created_at:%Y%m%d-%H%M%S-%f}.{kind}"


class Batch(models.Model):
    """HITs published together. Its terms are frozen when publishing starts.

    The counters are folded from tallies; queries.batch_counts adds what isn't folded yet.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="batches")
    is_sandbox = models.BooleanField()
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, choices=BatchStatus.choices, default=BatchStatus.CHECKING
    )
    file = models.FileField(upload_to=upload_path, max_length=200)
    format = models.CharField(
        max_length=10, choices=Format, default=Format.CSV, db_default=Format.CSV.value
    )
    columns = models.JSONField(
        default=list, help_text="The file's header, in its order; all names in a manifest's lines."
    )
    partial_columns = models.JSONField(
        null=True, help_text="The columns of a manifest that some of its lines don't have."
    )
    row_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[{row, column, message}], the first 500.")
    problem_count = models.PositiveIntegerField(default=0)

    hit_type = models.ForeignKey(
        HITType, null=True, on_delete=models.PROTECT, related_name="batches"
    )
    question = models.ForeignKey(Question, null=True, on_delete=models.PROTECT, related_name="+")
    max_assignments = models.PositiveIntegerField(default=1)
    reward_cents = models.PositiveIntegerField(default=0)
    fee_cents = models.PositiveIntegerField(default=0, help_text="Per assignment, frozen.")
    publishing_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    published_rows = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    hits = models.BigIntegerField(default=0)
    open_slots = models.BigIntegerField(default=0)
    accepted_count = models.BigIntegerField(default=0)
    submitted_count = models.BigIntegerField(default=0)
    approved_count = models.BigIntegerField(default=0)
    rejected_count = models.BigIntegerField(default=0)
    median_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["checking", "refused", "checked"])
                | Q(publishing_at__isnull=False, hit_type__isnull=False),
                name="batch_published_has_terms",
            ),
            models.CheckConstraint(
                condition=~Q(status=BatchStatus.PUBLISHED) | Q(published_at__isnull=False),
                name="batch_published_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "is_sandbox", "-id"], name="batches_of"),
            # For the jobs that check and publish.
            models.Index(
                fields=["id"],
                name="batches_unfinished",
                condition=Q(status__in=["checking", "publishing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} {self.name}"

    @property
    def currency(self) -> str:
        """What its work is paid in."""
        return currency_of(is_sandbox=self.is_sandbox)

    @property
    def slots(self) -> int:
        """Assignments that the whole file asks for."""
        return self.row_count * self.max_assignments

    def move_to(self, status: BatchStatus, *, at: datetime) -> None:
        """Change the status and its time, or raise WrongState where there is no such move."""
        if status not in BATCH_MOVES[self.status]:
            raise WrongState(
                f"This batch is {self.get_status_display().lower()}; that can't be done now."
            )
        self.status = status
        if status == BatchStatus.PUBLISHING:
            self.publishing_at = at
        elif status == BatchStatus.PUBLISHED:
            self.published_at = at
        elif status == BatchStatus.CANCELLED:
            self.cancelled_at = at
