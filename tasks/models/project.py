"""Projects: the form of some work, from which batches are published."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace import ids
from marketplace.accounts.models import Requester
from tasks.models.terms import Terms


class Language(models.TextChoices):
    """How a layout names the columns of its batches: as the kind of its questions says."""

    LAYOUT = "layout", _("HTML with ${variables}, as on Mechanical Turk")
    LIQUID = "liquid", _("Liquid, as in SageMaker Ground Truth")


class Project(Terms):
    """Terms, a layout with variables, and defaults for batches."""

    public_id = models.CharField(
        max_length=30, unique=True, default=ids.work_id, help_text="Also its HITLayoutId."
    )
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="projects")
    is_sandbox = models.BooleanField()
    name = models.CharField(max_length=120)
    max_assignments = models.PositiveIntegerField(help_text="Different workers per HIT.")
    lifetime_seconds = models.PositiveIntegerField(help_text="How long HITs can be accepted.")
    layout = models.TextField(
        help_text="HTML; its variables stand for columns of the batch's file."
    )
    language = models.CharField(
        max_length=10, choices=Language, default=Language.LAYOUT, db_default=Language.LAYOUT.value
    )
    template = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="The gallery's template that it was started from.",
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["requester", "is_sandbox", "-id"], name="projects_of")]

    def __str__(self) -> str:
        return self.name
