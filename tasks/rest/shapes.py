"""What requesters send and get: projects, batches, HITs, submissions."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.rest.fields import Cents, Seconds
from tasks.actions.decide import MAX_FEEDBACK
from tasks.actions.send_bonus import MAX_BONUS_CENTS
from tasks.files.lending import lent_address
from tasks.models import HIT, Assignment, Attachment, Batch, Format, Language
from tasks.queries.files import attachments_with
from tasks.questions.gallery import GROUPS, GalleryTemplate, template_named, templates
from tasks.requirements import COMPARATORS, MOST_LOCALES, VISIBILITIES
from tasks.states import AssignmentStatus, BatchStatus, HITStatus
from tasks.terms import MAX_ASSIGNMENTS

MOST_AT_ONCE = 500


class Locale(serializers.Serializer):
    """A place, by ISO 3166 codes."""

    Country = serializers.RegexField(r"^[A-Z]{2}$", max_length=2)
    Subdivision = serializers.RegexField(r"^[A-Z0-9]{1,3}$", max_length=3, required=False)


class Requirement(serializers.Serializer):
    """A qualification that workers must have, in the MTurk API's own shape."""

    # What goes with what is decided in tasks.requirements; this is what programs are told.
    QualificationTypeId = serializers.CharField(max_length=255)
    Comparator = serializers.ChoiceField(choices=COMPARATORS)
    IntegerValues = serializers.ListField(
        child=serializers.IntegerField(min_value=-(2**31), max_value=2**31 - 1),
        max_length=MOST_LOCALES,
        required=False,
    )
    LocaleValues = serializers.ListField(child=Locale(), max_length=MOST_LOCALES, required=False)
    ActionsGuarded = serializers.ChoiceField(choices=VISIBILITIES, required=False)


class ProjectIn(serializers.Serializer):
    """A project's terms and layout."""

    name = serializers.CharField(max_length=120)
    title = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=2000)
    keywords = serializers.CharField(max_length=1000, allow_blank=True, default="")
    reward_cents = Cents(max_value=1_000_000)
    max_assignments = serializers.IntegerField(
        min_value=1, max_value=MAX_ASSIGNMENTS, default=1, help_text="Different workers per HIT."
    )
    assignment_seconds = Seconds(default=3600, help_text="Time allotted per assignment.")
    auto_approve_seconds = Seconds(
        default=3 * 86400, help_text="After submission; then work is approved and paid by itself."
    )
    lifetime_seconds = Seconds(default=7 * 86400, help_text="How long HITs can be accepted.")
    requirements = serializers.ListField(child=Requirement(), max_length=10, default=list)
    layout = serializers.CharField(
        trim_whitespace=False,
        help_text="HTML; its variables stand for columns of the batch's file.",
    )
    language = serializers.ChoiceField(
        choices=Language.choices,
        default=Language.LAYOUT,
        help_text="`layout` names a column as ${name}, `liquid` as {{ task.input.name }}.",
    )


class ProjectCreate(ProjectIn):
    """A new project, and the side that it is on."""

    sandbox = serializers.BooleanField(default=False)
    template = serializers.ChoiceField(
        choices=sorted(templates()),
        required=False,
        help_text="A template of the gallery: what isn't given here is as it has it.",
    )
    name = serializers.CharField(max_length=120, required=False)
    title = serializers.CharField(max_length=128, required=False)
    description = serializers.CharField(max_length=2000, required=False)
    reward_cents = Cents(max_value=1_000_000, required=False)
    layout = serializers.CharField(trim_whitespace=False, required=False)

    FROM_TEMPLATE = ("name", "title", "description", "reward_cents", "layout")

    def to_internal_value(self, data: Any) -> Any:
        """What was sent, over what the template has."""
        named = data.get("template")
        start = template_named(named) if isinstance(named, str) else None
        if start is None:
            for name in self.FROM_TEMPLATE:
                self.fields[name].required = True
            return super().to_internal_value(data)
        return super().to_internal_value({**start.values(), **data})


