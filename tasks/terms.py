"""What terms of work may be: Mechanical Turk's limits, checked in one place."""

from collections.abc import Mapping
from typing import Any

from marketplace.errors import InvalidInput
from tasks.requirements import normalised

MAX_REWARD_CENTS = 1_000_000
MAX_ASSIGNMENTS = 1_000_000_000
MAX_BATCH_SLOTS = 2_000_000_000
"""Assignments of all of a batch's HITs as it is published: more is a slip of the hand."""
MAX_LAYOUT_BYTES = 65_535
YEAR = 31_536_000
MONTH = 2_592_000


def check_terms(terms: Mapping[str, Any]) -> None:
    """Raise InvalidInput, naming the field, where terms are outside of the limits."""
    _text(terms, "title", 1, 128)
    _text(terms, "description", 1, 2000)
    _text(terms, "keywords", 0, 1000)
    _number(terms, "reward_cents", 0, MAX_REWARD_CENTS, "cents")
    _number(terms, "assignment_seconds", 30, YEAR, "seconds")
    _number(terms, "auto_approve_seconds", 0, MONTH, "seconds")
    normalised(terms.get("requirements", []))


def check_numbers(*, max_assignments: int, lifetime_seconds: int = YEAR) -> None:
    """Raise InvalidInput for a number of assignments or a lifetime outside of the limits."""
    values = {"max_assignments": max_assignments, "lifetime_seconds": lifetime_seconds}
    _number(values, "max_assignments", 1, MAX_ASSIGNMENTS, "")
    _number(values, "lifetime_seconds", 30, YEAR, "seconds")


def check_slots(slots: int) -> None:
    """Raise InvalidInput for a batch with more assignments than can be counted."""
    if slots > MAX_BATCH_SLOTS:
        raise InvalidInput(
            f"The batch would have {slots:,} assignments; at most {MAX_BATCH_SLOTS:,} are "
            "possible. Split it, or ask for fewer workers per HIT.",
            field="max_assignments",
        )


def check_layout(layout: str) -> None:
    """Raise InvalidInput for a layout that is empty or too large."""
    if not layout.strip():
        raise InvalidInput("The layout is empty: there would be nothing to do.", field="layout")
    size = len(layout.encode())
    if size > MAX_LAYOUT_BYTES:
        raise InvalidInput(
            f"The layout has {size:,} bytes; at most {MAX_LAYOUT_BYTES:,} are possible.",
            field="layout",
        )


def _text(terms: Mapping[str, Any], field: str, least: int, most: int) -> None:
    value = terms.get(field, "")
    if not isinstance(value, str) or not least <= len(value.strip()) <= most:
        raise InvalidInput(
            f"The {field} has {least} to {most} characters; this has {len(str(value).strip())}.",
            field=field,
        )
    if "\0" in value:
        raise InvalidInput(f"The {field} has a NUL character in it.", field=field)


def _number(terms: Mapping[str, Any], field: str, least: int, most: int, unit: str) -> None:
    value = terms.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        name = field.removesuffix("_seconds").removesuffix("_cents").replace("_", " ")
        raise InvalidInput(f"The {name} is {least:,} to {most:,} {unit}".strip() + ".", field=field)
