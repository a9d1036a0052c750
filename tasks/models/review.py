"""Review runs: many decisions taken at once, carried out by a job that can die and resume."""

from django.db import models
from django.db.models import Q

from tasks.models.assignment import Assignment
from tasks.models.batch import Batch


class ReviewRun(models.Model):
    """One press of “approve all”, or one uploaded file of decisions."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="review_runs")
    made_by = models.CharField(max_length=40, help_text="As in the audit trail.")
    role = models.CharField(max_length=10, help_text="The role it was made with.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="review_runs_open", condition=Q(finished_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"review run {self.pk}"


class ReviewItem(models.Model):
    """One decision of a run. `outcome` is empty until it was carried out or refused."""

    class Decision(models.TextChoices):
        """What is to be done; approving a rejected assignment undoes the rejection."""

        APPROVE = "approve", "Approve"
        REJECT = "reject", "Reject"

    run = models.ForeignKey(
        ReviewRun, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=7, choices=Decision.choices)
    feedback = models.TextField(blank=True)
    outcome = models.CharField(max_length=300, blank=True, help_text="done, or why not.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "assignment"], name="one_decision_per_run")
        ]
        indexes = [
            models.Index(fields=["run", "id"], name="review_items_open", condition=Q(outcome=""))
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.assignment_id}"
