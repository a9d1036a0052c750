"""The results file that comes back with its Approve and Reject columns filled in.

Read row by row: `x` in Approve approves, or undoes a rejection; text in Reject rejects with that
reason; a row with neither says nothing. Every row that can't be carried out is named.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO

from tasks import batch_file
from tasks.actions.decide import MAX_FEEDBACK, UNDO_FOR
from tasks.batch_file import Problem, Unreadable
from tasks.models import Assignment, Batch
from tasks.results.cells import unguarded
from tasks.results.writing import APPROVE, REJECT
from tasks.states import AssignmentStatus

CHUNK = 1000
PROBLEMS_KEPT = 500
NEEDED = ("AssignmentId", APPROVE, REJECT)

# An answer may be far longer than what the csv module takes for a cell by default.
csv.field_size_limit(2**20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row that decides something; `reason` is empty for an approval."""

    row: int
    assignment_id: str
    reason: str

    @property
    def is_rejection(self) -> bool:
        """Whether it rejects."""
        return bool(self.reason)


@dataclass(kw_only=True, slots=True)
class Reading:
    """What a file says, row by row, and what can't be done with it."""

    approve: int = 0
    reject: int = 0
    undo: int = 0
    ignored: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    _seen: set[int] = field(default_factory=set)

    @property
    def decided(self) -> int:
        """Rows that will be carried out."""
        return self.approve + self.reject + self.undo

    def add(self, row: int, column: str, message: str) -> None:
        """Note a problem; the first ones are kept, all are counted."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(Problem(row=row, column=column, message=message))

    def first_time(self, assignment: int) -> bool:
        """Whether no earlier row decided on it."""
        is_new = assignment not in self._seen
        self._seen.add(assignment)
        return is_new


def decisions_in(
    file: IO[bytes], batch: Batch, reading: Reading, *, at: datetime
) -> Iterator[tuple[Assignment, str]]:
    """(assignment, reason to reject with, or "" to approve) for each row that can be carried
    out; `reading` gets the counts and problems as the file is read."""
    try:
        yield from _decisions(file, batch, reading, at)
    except Unreadable as error:
        reading.add(error.row, "", error.message)


def _decisions(
    file: IO[bytes], batch: Batch, reading: Reading, at: datetime
) -> Iterator[tuple[Assignment, str]]:
    header, rows = batch_file.read(file)
    missing = [name for name in NEEDED if name not in header]
    for name in missing:
        message = f"The file has no column {name}. Upload the results file that you downloaded."
        reading.add(1, name, message)
    if missing:
        return
    lines = _lines(header, rows, reading)
    while chunk := list(islice(lines, CHUNK)):
        found = {
            assignment.public_id: assignment
            for assignment in Assignment.objects.filter(
                public_id__in=[line.assignment_id for line in chunk],
                hit__hit_type__requester=batch.requester_id,
                submitted_at__isnull=False,
            ).select_related("hit")
        }
        for line in chunk:
            assignment = found.get(line.assignment_id)
            if assignment and _can_be_done(line, assignment, batch, reading, at):
                _count(line, assignment, reading)
                yield assignment, line.reason
            elif assignment is None:
                reading.add(line.row, "AssignmentId", "There is no such assignment.")


def _lines(header: Sequence[str], rows: Iterator[list[str]], reading: Reading) -> Iterator[Line]:
    places = [header.index(name) for name in NEEDED]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            message = f"This row has {len(row)} cells; the header has {len(header)}."
            reading.add(number, "", message)
            continue
        assignment_id, approve, reason = (unguarded(row[place]).strip() for place in places)
        if "\0" in f"{assignment_id}{approve}{reason}":
            reading.add(number, "", "This row has a NUL character in it.")
        elif not approve and not reason:
            reading.ignored += 1
        elif approve and reason:
            reading.add(number, APPROVE, "Approve and Reject are both filled in. Empty one.")
        elif approve and approve.lower() != "x":
            reading.add(number, APPROVE, f"Approve takes an x; this has “{approve[:40]}”.")
        elif len(reason) > MAX_FEEDBACK:
            message = f"The reason has {len(reason):,} characters; at most {MAX_FEEDBACK:,} fit."
            reading.add(number, REJECT, message)
        else:
            yield Line(row=number, assignment_id=assignment_id, reason=reason)


def _can_be_done(
    line: Line, assignment: Assignment, batch: Batch, reading: Reading, at: datetime
) -> bool:
    """Whether the row can be carried out now; if not, why not is added to the problems."""
    if assignment.hit.batch_id != batch.pk:
        reading.add(line.row, "AssignmentId", "This assignment is of another batch.")
        return False
    column = REJECT if line.is_rejection else APPROVE
    if message := _refusal(line, assignment, at):
        reading.add(line.row, column, message)
        return False
    if not reading.first_time(assignment.pk):
        reading.add(line.row, "AssignmentId", "An earlier row decides on this one already.")
        return False
    return True


def _refusal(line: Line, assignment: Assignment, at: datetime) -> str:
    if assignment.status == AssignmentStatus.APPROVED:
        return "It is approved already, and that is final."
    if assignment.status == AssignmentStatus.REJECTED:
        assert assignment.rejected_at
        if line.is_rejection:
            return "It is rejected already."
        if at - assignment.rejected_at > UNDO_FOR:
            return f"It was rejected more than {UNDO_FOR.days} days ago: that is final."
    return ""


def _count(line: Line, assignment: Assignment, reading: Reading) -> None:
    if line.is_rejection:
        reading.reject += 1
    elif assignment.status == AssignmentStatus.REJECTED:
        reading.undo += 1
    else:
        reading.approve += 1