class TemplateOut(serializers.Serializer):
    """A template of the gallery."""

    id = serializers.CharField(source="slug")
    name = serializers.CharField()
    group = serializers.ChoiceField(choices=list(GROUPS))
    purpose = serializers.CharField()
    answer = serializers.CharField(help_text="What comes back, in words.")
    example = serializers.DictField(help_text="An answer as it is stored, by the field.")
    columns = serializers.DictField(
        child=serializers.CharField(), help_text="What a row has, each column in words."
    )
    rows = serializers.SerializerMethodField(help_text="Sample rows, which can be uploaded.")

    def get_rows(self, template: GalleryTemplate) -> list[dict[str, str]]:
        """With the addresses of our samples' pictures on this installation."""
        return template.rows(here=self.context["request"].build_absolute_uri("/").rstrip("/"))


class ProjectOut(ProjectIn):
    """A project."""

    id = serializers.CharField(source="public_id")
    sandbox = serializers.BooleanField(source="is_sandbox")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)
    template = serializers.CharField(
        allow_blank=True, help_text="The gallery's template that it was started from, or empty."
    )


class ProblemInFile(serializers.Serializer):
    """What is wrong in a file, and where; a CSV's header, or a manifest's first line, is row 1."""

    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class BatchOut(serializers.Serializer):
    """A batch, without its problems."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    project_id = serializers.CharField(source="project.public_id")
    group_id = serializers.CharField(source="hit_type.public_id", allow_null=True, default=None)
    sandbox = serializers.BooleanField(source="is_sandbox")
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    format = serializers.ChoiceField(choices=Format.choices)
    rows = serializers.IntegerField(source="row_count")
    published_rows = serializers.IntegerField()
    problem_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    max_assignments = serializers.IntegerField()
    reward_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    median_seconds = serializers.IntegerField(allow_null=True)
    hits = serializers.IntegerField()
    open_slots = serializers.IntegerField(help_text="Assignments that can still be accepted.")
    accepted_count = serializers.IntegerField()
    submitted_count = serializers.IntegerField()
    approved_count = serializers.IntegerField()
    rejected_count = serializers.IntegerField()


class BatchCost(serializers.Serializer):
    """What publishing holds, in cents."""

    reward_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    total_cents = serializers.IntegerField(help_text="Confirm this to publish.")


class BatchWhole(BatchOut):
    """A batch with its columns, its cost and the first 500 problems of its file."""

    columns = serializers.ListField(child=serializers.CharField())
    problems = ProblemInFile(many=True)
    cost = BatchCost(allow_null=True, help_text="While it is checked and not yet published.")
    results_url = serializers.URLField(help_text="Where its results are downloaded as CSV.")


class UploadForm(serializers.Serializer):
    """A CSV file, or an input manifest, as a form's field."""

    file = serializers.FileField()
    name = serializers.CharField(max_length=120, allow_blank=True, default="")


class Publish(serializers.Serializer):
    """The total that was seen and is agreed to."""

    confirmed_cents = Cents(max_value=2**62)


class Extend(serializers.Serializer):
    """More time, more assignments per HIT, or both."""

    expires_at = serializers.DateTimeField(required=False)
    extra_assignments = serializers.IntegerField(min_value=0, max_value=MAX_ASSIGNMENTS, default=0)


class HITIn(serializers.Serializer):
    """One HIT of a project. What is left out is as the project says."""

    inputs = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=32_768),
        default=dict,
        help_text="The layout's variables: {name: text}.",
    )
    max_assignments = serializers.IntegerField(
        min_value=1, max_value=MAX_ASSIGNMENTS, required=False
    )
    lifetime_seconds = Seconds(required=False)
    annotation = serializers.CharField(max_length=255, allow_blank=True, default="")

    def validate_inputs(self, inputs: dict[str, str]) -> dict[str, str]:
        """Names are stored as JSON, which can't hold everything that JSON can spell."""
        for name in inputs:
            if not name.isprintable() or len(name) > 200:
                raise serializers.ValidationError("A variable's name is printable text.")
        return inputs


