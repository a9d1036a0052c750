"""The CSV file of a batch: read row by row, so that its size costs no memory.

A header names the variables; each row after it is a HIT. UTF-8 with or without a byte order
mark; commas, quotes as in RFC 4180. The limit on rows is Mechanical Turk's.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from marketplace.errors import InvalidInput

MAX_ROWS = 250_000
MAX_COLUMNS = 200
MAX_CELL = 32_768
BLOCK = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong, and where: `row` is the line a spreadsheet shows, the header being 1."""

    row: int
    column: str
    message: str


class Unreadable(InvalidInput):
    """Nothing more can be read: the file isn't a CSV file in UTF-8."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def read(file: IO[bytes]) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and an iterator over the rows, blank ones left out. Raises Unreadable."""
    rows = _rows(file)
    try:
        header = next(rows)
    except StopIteration:
        raise Unreadable(1, "The file is empty. The first line names the columns.") from None
    if any("\0" in name for name in header):
        raise Unreadable(1, "The first line has a NUL character in it: save the file as text.")
    return [name.strip() for name in header], rows


def _rows(file: IO[bytes]) -> Iterator[list[str]]:
    text = io.TextIOWrapper(
        io.BufferedReader(_Unclosed(file)), encoding="utf-8-sig", errors="strict", newline=""
    )
    reader = csv.reader(text, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError:
            raise Unreadable(
                number, "The file isn't UTF-8 text. In a spreadsheet, save it as “CSV UTF-8”."
            ) from None
        except csv.Error as error:
            raise Unreadable(number, f"This line isn't valid CSV: {error}.") from None
        if row and any(cell.strip() for cell in row):
            yield row


class _Unclosed(io.RawIOBase):
    """A reader that leaves the file below it open when the text layer is dropped."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(min(len(buffer), BLOCK))
        buffer[: len(data)] = data
        return len(data)


def header_problems(header: Sequence[str], variables: Sequence[str]) -> list[Problem]:
    """What is wrong with the header for a layout with these variables."""
    problems = []
    seen: set[str] = set()
    for place, name in enumerate(header, start=1):
        if not name:
            problems.append(Problem(row=1, column=f"#{place}", message="This column has no name."))
        elif name in seen:
            problems.append(Problem(row=1, column=name, message="This name stands twice."))
        seen.add(name)
    if len(header) > MAX_COLUMNS:
        message = f"There are {len(header)} columns; at most {MAX_COLUMNS} are possible."
        problems.append(Problem(row=1, column="", message=message))
    problems += [
        Problem(
            row=1,
            column=name,
            message=f"The layout uses ${{{name}}}, but the file has no such column.",
        )
        for name in variables
        if name not in seen
    ]
    return problems


def row_problems(number: int, row: Sequence[str], header: Sequence[str]) -> list[Problem]:
    """What is wrong with one row; `number` counts rows, the header being 1."""
    if len(row) != len(header):
        return [
            Problem(
                row=number,
                column="",
                message=f"Cells in this row: {len(row)}; in the header: {len(header)}.",
            )
        ]
    problems = []
    for name, cell in zip(header, row, strict=True):
        if len(cell) > MAX_CELL:
            message = f"This cell has {len(cell):,} characters; at most {MAX_CELL:,} are possible."
            problems.append(Problem(row=number, column=name, message=message))
        elif "\0" in cell:
            problems.append(Problem(row=number, column=name, message="A NUL character."))
    return problems
