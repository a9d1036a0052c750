"""Files of decisions: uploaded, read, shown to their owner, and only then carried out."""

from django.db import models

from marketplace.accounts.models import User
from tasks.models.batch import Batch
from tasks.models.review import ReviewRun


def decisions_path(decisions: "DecisionFile", filename: str) -> str:
    """Where the uploaded file is kept; the person's own file name is not trusted."""
    batch = decisions.batch
    when = f"{decisions.created_at:%Y%m%d-%H%M%S-%f}"
    return f"decisions/{batch.requester.public_id}/{batch.pk}-{when}.csv"


class DecisionFile(models.Model):
    """One uploaded results file with Approve and Reject filled in.

    The counts and problems are what its reader was shown. Confirming reads the file again, and
    carries out what can be carried out then: `run` is that.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="decision_files")
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    file = models.FileField(upload_to=decisions_path, max_length=200)
    approve_count = models.PositiveIntegerField(default=0)
    reject_count = models.PositiveIntegerField(default=0)
    undo_count = models.PositiveIntegerField(default=0)
    ignored_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[{row, column, message}], the first 500.")
    problem_count = models.PositiveIntegerField(default=0)
    run = models.OneToOneField(
        ReviewRun, null=True, on_delete=models.SET_NULL, related_name="decision_file"
    )

    def __str__(self) -> str:
        return f"decisions {self.pk} on batch {self.batch_id}"

    @property
    def decided_count(self) -> int:
        """Assignments that confirming decides on."""
        return self.approve_count + self.reject_count + self.undo_count
