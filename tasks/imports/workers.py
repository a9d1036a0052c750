"""The workers of a requester, as Mechanical Turk's website gave them.

A qualification is a pair of columns, CURRENT-<name> and UPDATE-<name>; a block is one as well.
What UPDATE- columns ask for was asked of Amazon, and is left out.
"""

import re
from collections.abc import Sequence

from tasks.batch_file import Problem
from tasks.imports.rows import WORKERS_ID, CellChecks, Row, Stored, whole_in

NEEDED = (WORKERS_ID,)
KEY = WORKERS_ID
CURRENT = "CURRENT-"
BLOCK = "CURRENT-BlockStatus"
BLOCK_STATUSES = ("", "Never Blocked", "Blocked", "Unblocked")
REVIEWED = "Number of HITs approved or rejected - Lifetime"
APPROVED = "Number of HITs approved - Lifetime"
LONGEST_NAME = 200
"""Characters of a qualification's name."""

_RATE = re.compile(r"[0-9.]+ ?% ?\(([0-9]{1,9})/([0-9]{1,9})\)")


def header_problems(header: Sequence[str]) -> list[Problem]:
    """Qualifications need names that they can have here."""
    return [
        Problem(
            row=1,
            column=name[:LONGEST_NAME],
            message=f"A qualification's name has 1 to {LONGEST_NAME} characters.",
        )
        for name in header
        if name.startswith(CURRENT) and not 1 <= len(_qualification(name)) <= LONGEST_NAME
    ]


def _qualification(column: str) -> str:
    return column.removeprefix(CURRENT).strip()


def cell_problems(number: int, row: Row) -> list[Problem]:
    """What is wrong with one row's cells."""
    checks = CellChecks(number, row)
    checks.identifier(WORKERS_ID, of_worker=True)
    checks.one_of(BLOCK, BLOCK_STATUSES)
    checks.whole(REVIEWED)
    checks.whole(APPROVED)
    for column in row:
        if column.startswith(CURRENT) and column != BLOCK:
            checks.whole(column)
    if not checks.problems and _counts(row) is None:
        checks.add(APPROVED, "More was approved than reviewed.")
    return checks.problems


def _counts(row: Row) -> tuple[int | None, int | None] | None:
    """(approved, rejected), each None where the file doesn't say; None where it can't be."""
    approved, reviewed = whole_in(row.get(APPROVED, "")), whole_in(row.get(REVIEWED, ""))
    if approved is None or reviewed is None:
        rates = (_RATE.fullmatch(cell.strip()) for name, cell in row.items() if "Lifetime" in name)
        found = next((rate for rate in rates if rate), None)
        if found is None:
            return None, None
        approved, reviewed = int(found[1]), int(found[2])
    return (approved, reviewed - approved) if 0 <= approved <= reviewed else None


def stored(row: Row) -> Stored:
    """A FormerWorker's values, of a row without problems."""
    approved, rejected = _counts(row) or (None, None)
    return {
        "amazon_id": row[WORKERS_ID].strip(),
        "stated_approved": approved,
        "stated_rejected": rejected,
        "scores": {
            _qualification(name): int(cell)
            for name, cell in row.items()
            if name.startswith(CURRENT) and name != BLOCK and cell.strip()
        },
        "block_status": row.get(BLOCK, "").strip(),
    }