class HITOut(serializers.Serializer):
    """A HIT. Every assignment it asks for is in one of the counters, or closed unused."""

    id = serializers.CharField(source="public_id")
    group_id = serializers.CharField(source="hit_type.public_id")
    batch_id = serializers.IntegerField(allow_null=True)
    sandbox = serializers.BooleanField(source="hit_type.is_sandbox")
    status = serializers.ChoiceField(choices=HITStatus.choices)
    title = serializers.CharField(source="hit_type.title")
    inputs = serializers.DictField(child=serializers.CharField())
    source_line = serializers.CharField(
        help_text="Its line of the batch's input manifest, to the letter; else empty."
    )
    annotation = serializers.CharField(allow_blank=True)
    reward_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    max_assignments = serializers.IntegerField()
    open_slots = serializers.IntegerField()
    accepted_count = serializers.IntegerField()
    submitted_count = serializers.IntegerField()
    approved_count = serializers.IntegerField()
    rejected_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: HIT) -> dict[str, Any]:
        """Values of a file are text; ones of a program may not have been."""
        shown = super().to_representation(instance)
        shown["inputs"] = {str(name): str(value) for name, value in instance.inputs.items()}
        return shown


class Expiration(serializers.Serializer):
    """When the HIT can no longer be accepted; a time in the past ends it now."""

    expires_at = serializers.DateTimeField()


class MoreAssignments(serializers.Serializer):
    """How many more workers may do the HIT."""

    extra = serializers.IntegerField(min_value=1, max_value=MAX_ASSIGNMENTS)


class AttachmentOut(serializers.Serializer):
    """A file that came with an answer, which holds its key."""

    key = serializers.CharField()
    field = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.CharField(help_text="By its content.")
    size = serializers.IntegerField(help_text="Bytes.")
    url = serializers.SerializerMethodField(help_text="Good for an hour.")

    def get_url(self, file: Attachment) -> str:
        """Where it can be fetched."""
        return lent_address(file, here=settings.MANYHANDS_BASE_URL)


class SubmissionOut(serializers.Serializer):
    """What a worker submitted to a requester."""

    id = serializers.CharField(source="public_id")
    hit_id = serializers.CharField(source="hit.public_id")
    worker_id = serializers.CharField(source="worker.public_id")
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    accepted_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    auto_approve_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    rejected_at = serializers.DateTimeField(allow_null=True)
    work_seconds = serializers.IntegerField(allow_null=True)
    reward_cents = serializers.IntegerField(source="hit.reward_cents")
    feedback = serializers.CharField(allow_blank=True)
    answer = serializers.JSONField(allow_null=True, help_text="{field: text or list of texts}")
    files = serializers.SerializerMethodField()

    @extend_schema_field(AttachmentOut(many=True))
    def get_files(self, assignment: Assignment) -> list[dict[str, Any]]:
        """Those that the answer holds."""
        return [AttachmentOut(file).data for file in attachments_with(assignment)]


class ApproveOne(serializers.Serializer):
    """A word to the worker, if there is one."""

    feedback = serializers.CharField(max_length=MAX_FEEDBACK, allow_blank=True, default="")


class ApproveMany(ApproveOne):
    """The assignments to approve."""

    assignment_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, max_length=MOST_AT_ONCE
    )
    undo_rejections = serializers.BooleanField(
        default=False, help_text="Approve ones that were rejected, too, within 30 days."
    )


class RejectOne(serializers.Serializer):
    """The reason, which the worker sees."""

    reason = serializers.CharField(max_length=MAX_FEEDBACK)


class RejectMany(RejectOne):
    """The assignments to reject."""

    assignment_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, max_length=MOST_AT_ONCE
    )


class Refused(serializers.Serializer):
    """One that was left as it is, and why."""

    id = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class DecidedOut(serializers.Serializer):
    """The ids that the decision was carried out on, and the ones that it wasn't."""

    done = serializers.ListField(child=serializers.CharField())
    refused = Refused(many=True)


class BonusIn(serializers.Serializer):
    """Money on top, from the balance, at once."""

    amount_cents = Cents(min_value=1, max_value=MAX_BONUS_CENTS)
    reason = serializers.CharField(max_length=2000)
    request_token = serializers.CharField(
        max_length=64, allow_blank=True, default="", help_text="The same one pays once."
    )


class BonusOut(serializers.Serializer):
    """A bonus that was paid."""

    assignment_id = serializers.CharField(source="assignment.public_id")
    amount_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    reason = serializers.CharField()
    paid_at = serializers.DateTimeField()


def is_publishable(batch: Batch) -> bool:
    """Whether a batch waits for its cost to be confirmed."""
    return batch.status == BatchStatus.CHECKED
