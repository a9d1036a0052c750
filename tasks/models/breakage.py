"""Breakages: what a task's own page said of itself that didn't work."""

from django.db import models

from tasks.models.assignment import Assignment
from tasks.models.hit_type import HITType

DETAIL = 300
"""So much of what broke is kept, in characters."""


class Breakage(models.Model):
    """What broke first while a worker had an assignment in hand: the page's word, not a fact."""

    class Kind(models.TextChoices):
        """What it was."""

        LOAD = "load", "A file did not load"
        SCRIPT = "script", "A script stopped with an error"
        PAGE = "page", "The page can't be made"

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="breakage")
    hit_type = models.ForeignKey(
        HITType, on_delete=models.CASCADE, related_name="breakages", db_index=False
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    detail = models.CharField(max_length=DETAIL, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hit_type", "seen_at"], name="breakage_of_a_group")]

    def __str__(self) -> str:
        return f"{self.kind} {self.assignment_id}"
