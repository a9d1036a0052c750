"""Qualification types: what a requester asks of workers, and how workers can get it."""

from django.db import models
from django.db.models import Q

from marketplace import ids
from marketplace.accounts.models import Requester
from workers.states import TypeStatus


class QualificationTest(models.Model):
    """One version of a test: questions, key and time go together and never change.

    A request points at the version that the worker was shown.
    """

    questions = models.TextField(help_text="A QuestionForm.")
    answer_key = models.TextField(blank=True, help_text="An AnswerKey; without one, people grade.")
    seconds = models.PositiveIntegerField(help_text="Time to answer, from starting.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(seconds__gt=0), name="test_takes_some_time"),
        ]

    def __str__(self) -> str:
        return f"test {self.pk}"


class QualificationType(models.Model):
    """A kind of qualification. One without an owner is the marketplace's own (system type).

    `is_sandbox` is empty for system types that count on both sides. A deleted type stays as a
    row: qualifications of it still count for HITs that were published with it, as on
    Mechanical Turk (DeleteQualificationType).
    """

    public_id = models.CharField(max_length=30, unique=True, default=ids.work_id)
    owner = models.ForeignKey(
        Requester,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="qualification_types",
        db_index=False,
    )
    is_sandbox = models.BooleanField(null=True, blank=True)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000)
    keywords = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=8, choices=TypeStatus.choices)
    test = models.ForeignKey(
        QualificationTest, null=True, blank=True, on_delete=models.PROTECT, related_name="types"
    )
    retry_delay_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: a worker can request it once, ever."
    )
    is_auto_granted = models.BooleanField(default=False)
    auto_granted_value = models.IntegerField(null=True, blank=True)
    is_requestable = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "is_sandbox", "name"],
                condition=Q(deleted_at=None),
                name="one_qualification_name_per_owner",
            ),
            models.CheckConstraint(
                condition=Q(owner=None) | Q(is_sandbox__isnull=False),
                name="qualification_type_of_a_requester_has_a_side",
            ),
            models.CheckConstraint(
                condition=Q(is_auto_granted=False) | Q(test=None, auto_granted_value__isnull=False),
                name="qualification_granted_by_itself_has_a_value_and_no_test",
            ),
        ]
        indexes = [
            # The types of a side that workers can request, newest first.
            models.Index(
                fields=["is_sandbox", "-id"],
                name="qualifications_requestable",
                condition=Q(deleted_at=None, status="Active", is_requestable=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name
