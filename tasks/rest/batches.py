"""Batches over the API: upload, publish, manage, download."""

import tempfile
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from marketplace import clock
from marketplace.errors import InvalidInput
from marketplace.hurry import hurry
from marketplace.rest.docs import SANDBOX, listing, parameter
from marketplace.rest.once import IDEMPOTENCY_KEY, once
from marketplace.rest.throttling import UploadThrottle
from marketplace.rest.views import RequesterView
from tasks.actions.cancel_batch import cancel_batch
from tasks.actions.extend_batch import extend_batch
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.upload_batch import upload_batch
from tasks.models import Batch as BatchRow
from tasks.queries import api
from tasks.queries.batches import batches_of, counts_of
from tasks.rest.shapes import (
    BatchOut,
    BatchWhole,
    Extend,
    HITOut,
    Publish,
    SubmissionOut,
    UploadForm,
    is_publishable,
)
from tasks.results.writing import lines_of
from tasks.states import AssignmentStatus, HITStatus

BLOCK = 64 * 1024
REVIEWED_OR_TO_REVIEW = (
    AssignmentStatus.SUBMITTED,
    AssignmentStatus.APPROVED,
    AssignmentStatus.REJECTED,
)
BY_STATUS = parameter("status", "Only with this status.", enum=REVIEWED_OR_TO_REVIEW)
BY_HIT_STATUS = parameter("status", "Only with this status.", enum=HITStatus.values)


class BatchBase(RequesterView):
    """A view of one batch."""

    def batch(self, batch_id: int) -> BatchRow:
        """The batch, if it is the requester's; else NotFound."""
        return api.batch_of(self.by.requester, batch_id)

    def whole(self, batch: BatchRow, *, status: int = 200) -> HttpResponse:
        """The batch with everything about it."""
        rewards, fees = cost_of(batch, batch.project)
        cost = {"reward_cents": rewards, "fee_cents": fees, "total_cents": rewards + fees}
        batch.cost = cost if is_publishable(batch) else None  # type: ignore[attr-defined]
        results = reverse("api:batch_results", args=[batch.pk])
        batch.results_url = self.request.build_absolute_uri(results)  # type: ignore[attr-defined]
        counts = counts_of(batch)
        for name in ("accepted", "submitted", "approved", "rejected"):
            setattr(batch, f"{name}_count", getattr(counts, name))
        batch.hits, batch.open_slots = counts.hits, counts.open_slots
        return self.show(BatchWhole, batch, status=status)


class Batches(RequesterView):
    """The requester's batches."""

    @extend_schema(
        operation_id="list_batches",
        **listing(BatchOut, SANDBOX, parameter("project", "Only of this project.")),
    )
    def get(self, request: Request) -> HttpResponse:
        """Batches on one side, newest first. Their counters may lag by some seconds."""
        found = batches_of(self.by.requester, is_sandbox=self.is_sandbox)
        if project := self.text("project", most=64):
            found = found.filter(project__public_id=project)
        return self.list(BatchOut, found.select_related("project", "hit_type"))


class CsvBody(BaseParser):
    """A body that is the CSV file itself; it goes to disk, not through memory."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """The file, and the batch's name from the query."""
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - the stored file outlives this call
        left = settings.MANYHANDS_MAX_UPLOAD_BYTES
        while block := stream.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                raise _too_large()
            spool.write(block)
        spool.seek(0)
        return {"file": File(spool, name="batch.csv")}


class ManifestBody(CsvBody):
    """A body that is the input manifest itself: JSON Lines."""

    media_type = "application/jsonlines"


class JsonLinesBody(CsvBody):
    """The same, by the other name that JSON Lines go by."""

    media_type = "application/x-ndjson"


def _too_large() -> InvalidInput:
    most = settings.MANYHANDS_MAX_UPLOAD_BYTES // 2**20
    return InvalidInput(f"The file is larger than {most} MB. Split it.", field="file")


