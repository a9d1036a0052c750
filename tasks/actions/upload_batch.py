"""A batch begins: a file is uploaded, and every problem in it is found before anything is paid."""

import time
from dataclasses import asdict
from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput, NotFound
from tasks import batch_file
from tasks.batch_file import Problem, Row
from tasks.files.references import References
from tasks.models import Batch, Language, Project
from tasks.questions.liquid_scan import LiquidRefused
from tasks.questions.templates import Template, template_of
from tasks.states import BatchStatus
from tasks.terms import MAX_LAYOUT_BYTES

SANDBOX_ROWS = 500
PROBLEMS_KEPT = 500
CHECK_SECONDS, ROW_SECONDS = 30, 0.005
"""Of the processor's time, to fill in the rows of a file: so much, and so much more each row."""


def upload_batch(
    *, by: Acting, user: User | None, project: Project, name: str, file: File, at: datetime
) -> Batch:
    """Store the file of a new batch; `check_batch` reads it. Raises InvalidInput."""
    by.require(Role.MANAGER)
    if project.requester_id != by.requester.pk or project.archived_at is not None:
        raise NotFound("There is no such project.")
    if not file.size:
        raise InvalidInput("The file is empty.", field="file")
    if len(name.strip()) > 120:
        raise InvalidInput("A batch's name has at most 120 characters.", field="name")
    with transaction.atomic():
        batch = Batch.objects.create(
            project=project,
            requester=by.requester,
            is_sandbox=project.is_sandbox,
            name=name.strip() or f"{project.name[:100]}, {at:%d %b %Y}",
            created_by=user,
            created_at=at,
            format=batch_file.format_of(file),
            file=file,
        )
        trail.record(action="upload_batch", actor=by.trail, subject=("batch", batch.pk), at=at)
    return batch


def check_batch(*, batch_id: int, at: datetime) -> Batch:
    """Read the whole file; the batch is `checked`, or `refused` with its problems.

    Reads only: dying in the middle costs nothing, and doing it twice changes nothing.
    """
    batch = Batch.objects.select_related("project").get(pk=batch_id)
    if batch.status != BatchStatus.CHECKING:
        return batch
    found = _Findings(References(batch.project))
    try:
        with batch.file.open("rb") as file:
            _read_all(batch, file, found)
    except batch_file.Unreadable as error:
        found.add(Problem(row=error.row, column="", message=error.message))
    with transaction.atomic():
        locked = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if locked.status != BatchStatus.CHECKING:
            return locked
        locked.columns, locked.partial_columns = found.columns, found.partial_columns
        locked.row_count = found.rows
        locked.problems = [asdict(problem) for problem in found.problems]
        locked.problem_count = found.count
        locked.move_to(BatchStatus.REFUSED if found.count else BatchStatus.CHECKED, at=at)
        if not found.count:
            found.references.keep(locked)
        locked.save()
    return locked


class _Findings:
    """What reading a file found; keeps the first problems and counts them all."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.columns: list[str] = []
        self.partial_columns: list[str] | None = None
        self.rows = 0
        self.seconds = 0.0
        self.problems: list[Problem] = []
        self.count = 0

    def add(self, *problems: Problem) -> None:
        self.count += len(problems)
        self.problems += problems[: max(0, PROBLEMS_KEPT - len(self.problems))]


def _read_all(batch: Batch, file: File, found: _Findings) -> None:
    template = template_of(batch.project)
    rows = batch_file.open_rows(file, batch.format, missing=template.missing)
    found.columns = rows.columns
    found.add(*rows.problems)
    limit = SANDBOX_ROWS if batch.is_sandbox else batch_file.MAX_ROWS
    for row in rows:
        found.rows += 1
        if found.rows > limit:
            message = f"The file has more than {limit:,} rows. Split it into several batches."
            found.add(Problem(row=row.number, column="", message=message))
            return
        found.add(*row.problems)
        if not row.problems:
            found.add(*found.references.problems(row.number, row.inputs))
            if not rows.problems:
                found.add(*_page_problems(row, template, found))
            if found.seconds > CHECK_SECONDS + found.rows * ROW_SECONDS:
                message = (
                    f"Filling in the rows up to here took {found.seconds:.0f} s: the layout is too "
                    "slow for so many. Make it simpler."
                )
                found.add(Problem(row=row.number, column="", message=message))
                break
    found.columns, found.partial_columns = rows.columns, rows.partial_columns
    if not found.rows:
        message = "The file has a header but no rows: there is nothing to publish."
        found.add(Problem(row=2, column="", message=message))


def _page_problems(row: Row, template: Template, found: _Findings) -> list[Problem]:
    """What is wrong with the filled-in page, which has a limit of its own. Without loops and
    filters, only near the limit is it worth filling in."""
    longest = len(template.source) * 4 + sum(len(value) * 4 for value in row.inputs.values()) * 4
    if template.language == Language.LAYOUT and longest <= MAX_LAYOUT_BYTES:
        return []
    started = time.thread_time()
    try:
        size = len(template.fill(row.inputs, row.line).encode())
    except LiquidRefused as error:
        return [Problem(row=row.number, column="", message=f"In the layout: {error.message}")]
    finally:
        found.seconds += time.thread_time() - started
    if size <= MAX_LAYOUT_BYTES:
        return []
    message = f"Filled in, the page is larger than {MAX_LAYOUT_BYTES:,} bytes."
    return [Problem(row=row.number, column="", message=message)]
