"""The audit trail: who did what to what, when, and why. Append-only by trigger."""

from django.db import models


class AuditEntry(models.Model):
    """One act. Holds opaque ids only, so that erasing a person leaves the trail whole."""

    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60, help_text="verb_object, as the action's module.")
    actor = models.CharField(max_length=40, help_text="user:<id>, key:<id>, or system.")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["actor", "id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind}:{self.subject_id} by {self.actor}"
