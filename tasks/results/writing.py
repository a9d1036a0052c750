"""The results file: Mechanical Turk's columns in Mechanical Turk's order, streamed.

A row is a submitted assignment. Inputs and answers stand between the fixed columns and the two
to be filled in, each sorted by name.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from tasks.files.answering import with_links
from tasks.models import Assignment, Attachment, Batch
from tasks.queries.files import attachments_of, has_attachments
from tasks.queries.results import Rates, answer_fields, rates_of, rows_of_results
from tasks.results import cells

Cell = Callable[[Assignment], object]

WORK_COLUMNS: dict[str, Cell] = {
    "HITId": lambda a: a.hit.public_id,
    "HITTypeId": lambda a: a.hit.hit_type.public_id,
    "Title": lambda a: a.hit.hit_type.title,
    "Description": lambda a: a.hit.hit_type.description,
    "Keywords": lambda a: a.hit.hit_type.keywords,
    "Reward": lambda a: cells.reward(a.hit.reward_cents),
    "CreationTime": lambda a: cells.date(a.hit.created_at),
    "MaxAssignments": lambda a: a.hit.max_assignments,
    "RequesterAnnotation": lambda a: a.hit.annotation,
    "AssignmentDurationInSeconds": lambda a: a.hit.hit_type.assignment_seconds,
    "AutoApprovalDelayInSeconds": lambda a: a.hit.hit_type.auto_approve_seconds,
    "Expiration": lambda a: cells.date(a.hit.expires_at),
    "NumberOfSimilarHITs": lambda _: "",  # Mechanical Turk leaves it empty as well
    "LifetimeInSeconds": lambda a: int((a.hit.expires_at - a.hit.created_at).total_seconds()),
    "AssignmentId": lambda a: a.public_id,
    "WorkerId": lambda a: a.worker.public_id,
    "AssignmentStatus": lambda a: a.status,
    "AcceptTime": lambda a: cells.date(a.accepted_at),
    "SubmitTime": lambda a: cells.date(a.submitted_at),
    "AutoApprovalTime": lambda a: cells.date(a.auto_approve_at),
    "ApprovalTime": lambda a: cells.date(a.approved_at),
    "RejectionTime": lambda a: cells.date(a.rejected_at),
    "RequesterFeedback": lambda a: a.feedback,
    "WorkTimeInSeconds": lambda a: a.work_seconds,
}
RATE_COLUMNS = ("LifetimeApprovalRate", "Last30DaysApprovalRate", "Last7DaysApprovalRate")
APPROVE, REJECT = "Approve", "Reject"

REMEMBERED_WORKERS = 20_000


def file_name(batch: Batch) -> str:
    """What the downloaded file is called."""
    return f"Batch_{batch.pk}_batch_results.csv"


def header(batch: Batch, fields: list[str]) -> list[str]:
    """The first line, for a batch whose answers have these fields."""
    return [
        *WORK_COLUMNS,
        *RATE_COLUMNS,
        *(f"Input.{name}" for name in sorted(batch.columns)),
        *(f"Answer.{name}" for name in sorted(fields)),
        APPROVE,
        REJECT,
    ]


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def lines_of(batch: Batch, *, at: datetime, is_raw: bool = False) -> Iterator[str]:
    """The file, line by line. `is_raw` leaves out what protects a spreadsheet's user."""
    fields = answer_fields(batch)
    inputs = sorted(batch.columns)
    writer: Any = csv.writer(_Echo())  # its writerow hands back what _Echo.write does
    guard = str if is_raw else cells.guarded

    def line(values: list[object]) -> str:
        written: str = writer.writerow(
            ["" if value is None else guard(str(value)) for value in values]
        )
        return written

    yield line(list[object](header(batch, fields)))
    rates = _RatesKept(batch, at)
    has_files = has_attachments(batch)
    for chunk in rows_of_results(batch):
        files = attachments_of(chunk) if has_files else {}
        rates.learn({assignment.worker_id for assignment in chunk})
        for assignment in chunk:
            yield line(
                [
                    *(cell(assignment) for cell in WORK_COLUMNS.values()),
                    *(cells.rate(rate) for rate in rates.of(assignment.worker_id)),
                    *(assignment.hit.inputs.get(name, "") for name in inputs),
                    *_answers(assignment, fields, files.get(assignment.pk, ())),
                    "",
                    "",
                ]
            )


def _answers(
    assignment: Assignment, fields: list[str], files: Sequence[Attachment]
) -> Iterator[str]:
    """Where the answer holds a file, its address."""
    answer = assignment.answer or {}
    for name in fields:
        yield cells.answer(with_links(answer.get(name), files))


class _RatesKept:
    """Workers' rates, looked up once a chunk and not again for workers met lately."""

    def __init__(self, batch: Batch, at: datetime) -> None:
        self._batch = batch
        self._at = at
        self._known: dict[int, Rates] = {}

    def learn(self, workers: set[int]) -> None:
        """Look up those that aren't known."""
        if len(self._known) > REMEMBERED_WORKERS:
            self._known.clear()
        unknown = workers - self._known.keys()
        if unknown:
            self._known |= rates_of(
                unknown,
                requester_id=self._batch.requester_id,
                is_sandbox=self._batch.is_sandbox,
                at=self._at,
            )

    def of(self, worker: int) -> Rates:
        """The three rates of one worker."""
        return self._known[worker]
