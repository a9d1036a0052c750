"""Files that people store: a project's images, audio and video, and what workers send.

A row comes first and reserves room; then the bytes are written; then `kept_at` says that both are
there. A process that dies between leaves a row that nobody sees, and that the job takes away.
"""

from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.accounts.models import User
from tasks.models.assignment import Assignment
from tasks.models.batch import Batch
from tasks.models.project import Project

_UNSHOWN = {"image/heic", "image/tiff", "video/x-msvideo", "video/3gpp", "audio/midi", "audio/amr"}


class StoredFile(models.Model):
    """`key` is the unguessable part of its address, and where its bytes lie."""

    key = models.CharField(max_length=30, unique=True, default=ids.work_id)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100, help_text="By its content.")
    size = models.BigIntegerField(help_text="Bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256.")
    created_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True, help_text="Since then it is there.")
    leaving_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then it is gone, and its bytes are taken away."
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where its bytes lie in the store."""
        return f"media/{self.key[1:3]}/{self.key}"

    @property
    def kind(self) -> str:
        """image, audio, video, or something else."""
        return self.media_type.partition("/")[0]

    @property
    def is_shown(self) -> bool:
        """Whether browsers show or play it."""
        return self.kind in ("image", "audio", "video") and self.media_type not in _UNSHOWN


class ProjectFile(StoredFile):
    """A file of a project's own. Rows and templates name it as file:<name>."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="files")
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    has_small = models.BooleanField(default=False, help_text="A small picture lies beside it.")
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then published work shows it, and it stays."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="one_file_of_a_name",
                condition=Q(kept_at__isnull=False, leaving_at=None),
            )
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="files_of_project"),
            # For the job that takes away what isn't there.
            models.Index(
                fields=["id"],
                name="project_files_not_kept",
                condition=Q(kept_at=None) | Q(leaving_at__isnull=False),
            ),
        ]

    @property
    def small_path(self) -> str:
        """Where its small picture lies."""
        return f"{self.path}.small"


class BatchFile(models.Model):
    """A batch's rows name this file; None once it was deleted, before the batch was published."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(
        ProjectFile, null=True, on_delete=models.SET_NULL, related_name="batches"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "file"], name="one_link_of_batch_and_file")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.file_id}"


class Attachment(StoredFile):
    """A file that a worker sent with an answer. The answer holds its key."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="files")
    batch = models.ForeignKey(
        Batch,
        null=True,
        on_delete=models.PROTECT,
        related_name="attachments",
        help_text="Its HIT's, so that a batch without files costs one look.",
    )
    field = models.CharField(max_length=200)
    bound_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then a submitted answer is known to hold it."
    )

    class Meta:
        indexes = [
            # For the job: what no submitted answer is known to hold, and what leaves.
            models.Index(
                fields=["id"],
                name="attachments_not_bound",
                condition=Q(bound_at=None) | Q(leaving_at__isnull=False),
            )
        ]
