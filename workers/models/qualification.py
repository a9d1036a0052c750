"""Qualifications that workers hold, and their requests for them."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from marketplace import ids
from marketplace.errors import WrongState
from workers.models.qualification_type import QualificationTest, QualificationType
from workers.models.worker import Worker
from workers.states import REQUEST_MOVES, QualificationStatus, RequestStatus


class Qualification(models.Model):
    """A worker's value for a type: one row for each pair, revoked or not."""

    type = models.ForeignKey(
        QualificationType, on_delete=models.PROTECT, related_name="qualifications", db_index=False
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="qualifications", db_index=False
    )
    value = models.IntegerField()
    status = models.CharField(
        max_length=7, choices=QualificationStatus.choices, default=QualificationStatus.GRANTED
    )
    granted_at = models.DateTimeField(help_text="A new value leaves it; a new grant moves it.")
    changed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was revoked; the worker sees it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "type"], name="one_qualification_each"),
            models.CheckConstraint(
                condition=Q(status="Granted", revoked_at=None)
                | Q(status="Revoked", revoked_at__isnull=False),
                name="qualification_status_has_time",
            ),
        ]
        indexes = [
            # Who holds a type, newest first, by status.
            models.Index(fields=["type", "status", "-id"], name="qualifications_of_type"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id}: {self.type_id} = {self.value} ({self.status})"


class QualificationRequest(models.Model):
    """One try of a worker to get a qualification. At most one of a pair is open."""

    public_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    type = models.ForeignKey(
        QualificationType, on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    test = models.ForeignKey(
        QualificationTest,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version that the worker was shown.",
    )
    status = models.CharField(max_length=9, choices=RequestStatus.choices)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True, help_text="Of the test.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(
        null=True, blank=True, help_text="{question: text or list of selections}"
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="Or lapsed.")
    value = models.IntegerField(null=True, blank=True, help_text="What was granted.")
    reason = models.TextField(blank=True, help_text="Why it was rejected; the worker sees it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "type"],
                condition=Q(status__in=["Started", "Submitted"]),
                name="one_open_request_each",
            ),
            models.CheckConstraint(
                condition=Q(status="Started", deadline_at__isnull=False, submitted_at=None)
                & Q(test__isnull=False, decided_at=None)
                | Q(status="Submitted", submitted_at__isnull=False, decided_at=None)
                | Q(status="Granted", submitted_at__isnull=False, decided_at__isnull=False)
                & Q(value__isnull=False)
                | Q(status="Rejected", decided_at__isnull=False)
                | Q(status="Lapsed", submitted_at=None, decided_at__isnull=False),
                name="request_status_has_time",
            ),
            models.CheckConstraint(
                condition=Q(deadline_at=None) | Q(deadline_at__gt=F("started_at")),
                name="request_deadline_is_after_start",
            ),
        ]
        indexes = [
            # What waits for the requester: of one type, oldest or newest first.
            models.Index(
                fields=["type", "id"], name="requests_waiting", condition=Q(status="Submitted")
            ),
            # A worker's last try of a type.
            models.Index(fields=["worker", "type", "-id"], name="requests_of_worker"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.status}"

    def move_to(self, status: RequestStatus, *, at: datetime) -> None:
        """Change the status and its time, or raise WrongState where there is no such move."""
        if status not in REQUEST_MOVES[self.status]:
            raise WrongState(
                f"This QualificationRequest is currently in the state '{self.status}'.",
                thing="qualification_request",
                turk_words="This operation can be called with a status of: Submitted.",
            )
        self.status = status
        setattr(self, "submitted_at" if status == RequestStatus.SUBMITTED else "decided_at", at)
