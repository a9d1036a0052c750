"""What a project and a HIT type both say about work: its terms."""

from django.db import models


class Terms(models.Model):
    """The terms of work that workers see before they accept. Times are in seconds."""

    title = models.CharField(max_length=128)
    description = models.CharField(max_length=2000)
    keywords = models.CharField(max_length=1000, blank=True)
    reward_cents = models.PositiveIntegerField()
    assignment_seconds = models.PositiveIntegerField(help_text="Time allotted per assignment.")
    auto_approve_seconds = models.PositiveIntegerField(
        help_text="After submission; work not reviewed by then is approved and paid."
    )
    requirements = models.JSONField(
        default=list, help_text="QualificationRequirements, in the MTurk API's own shape."
    )

    class Meta:
        abstract = True


TERMS = (
    "title",
    "description",
    "keywords",
    "reward_cents",
    "assignment_seconds",
    "auto_approve_seconds",
    "requirements",
)