class ProjectBatches(BatchBase):
    """Uploading."""

    parser_classes = [CsvBody, ManifestBody, JsonLinesBody, MultiPartParser]
    throttle_classes = [UploadThrottle]

    @extend_schema(
        operation_id="upload_batch",
        parameters=[
            parameter("name", "The batch's name, where the body is the file itself."),
            IDEMPOTENCY_KEY,
        ],
        request={
            "text/csv": OpenApiTypes.BINARY,
            "application/jsonlines": OpenApiTypes.BINARY,
            "application/x-ndjson": OpenApiTypes.BINARY,
            "multipart/form-data": UploadForm,
        },
        responses={201: BatchWhole},
    )
    @once
    def post(self, request: Request, project_id: str) -> HttpResponse:
        """Upload a CSV file: its header names the variables, each row becomes a HIT. Or an input
        manifest as SageMaker Ground Truth has them: a JSON object per line and HIT.

        Nothing is published or paid yet. A job reads the file: ask for the batch until its
        status is `checked` (then publish it) or `refused` (then see its problems).
        """
        project = api.project_of(self.by.requester, project_id)
        sent = request.data if isinstance(request.data, dict) else {}
        file = sent.get("file")
        if not isinstance(file, File):
            raise InvalidInput("Send the file in the field `file`.", field="file")
        if file.size and file.size > settings.MANYHANDS_MAX_UPLOAD_BYTES:
            raise _too_large()
        name = str(sent.get("name") or self.text("name"))
        if "\0" in name:
            raise InvalidInput("The name has a NUL character in it.", field="name")
        batch = upload_batch(
            by=self.by, user=self.user, project=project, name=name, file=file, at=clock.now()
        )
        hurry("tasks.publish_batches")
        return self.whole(batch, status=201)


class Batch(BatchBase):
    """One batch."""

    @extend_schema(operation_id="get_batch", responses=BatchWhole)
    def get(self, request: Request, batch_id: int) -> HttpResponse:
        """Status, progress and counts, the problems of its file, and what publishing costs."""
        return self.whole(self.batch(batch_id))


class PublishBatch(BatchBase):
    """Publishing."""

    @extend_schema(
        operation_id="publish_batch",
        parameters=[IDEMPOTENCY_KEY],
        request=Publish,
        responses={202: BatchWhole},
    )
    @once
    def post(self, request: Request, batch_id: int) -> HttpResponse:
        """Pay the whole cost into escrow; a job makes the HITs.

        402 with `missing_cents` where the balance is too low: then nothing is published.
        """
        batch = self.batch(batch_id)
        cents = self.read(Publish)["confirmed_cents"]
        publish_batch(by=self.by, batch=batch, confirmed_cents=cents, at=clock.now())
        hurry("tasks.publish_batches")
        return self.whole(self.batch(batch_id), status=202)


class CancelBatch(BatchBase):
    """Cancelling."""

    @extend_schema(operation_id="cancel_batch", request=None, responses=BatchWhole)
    def post(self, request: Request, batch_id: int) -> HttpResponse:
        """Withdraw what nobody has accepted. Work that was accepted may be finished."""
        cancel_batch(by=self.by, batch=self.batch(batch_id), at=clock.now())
        hurry("tasks.expire_hits")
        return self.whole(self.batch(batch_id))


class ExtendBatch(BatchBase):
    """Extending."""

    @extend_schema(
        operation_id="extend_batch",
        parameters=[IDEMPOTENCY_KEY],
        request=Extend,
        responses={202: BatchWhole},
    )
    @once
    def post(self, request: Request, batch_id: int) -> HttpResponse:
        """Hold the cost of more time or more assignments; a job applies it HIT by HIT."""
        batch = self.batch(batch_id)
        values = self.read(Extend)
        extend_batch(
            by=self.by,
            batch=batch,
            expires_at=values.get("expires_at"),
            extra_assignments=values["extra_assignments"],
            at=clock.now(),
        )
        hurry("tasks.publish_batches")
        return self.whole(self.batch(batch_id), status=202)


class BatchHITs(BatchBase):
    """A batch's HITs."""

    @extend_schema(operation_id="list_hits_of_batch", **listing(HITOut, BY_HIT_STATUS))
    def get(self, request: Request, batch_id: int) -> HttpResponse:
        """In the order of the file's rows."""
        status = self.choice("status", HITStatus.values)
        return self.list(HITOut, api.hits_in(self.batch(batch_id), status=status), by=("id",))


class BatchSubmissions(BatchBase):
    """A batch's submissions."""

    @extend_schema(operation_id="list_assignments_of_batch", **listing(SubmissionOut, BY_STATUS))
    def get(self, request: Request, batch_id: int) -> HttpResponse:
        """In the order of the file's rows."""
        status = self.choice("status", REVIEWED_OR_TO_REVIEW)
        found = api.submissions_in(self.batch(batch_id), status=status)
        return self.list(SubmissionOut, found, by=("hit_id", "id"))


class BatchResults(BatchBase):
    """A batch's results as a file."""

    @extend_schema(
        operation_id="download_results",
        parameters=[
            parameter(
                "raw",
                "true leaves out the apostrophe that keeps a spreadsheet from taking an answer "
                "for a formula.",
                kind=OpenApiTypes.BOOL,
            )
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, batch_id: int) -> HttpResponseBase:
        """Every submission as CSV, in the columns and the order of Mechanical Turk's file."""
        batch = self.batch(batch_id)
        lines = lines_of(batch, at=clock.now(), is_raw=self.flag("raw"))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="batch_{batch.pk}_results.csv"'
        return response
