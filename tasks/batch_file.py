"""The file of a batch: read row by row, so that its size costs no memory.

CSV, as on Mechanical Turk: a header names the variables; each row after it is a HIT. UTF-8 with
or without a byte order mark; commas, quotes as in RFC 4180. Or an input manifest, as in SageMaker
Ground Truth (tasks/manifest.py): `open_rows` reads both. The limit on rows is Mechanical Turk's.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from marketplace.errors import InvalidInput
from tasks import manifest
from tasks.models import Format

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One HIT of a file, or what is wrong with it; `line` is a manifest's line to the letter."""

    number: int
    inputs: dict[str, str]
    line: str = ""
    problems: list[Problem] = field(default_factory=list)


class Rows(Protocol):
    """An open file. What is wrong with its header is known at once; a manifest's columns only
    when all of its rows have been read."""

    problems: list[Problem]

    @property
    def columns(self) -> list[str]: ...

    @property
    def partial_columns(self) -> list[str] | None: ...

    def __iter__(self) -> Iterator[Row]: ...


Missing = Callable[[Iterable[str]], list[str]]
"""Of the columns that there are: which ones the layout needs besides."""


def no_needs(_columns: Iterable[str]) -> list[str]:
    """A layout that needs no column."""
    return []


def format_of(file: IO[bytes]) -> Format:
    """What a file is, from how it begins. Leaves the file at its beginning."""
    file.seek(0)
    start = file.read(BLOCK).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    is_object = start.startswith(b"{") or start.removeprefix(b"[").lstrip().startswith(b"{")
    return Format.MANIFEST if is_object else Format.CSV


def open_rows(file: IO[bytes], format: str, *, missing: Missing = no_needs) -> Rows:
    """The rows of a batch's file, whatever its format. Raises Unreadable, also while it is read."""
    if format == Format.MANIFEST:
        return _ManifestRows(file, missing)
    return _CsvRows(file, missing)


class _CsvRows:
    partial_columns: list[str] | None = None

    def __init__(self, file: IO[bytes], missing: Missing) -> None:
        self.columns, self._rows = read(file)
        self.problems = header_problems(self.columns, missing(self.columns))

    def __iter__(self) -> Iterator[Row]:
        for number, cells in enumerate(self._rows, start=2):
            inputs = dict(zip(self.columns, cells, strict=False))
            problems = row_problems(number, cells, self.columns)
            yield Row(number=number, inputs=inputs, problems=problems)


class _ManifestRows:
    def __init__(self, file: IO[bytes], missing: Missing) -> None:
        self.problems: list[Problem] = []
        self._file, self._missing = file, missing
        self._counts: Counter[str] = Counter()
        self._lines = 0

    @property
    def columns(self) -> list[str]:
        return list(self._counts)

    @property
    def partial_columns(self) -> list[str] | None:
        return [name for name, count in self._counts.items() if count < self._lines]

    def __iter__(self) -> Iterator[Row]:
        counts = self._counts
        for line in manifest.read(io.BufferedReader(_Unclosed(self._file))):
            self._lines += 1
            # Beyond the limit, names are only good for telling that there are too many.
            counts.update(
                name for name in line.inputs if name in counts or len(counts) <= MAX_COLUMNS
            )
            lacking = [] if line.problems else self._missing(line.inputs)
            problems = [
                *(Problem(row=line.number, column="", message=text) for text in line.problems),
                *(Problem(row=line.number, column=name, message=_LACKING) for name in lacking),
            ]
            if len(counts) > MAX_COLUMNS and not problems:
                message = f"The lines have more than {MAX_COLUMNS} different attributes."
                problems = [Problem(row=line.number, column="", message=message)]
            yield Row(number=line.number, inputs=line.inputs, line=line.text, problems=problems)


_LACKING = "The layout uses this attribute, and the line doesn't have it."


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


def header_problems(header: Sequence[str], missing: Sequence[str]) -> list[Problem]:
    """What is wrong with the header; `missing` are the columns that it should have besides."""
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
            message=f"The layout uses “{name}”, but the file has no such column.",
        )
        for name in missing
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
