"""What a requester saved from Mechanical Turk: an archive of its own. No money hangs on it."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester, User
from marketplace.errors import WrongState
from tasks.states import IMPORT_MOVES, ImportStatus
from workers.models import Worker


def import_path(imported: "ImportedFile", filename: str) -> str:
    """Where the uploaded file is kept; the person's own file name is not trusted."""
    when = f"{imported.created_at:%Y%m%d-%H%M%S-%f}"
    return f"imports/{imported.requester.public_id}/{when}.csv"


class ImportedFile(models.Model):
    """One uploaded file: checked whole, then stored in chunks, of which `stored_rows` are in."""

    class Kind(models.TextChoices):
        """Which of Mechanical Turk's files it is; its first line tells."""

        RESULTS = "results", "Results of a batch"
        WORKERS = "workers", "Workers"

    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="imports")
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=200, help_text="The file's own, for people.")
    file = models.FileField(upload_to=import_path, max_length=200)
    columns = models.JSONField(help_text="Its first line, for giving it back as it was.")
    status = models.CharField(
        max_length=8, choices=ImportStatus.choices, default=ImportStatus.CHECKING
    )
    row_count = models.PositiveIntegerField(default=0, help_text="Checked so far, or all.")
    stored_rows = models.PositiveIntegerField(default=0)
    added_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[{row, column, message}], the first 500.")
    problem_count = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["requester", "-id"], name="imports_of"),
            models.Index(
                fields=["id"],
                name="imports_open",
                condition=Q(status__in=["checking", "storing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def known_count(self) -> int:
        """Rows that were in the archive already, as they are."""
        return self.stored_rows - self.added_count - self.changed_count

    def move_to(self, status: ImportStatus, *, at: datetime) -> None:
        """Change the status, or raise WrongState where there is no such move."""
        if status not in IMPORT_MOVES[self.status]:
            raise WrongState(f"This import is {self.get_status_display().lower()}.")
        self.status = status
        if not IMPORT_MOVES[status]:
            self.finished_at = at


class ImportedAssignment(models.Model):
    """One row of a results file: one worker's work on Mechanical Turk, whole and as written."""

    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    file = models.ForeignKey(
        ImportedFile, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    assignment_id = models.CharField(max_length=64)
    amazon_worker_id = models.CharField(max_length=64)
    status = models.CharField(max_length=9)
    submitted_at = models.DateTimeField(null=True)
    cells = models.JSONField(help_text="{column: text} of the columns that every file has.")
    inputs = models.JSONField(help_text="{name: text} of Input.* columns.")
    answers = models.JSONField(help_text="{name: text} of Answer.* columns.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "assignment_id"], name="imported_assignment_once"
            )
        ]
        indexes = [
            models.Index(fields=["file", "-id"], name="imported_of_file"),
            models.Index(
                fields=["requester", "amazon_worker_id", "status"], name="imported_of_worker"
            ),
        ]

    def __str__(self) -> str:
        return self.assignment_id


class FormerWorker(models.Model):
    """Somebody who worked for the requester on Mechanical Turk, by the id they had there.

    `worker` is who they are here, once the requester has confirmed it.
    """

    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="former_workers", db_index=False
    )
    amazon_id = models.CharField(max_length=64)
    counted_approved = models.PositiveIntegerField(default=0, help_text="In imported results.")
    counted_rejected = models.PositiveIntegerField(default=0)
    stated_approved = models.PositiveIntegerField(null=True, help_text="By a workers file.")
    stated_rejected = models.PositiveIntegerField(null=True)
    scores = models.JSONField(default=dict, help_text="{qualification's name: score}")
    block_status = models.CharField(max_length=13, blank=True)
    worker = models.ForeignKey(
        Worker, null=True, blank=True, on_delete=models.PROTECT, related_name="former_selves"
    )
    linked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "amazon_id"], name="former_worker_once"),
            models.CheckConstraint(
                condition=Q(worker=None, linked_at=None)
                | Q(worker__isnull=False, linked_at__isnull=False),
                name="former_worker_linked_has_time",
            ),
        ]
        indexes = [models.Index(fields=["requester", "-id"], name="former_workers_of")]

    def __str__(self) -> str:
        return self.amazon_id

    @property
    def approved_count(self) -> int:
        """Approved work, by the workers file if there was one, else as counted here."""
        stated = self.stated_approved
        return self.counted_approved if stated is None else stated

    @property
    def rejected_count(self) -> int:
        """Rejected work, likewise."""
        stated = self.stated_rejected
        return self.counted_rejected if stated is None else stated
