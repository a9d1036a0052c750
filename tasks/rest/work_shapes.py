"""What workers send and get: groups, assignments, totals."""

from typing import Any

from rest_framework import serializers

from marketplace.rest.fields import PartyOut
from tasks.models import Question
from tasks.queries.browse import Offer
from tasks.states import AssignmentStatus


class ConditionOut(serializers.Serializer):
    """A requirement in words, and whether the worker meets it."""

    words = serializers.CharField()
    is_met = serializers.BooleanField()


class GroupOut(serializers.Serializer):
    """A group of HITs with the same terms, as one worker sees it."""

    id = serializers.CharField(source="group.public_id")
    sandbox = serializers.BooleanField(source="group.is_sandbox")
    title = serializers.CharField(source="group.title")
    description = serializers.CharField(source="group.description")
    keywords = serializers.CharField(source="group.keywords", allow_blank=True)
    requester = PartyOut(source="group.requester")
    reward_cents = serializers.IntegerField(source="group.reward_cents")
    hits_available = serializers.IntegerField(
        source="group.hits_available", help_text="Lags by some seconds."
    )
    assignment_seconds = serializers.IntegerField(source="group.assignment_seconds")
    auto_approve_seconds = serializers.IntegerField(source="group.auto_approve_seconds")
    median_seconds = serializers.IntegerField(
        allow_null=True, help_text="How long the latest ones took; null while too few are in."
    )
    cents_per_hour = serializers.IntegerField(allow_null=True)
    newest_hit_at = serializers.DateTimeField(source="group.newest_hit_at", allow_null=True)
    last_expiry_at = serializers.DateTimeField(source="group.last_expiry_at", allow_null=True)
    requirements = ConditionOut(source="conditions", many=True)
    qualified = serializers.BooleanField(source="can_accept")

    def to_representation(self, instance: Offer) -> dict[str, Any]:
        """What too few submissions say is not said."""
        group = instance.group
        shown = super().to_representation(_Measured(instance))
        shown["median_seconds"] = group.median_seconds if instance.is_measured else None
        shown["cents_per_hour"] = group.cents_per_hour if instance.is_measured else None
        return shown


class _Measured:
    """An offer with the two fields that to_representation fills in."""

    median_seconds = cents_per_hour = None

    def __init__(self, offer: Offer) -> None:
        self.group = offer.group
        self.conditions = offer.conditions
        self.can_accept = offer.can_accept


class AcceptedOut(serializers.Serializer):
    """A new assignment. `id` is also the capability that its page submits with."""

    id = serializers.CharField()
    hit_id = serializers.CharField()
    group_id = serializers.CharField()
    status = serializers.ChoiceField(choices=[AssignmentStatus.ACCEPTED.value])
    accepted_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField()


class AnswerIn(serializers.Serializer):
    """The answer: {field: text or list of texts}."""

    answer = serializers.DictField(
        child=serializers.JSONField(), help_text="{field: text or list of texts}"
    )


class SubmittedOut(serializers.Serializer):
    """`is_repeat`: it had been submitted before, and the first answer stands."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=[AssignmentStatus.SUBMITTED.value])
    submitted_at = serializers.DateTimeField()
    is_repeat = serializers.BooleanField()


class MineOut(serializers.Serializer):
    """One of the worker's assignments."""

    id = serializers.CharField(source="public_id")
    hit_id = serializers.CharField(source="hit.public_id")
    group_id = serializers.CharField(source="hit.hit_type.public_id")
    sandbox = serializers.BooleanField(source="hit.hit_type.is_sandbox")
    title = serializers.CharField(source="hit.hit_type.title")
    requester = PartyOut(source="hit.hit_type.requester")
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    reward_cents = serializers.IntegerField(source="hit.reward_cents")
    accepted_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    auto_approve_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    rejected_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Returned or abandoned.")
    feedback = serializers.CharField(allow_blank=True)


class MineWhole(MineOut):
    """One of the worker's assignments with its task."""

    inputs = serializers.DictField(child=serializers.CharField(), source="hit.inputs")
    question_kind = serializers.ChoiceField(
        source="hit.question.kind", choices=Question.Kind.choices
    )
    layout = serializers.CharField(
        source="hit.question.content",
        help_text="HTML with ${variables}, to fill the inputs into; of other kinds, their XML.",
    )
    answer = serializers.JSONField(allow_null=True)
    task_url = serializers.URLField(
        allow_null=True, help_text="The page to show to a person, while it is in work."
    )


class TotalsOut(serializers.Serializer):
    """Counts of submitted work, and what was earned with it, in cents."""

    submitted = serializers.IntegerField()
    pending = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    pending_cents = serializers.IntegerField()
    reward_cents = serializers.IntegerField()
    bonus_cents = serializers.IntegerField()
    earned_cents = serializers.IntegerField()


class DayOut(serializers.Serializer):
    """What was submitted on one day, by UTC."""

    date = serializers.DateField(source="on")
    totals = TotalsOut()


class DashboardOut(serializers.Serializer):
    """All of it, and the days of the last 45 with work, newest first."""

    totals = TotalsOut()
    days = DayOut(many=True)
