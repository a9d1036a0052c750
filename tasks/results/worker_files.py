"""The file of a requester's workers, as Mechanical Turk's website gave and took it.

Each qualification has two columns, CURRENT-<name> and UPDATE-<name>; the last two are
CURRENT-BlockStatus and UPDATE-BlockStatus. What stands in an UPDATE column is done: a value,
`Revoke`, `Block` or `Unblock`. Empty ones, and ones that say what is so already, change nothing.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from marketplace.accounts.models import Requester
from tasks import batch_file
from tasks.batch_file import Problem
from tasks.queries.people import Person
from tasks.results import cells
from workers.models import Qualification, QualificationType, Worker
from workers.queries import blocks_of, types_of
from workers.states import QualificationStatus

WORKER = "Worker ID"
RECORD = [
    f"{what}{span}"
    for span in (" - Lifetime", " - Last 30 Days", " - Last 7 Days")
    for what in ("Number of HITs approved or rejected", "Number of HITs approved", "Approval rate")
]
CURRENT, UPDATE, BLOCK_STATUS = "CURRENT-", "UPDATE-", "BlockStatus"
MOST_COLUMNS = 50
MOST_CHANGES = 1000
MOST_ROWS = 100_000
PROBLEMS_KEPT = 500
_WHOLE = re.compile(r"[+-]?\d{1,10}")

csv.field_size_limit(2**20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing to do to one worker. `type_id` is empty for a block; `value` None revokes."""

    row: int
    worker_id: str
    what: str  # grant, revoke, block, unblock
    type_id: str = ""
    type_name: str = ""
    value: int | None = None


@dataclass(kw_only=True, slots=True)
class Reading:
    """What a file says, and what is wrong with it."""

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, row: int, column: str, message: str) -> None:
        """Note a problem, if there aren't very many."""
        if len(self.problems) < PROBLEMS_KEPT:
            column, message = column[:200].replace("\0", ""), message.replace("\0", "")
            self.problems.append(Problem(row=row, column=column, message=message))


def header(types: Sequence[QualificationType]) -> str:
    """The first line."""
    names = [kind.name for kind in types] + [BLOCK_STATUS]
    pairs = [f"{side}{name}" for name in names for side in (CURRENT, UPDATE)]
    return _csv([[WORKER, *RECORD, *pairs]])


def lines(people: Sequence[Person]) -> str:
    """A line for each worker, with empty UPDATE columns."""
    return _csv(
        [
            person.worker.public_id,
            *(
                cell
                for rate in person.rates
                for cell in (rate.reviewed, rate.approved, cells.rate(rate))
            ),
            *(cell for value in person.values for cell in ("" if value is None else value, "")),
            person.block,
            "",
        ]
        for person in people
    )


def read(file: IO[bytes], *, requester: Requester, is_sandbox: bool) -> Reading:
    """What the file would change. Raises Unreadable where it is no CSV file in UTF-8."""
    names, rows = batch_file.read(file)
    reading = Reading()
    kinds = {kind.name: kind for kind in types_of(requester, is_sandbox=is_sandbox)}
    place = next((n for n, name in enumerate(names) if name in (WORKER, "WorkerId")), None)
    if place is None:
        reading.complain(1, WORKER, "There is no column of this name.")
        return reading
    updates = _updates(names, kinds, reading)
    asked: list[tuple[int, str, str, str]] = []
    for number, row in enumerate(rows, start=2):
        if number > MOST_ROWS + 1:
            reading.complain(number, "", f"A file has at most {MOST_ROWS:,} rows. Split it.")
            break
        worker = row[place].strip().upper() if place < len(row) else ""
        asked += [
            (number, worker, name, row[column].strip())
            for column, name in updates.items()
            if column < len(row) and row[column].strip()
        ]
        if len(asked) > MOST_CHANGES:
            reading.complain(
                number, "", f"A file changes at most {MOST_CHANGES:,} things. Split it."
            )
            break
    _decide(asked, kinds, reading, requester, is_sandbox)
    return reading


def _updates(
    names: Sequence[str], kinds: Mapping[str, QualificationType], reading: Reading
) -> dict[int, str]:
    """{column: the qualification's name, or BlockStatus}."""
    found: dict[int, str] = {}
    for column, name in enumerate(names):
        if not name.startswith(UPDATE):
            continue
        about = cells.unguarded(name.removeprefix(UPDATE))
        if about in found.values():
            reading.complain(1, name, "This name stands twice.")
        elif about != BLOCK_STATUS and about not in kinds:
            reading.complain(1, name, "You have no qualification of this name.")
        else:
            found[column] = about
    return found


def _decide(
    asked: Sequence[tuple[int, str, str, str]],
    kinds: Mapping[str, QualificationType],
    reading: Reading,
    requester: Requester,
    is_sandbox: bool,
) -> None:
    wanted = {worker for _row, worker, _name, _text in asked if "\0" not in worker}
    workers = {found.public_id: found for found in Worker.objects.filter(public_id__in=wanted)}
    blocked = set(
        blocks_of(requester, is_sandbox=is_sandbox)
        .filter(worker__in=workers.values())
        .values_list("worker_id", flat=True)
    )
    held = {
        (worker, kind): value
        for worker, kind, value in Qualification.objects.filter(
            worker__in=workers.values(),
            type__in=kinds.values(),
            status=QualificationStatus.GRANTED,
        ).values_list("worker_id", "type_id", "value")
    }
    seen: set[tuple[str, str]] = set()
    for row, public_id, name, text in asked:
        worker = workers.get(public_id)
        column = f"{UPDATE}{name}"
        if worker is None:
            reading.complain(row, WORKER, f"There is no worker “{public_id[:40]}”.")
        elif (public_id, name) in seen:
            reading.complain(row, column, "Another row says something about this worker.")
        elif name == BLOCK_STATUS:
            _decide_block(reading, row, worker, text, is_blocked=worker.pk in blocked)
        else:
            kind = kinds[name]
            _decide_value(reading, row, worker, kind, text, held.get((worker.pk, kind.pk)))
        seen.add((public_id, name))


def _decide_block(
    reading: Reading, row: int, worker: Worker, text: str, *, is_blocked: bool
) -> None:
    what = text.lower()
    if what not in ("block", "unblock"):
        reading.complain(row, UPDATE + BLOCK_STATUS, f"Block or Unblock, not “{text[:40]}”.")
    elif is_blocked != (what == "block"):
        reading.changes.append(Change(row=row, worker_id=worker.public_id, what=what))


def _decide_value(
    reading: Reading,
    row: int,
    worker: Worker,
    kind: QualificationType,
    text: str,
    before: int | None,
) -> None:
    column = f"{UPDATE}{kind.name}"
    about = {"row": row, "worker_id": worker.public_id}
    named = {"type_id": kind.public_id, "type_name": kind.name}
    if text.lower() == "revoke":
        if before is None:
            reading.complain(row, column, "This worker doesn't hold it.")
        else:
            reading.changes.append(Change(**about, what="revoke", **named))  # type: ignore[arg-type]
        return
    value = int(text) if text.isascii() and _WHOLE.fullmatch(text) else None
    if value is None or not -(2**31) <= value < 2**31:
        reading.complain(row, column, f"A whole number or Revoke, not “{text[:40]}”.")
    elif value != before:
        reading.changes.append(
            Change(**about, what="grant", **named, value=value)  # type: ignore[arg-type]
        )


def _csv(rows: Sequence[Sequence[object]] | Iterator[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([cells.guarded(str(cell)) for cell in row])
    return text.getvalue()
