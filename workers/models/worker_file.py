"""An uploaded file of changes to workers, between being read and being confirmed."""

from django.db import models

from marketplace.accounts.models import Requester, User


class WorkerFile(models.Model):
    """What a file would change. Applied whole or not at all, once."""

    requester = models.ForeignKey(Requester, on_delete=models.CASCADE, related_name="worker_files")
    is_sandbox = models.BooleanField()
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    changes = models.JSONField(help_text="tasks.results.worker_files.Change, as read.")
    problems = models.JSONField(default=list)
    applied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"worker file {self.pk}"
