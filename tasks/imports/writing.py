"""The archive as files again: a file of results in its own columns, and the former workers.

Cells are guarded against spreadsheets as those of our own results are (results.cells).
"""

import csv
from collections.abc import Callable, Iterator
from typing import Any

from marketplace.accounts.models import Requester
from tasks.imports.results import ANSWER, INPUT
from tasks.imports.rows import WORKERS_ID
from tasks.imports.workers import APPROVED, BLOCK, CURRENT, REVIEWED
from tasks.models import FormerWorker, ImportedAssignment, ImportedFile
from tasks.queries.imports import Wanted, chunks_of, qualification_names, rows_in
from tasks.results.cells import guarded

HERE = "Worker ID here"
"""The one column that Mechanical Turk's file doesn't have."""


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterator[list[str]], *, is_raw: bool) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    guard: Callable[[str], str] = str if is_raw else guarded
    for row in rows:
        written: str = writer.writerow([guard(cell) for cell in row])
        yield written


def lines_of(file: ImportedFile, *, is_raw: bool = False) -> Iterator[str]:
    """A file of results, line by line, in the columns that it came in."""

    def rows() -> Iterator[list[str]]:
        yield file.columns
        for chunk in chunks_of(rows_in(file, Wanted())):
            for row in chunk:
                yield [cell_of(row, column) for column in file.columns]

    return _lines(rows(), is_raw=is_raw)


def cell_of(row: ImportedAssignment, column: str) -> str:
    """What stood in one column of the row."""
    if column.startswith(INPUT):
        found = row.inputs.get(column.removeprefix(INPUT), "")
    elif column.startswith(ANSWER):
        found = row.answers.get(column.removeprefix(ANSWER), "")
    else:
        found = row.cells.get(column, "")
    return str(found)


def former_worker_lines(requester: Requester, *, is_raw: bool = False) -> Iterator[str]:
    """All former workers in the columns of Mechanical Turk's file, and who they are here."""

    def rows() -> Iterator[list[str]]:
        names = qualification_names(requester)
        yield [WORKERS_ID, REVIEWED, APPROVED, *(CURRENT + name for name in names), BLOCK, HERE]
        formers = FormerWorker.objects.filter(requester=requester).select_related("worker")
        for chunk in chunks_of(formers):
            for former in chunk:
                yield [
                    former.amazon_id,
                    str(former.approved_count + former.rejected_count),
                    str(former.approved_count),
                    *(str(former.scores.get(name, "")) for name in names),
                    former.block_status,
                    former.worker.public_id if former.worker else "",
                ]

    return _lines(rows(), is_raw=is_raw)
