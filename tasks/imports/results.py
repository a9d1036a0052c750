"""The results of a batch, as Mechanical Turk's website gave them."""

from collections.abc import Sequence

from tasks.batch_file import Problem
from tasks.imports.rows import RESULTS_ID, CellChecks, Row, Stored, date_in

NEEDED = ("HITId", RESULTS_ID, "WorkerId", "AssignmentStatus")
STATUSES = ("Submitted", "Approved", "Rejected")
KEY = RESULTS_ID
INPUT, ANSWER = "Input.", "Answer."

_DATES = (
    "CreationTime", "Expiration", "AcceptTime", "SubmitTime", "AutoApprovalTime", "ApprovalTime",
    "RejectionTime",
)  # fmt: skip
_NUMBERS = (
    "MaxAssignments", "AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds",
    "LifetimeInSeconds", "WorkTimeInSeconds",
)  # fmt: skip


def header_problems(header: Sequence[str]) -> list[Problem]:
    """Any further column is welcome: what there is comes back."""
    return []


def cell_problems(number: int, row: Row) -> list[Problem]:
    """What is wrong with one row's cells."""
    checks = CellChecks(number, row)
    checks.identifier("HITId")
    checks.identifier(RESULTS_ID)
    checks.identifier("WorkerId", of_worker=True)
    checks.one_of("AssignmentStatus", STATUSES)
    checks.money("Reward")
    for column in _DATES:
        checks.date(column)
    for column in _NUMBERS:
        checks.whole(column)
    return checks.problems


def stored(row: Row) -> Stored:
    """An ImportedAssignment's values, of a row without problems."""
    return {
        "assignment_id": row[RESULTS_ID].strip(),
        "amazon_worker_id": row["WorkerId"].strip(),
        "status": row["AssignmentStatus"].strip(),
        "submitted_at": date_in(row.get("SubmitTime", "")),
        "inputs": _under(INPUT, row),
        "answers": _under(ANSWER, row),
        "cells": {name: cell for name, cell in row.items() if not name.startswith((INPUT, ANSWER))},
    }


def _under(prefix: str, row: Row) -> dict[str, str]:
    return {
        name.removeprefix(prefix): cell for name, cell in row.items() if name.startswith(prefix)
    }
