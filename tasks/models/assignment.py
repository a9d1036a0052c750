"""Assignments: one worker's work on one HIT."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.errors import WrongState
from tasks.models.hit import HIT
from tasks.states import ASSIGNMENT_MOVES, AssignmentStatus
from workers.models import Worker

_TIME_OF = {
    AssignmentStatus.SUBMITTED: "submitted_at",
    AssignmentStatus.APPROVED: "approved_at",
    AssignmentStatus.REJECTED: "rejected_at",
    AssignmentStatus.RETURNED: "ended_at",
    AssignmentStatus.ABANDONED: "ended_at",
}


class Assignment(models.Model):
    """One worker's work on one HIT: one per worker and HIT, ever.

    `public_id` is also the capability that the task's page submits with.
    """

    public_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    hit = models.ForeignKey(
        HIT, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    status = models.CharField(
        max_length=9, choices=AssignmentStatus.choices, default=AssignmentStatus.ACCEPTED
    )
    accepted_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    auto_approve_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Returned or abandoned.")
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="A rejected one's money waits in escrow until then."
    )
    answer = models.JSONField(null=True, blank=True, help_text="{field: text or list of texts}")
    feedback = models.TextField(blank=True, help_text="The requester's, shown to the worker.")
    decided_by = models.CharField(max_length=40, blank=True, help_text="As in the audit trail.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit", "worker"], name="one_assignment_per_worker"),
            models.CheckConstraint(
                condition=Q(status=AssignmentStatus.ACCEPTED, submitted_at=None, ended_at=None)
                | Q(status=AssignmentStatus.SUBMITTED, submitted_at__isnull=False)
                | Q(
                    status=AssignmentStatus.APPROVED,
                    submitted_at__isnull=False,
                    approved_at__isnull=False,
                )
                | Q(
                    status=AssignmentStatus.REJECTED,
                    submitted_at__isnull=False,
                    rejected_at__isnull=False,
                    approved_at=None,
                )
                | Q(status__in=["Returned", "Abandoned"], ended_at__isnull=False),
                name="assignment_status_has_time",
            ),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(status=AssignmentStatus.REJECTED),
                name="assignment_held_is_rejected",
            ),
        ]
        indexes = [
            # The worker's history, queue and dashboard.
            models.Index(fields=["worker", "-id"], name="assignments_of_worker"),
            models.Index(
                fields=["worker"], name="assignments_in_work", condition=Q(status="Accepted")
            ),
            # The sweepers': abandonment, auto-approval, escrow of rejected work.
            models.Index(
                fields=["deadline_at"], name="assignments_overdue", condition=Q(status="Accepted")
            ),
            models.Index(
                fields=["auto_approve_at"],
                name="assignments_to_approve",
                condition=Q(status="Submitted"),
            ),
            models.Index(
                fields=["held_until"],
                name="assignments_held",
                condition=Q(held_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.status}"

    @property
    def work_seconds(self) -> int | None:
        """From accepting to submitting, by the server's clock."""
        if self.submitted_at is None:
            return None
        return int((self.submitted_at - self.accepted_at).total_seconds())

    def move_to(self, status: AssignmentStatus, *, at: datetime) -> None:
        """Change the status and its time, or raise WrongState where there is no such move."""
        if status not in ASSIGNMENT_MOVES[self.status]:
            raise WrongState(
                f"This assignment is {self.get_status_display().lower()}; "
                f"it can't become {status.label.lower()}."
            )
        self.status = status
        setattr(self, _TIME_OF[status], at)
