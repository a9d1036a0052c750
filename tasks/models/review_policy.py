"""Review policies: a HIT's own rules for judging its answers, and what they found and did."""

from django.db import models

from marketplace import ids
from tasks.models.hit import HIT


class Level(models.TextChoices):
    """What a policy judges."""

    ASSIGNMENT = "Assignment", "Each assignment as it is submitted"
    HIT = "HIT", "The HIT when all of it is in"


class ReviewPolicy(models.Model):
    """One policy of a HIT: given when it is created, never changed."""

    hit = models.ForeignKey(
        HIT, on_delete=models.PROTECT, related_name="review_policies", db_index=False
    )
    level = models.CharField(max_length=10, choices=Level.choices)
    name = models.CharField(max_length=64, help_text="ScoreMyKnownAnswers/2011-09-01 …")
    parameters = models.JSONField(help_text="Read and checked: quality/ says what of each name.")

    class Meta:
        verbose_name_plural = "review policies"
        # By HIT first: the triggers on HITs and assignments ask for it.
        constraints = [
            models.UniqueConstraint(fields=["hit", "level"], name="one_review_policy_per_level")
        ]

    def __str__(self) -> str:
        return f"{self.name} of HIT {self.hit_id}"


class PolicyResult(models.Model):
    """One thing that a policy found: ReviewResultDetail of the MTurk API."""

    policy = models.ForeignKey(
        ReviewPolicy, on_delete=models.PROTECT, related_name="results", db_index=False
    )
    action_id = models.CharField(max_length=30, help_text="The review action it was found by.")
    subject_type = models.CharField(max_length=10, choices=Level.choices)
    subject_id = models.CharField(max_length=30, help_text="Public id of HIT or assignment.")
    question_id = models.CharField(max_length=255, blank=True)
    key = models.CharField(max_length=40)
    value = models.TextField()
    found_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["policy", "id"], name="policy_results_of")]

    def __str__(self) -> str:
        return f"{self.key} {self.value}"


class PolicyAction(models.Model):
    """One thing that a policy did or tried: ReviewActionDetail of the MTurk API."""

    class Name(models.TextChoices):
        """What was done."""

        REVIEW = "review", "Review"
        APPROVE = "approve", "Approve"
        REJECT = "reject", "Reject"
        EXTEND = "extend", "Extend"

    class Status(models.TextChoices):
        """How it went."""

        INTENDED = "Intended", "Intended"
        SUCCEEDED = "Succeeded", "Succeeded"
        FAILED = "Failed", "Failed"
        CANCELLED = "Cancelled", "Cancelled"

    policy = models.ForeignKey(
        ReviewPolicy, on_delete=models.PROTECT, related_name="actions", db_index=False
    )
    action_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    name = models.CharField(max_length=10, choices=Name.choices)
    target_type = models.CharField(max_length=10, choices=Level.choices)
    target_id = models.CharField(max_length=30, help_text="Public id of HIT or assignment.")
    status = models.CharField(max_length=10, choices=Status.choices)
    completed_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)
    error_code = models.CharField(max_length=80, blank=True, help_text="Of a failed one only.")

    class Meta:
        indexes = [
            models.Index(fields=["policy", "id"], name="policy_actions_of"),
            # The job's.
            models.Index(
                fields=["id"],
                name="policy_actions_open",
                condition=models.Q(status="Intended"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.target_id}: {self.status}"
