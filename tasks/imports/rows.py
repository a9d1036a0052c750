"""What the files of Mechanical Turk's website have in common.

Every cell is kept as written; a reader only says what is wrong with it.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from tasks import batch_file
from tasks.batch_file import Problem
from tasks.models import ImportedFile

MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
INTEGERS = range(-(2**31), 2**31)
RESULTS_ID, WORKERS_ID = "AssignmentId", "Worker ID"

# An answer may be far longer than what the csv module takes for a cell by default.
csv.field_size_limit(2**20)

Row = dict[str, str]

_ID = re.compile(r"[A-Z0-9]{1,64}")
_WORKER_ID = re.compile(r"A[A-Z0-9]{1,63}")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_MONEY = re.compile(r"\$?[0-9]{1,7}(\.[0-9]{1,2})?")
_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([A-Z]{3,4}) (\d{4})"
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Amazon's website wrote Pacific time; our own files say UTC.
_ZONES = {"UTC": 0, "GMT": 0, "PST": -8, "PDT": -7, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
          "MST": -7, "MDT": -6}  # fmt: skip


def read(file: IO[bytes]) -> tuple[list[str], Iterator[list[str]]]:
    """The first line, and the rows after it. Raises batch_file.Unreadable."""
    return batch_file.read(file)


def kind_of(header: Sequence[str]) -> ImportedFile.Kind | None:
    """Which file has this first line; None for any other file."""
    if RESULTS_ID in header:
        return ImportedFile.Kind.RESULTS
    return ImportedFile.Kind.WORKERS if WORKERS_ID in header else None


def header_problems(header: Sequence[str], needed: Sequence[str]) -> list[Problem]:
    """What is wrong with the first line."""
    problems = batch_file.header_problems(header[: batch_file.MAX_COLUMNS], ())
    if len(set(header)) < len(header) and not problems:
        problems.append(Problem(row=1, column="", message="A name stands twice."))
    if len(header) > MAX_COLUMNS:
        message = f"There are {len(header)} columns; at most {MAX_COLUMNS:,} are possible."
        problems.append(Problem(row=1, column="", message=message))
    message = "The file has no such column. Upload it as Mechanical Turk made it."
    problems += [
        Problem(row=1, column=name, message=message) for name in needed if name not in header
    ]
    return problems


def shape_problems(number: int, row: Sequence[str], header: Sequence[str]) -> list[Problem]:
    """What is wrong with a row before its cells are looked at."""
    if len(row) != len(header):
        message = f"Cells in this row: {len(row)}; in the header: {len(header)}."
        return [Problem(row=number, column="", message=message)]
    return [
        Problem(row=number, column=name, message="A NUL character.")
        for name, cell in zip(header, row, strict=True)
        if "\0" in cell
    ]


class CellChecks:
    """Checks of single cells of one row; `problems` collects what they find."""

    def __init__(self, number: int, row: Mapping[str, str]) -> None:
        self._number = number
        self._row = row
        self.problems: list[Problem] = []

    def add(self, column: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(row=self._number, column=column, message=message))

    def identifier(self, column: str, *, of_worker: bool = False) -> None:
        """An id in Amazon's form."""
        text = self._row.get(column, "").strip()
        form = _WORKER_ID if of_worker else _ID
        if not form.fullmatch(text):
            what = "a worker's id: an A, then capitals and digits" if of_worker else "an id"
            self.add(column, f"“{text[:40]}” is not {what}.")

    def one_of(self, column: str, values: Sequence[str]) -> None:
        """One of some words."""
        text = self._row.get(column, "").strip()
        if text not in values:
            self.add(column, f"“{text[:40]}” is none of {', '.join(values)}.")

    def money(self, column: str) -> None:
        """ "$0.05", or nothing."""
        text = self._row.get(column, "").strip()
        if text and not _MONEY.fullmatch(text):
            self.add(column, f"“{text[:40]}” is not an amount like $0.05.")

    def whole(self, column: str) -> None:
        """A whole number, or nothing."""
        text = self._row.get(column, "").strip()
        if text and (not _WHOLE.fullmatch(text) or int(text) not in INTEGERS):
            self.add(column, f"“{text[:40]}” is not a whole number.")

    def date(self, column: str) -> None:
        """A date in Mechanical Turk's form, or nothing."""
        text = self._row.get(column, "").strip()
        if text and date_in(text) is None:
            self.add(column, f"“{text[:40]}” is not a date like Thu Mar 05 13:05:11 PST 2020.")


def date_in(text: str) -> datetime | None:
    """The moment, in UTC, or None: "Thu Mar 05 13:05:11 PST 2020"."""
    found = _DATE.fullmatch(text.strip())
    if not found or found[6] not in _ZONES or found[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(found[n]) for n in (2, 3, 4, 5, 7))
    try:
        local = datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=UTC)
        return local - timedelta(hours=_ZONES[found[6]])
    except (ValueError, OverflowError):
        return None


def whole_in(text: str) -> int | None:
    """The whole number of a checked cell, or None for an empty one."""
    return int(text) if text.strip() else None


Stored = Mapping[str, Any]
"""A row as it is stored, by the model's field names."""
