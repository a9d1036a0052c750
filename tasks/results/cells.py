"""One cell of a results file: how values are written, and what makes them safe to open.

A spreadsheet runs a cell that begins with = + - @ or a control character as a formula, and the
answers are strangers' text. Such a cell gets an apostrophe in front, real numbers excepted;
`unguarded` takes exactly that apostrophe away again, so that a file survives the round trip.
"""

import re
from datetime import datetime

from marketplace.money import dollars
from tasks.queries.results import Rate

_RISKY = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


def guarded(text: str) -> str:
    """The text as a spreadsheet may have it: never a formula."""
    if _RISKY.match(text) and not _NUMBER.match(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    if text.startswith("'") and _RISKY.match(text):
        return text[1:]
    return text


def date(moment: datetime | None) -> str:
    """As Mechanical Turk writes dates, in UTC: "Thu Mar 05 13:05:11 UTC 2020"."""
    return f"{moment:%a %b %d %H:%M:%S} UTC {moment:%Y}" if moment else ""


def reward(cents: int) -> str:
    """ "$0.05", whatever the currency: the programs that read these files expect the sign."""
    return f"${dollars(cents)}"


def rate(found: Rate) -> str:
    """ "100% (10/10)": the share that was approved, rounded to whole percents; "0% (0/0)"."""
    percent = (200 * found.approved + found.reviewed) // (2 * found.reviewed or 1)
    return f"{percent if found.reviewed else 0}% ({found.approved}/{found.reviewed})"


def answer(value: object) -> str:
    """One answer field; a repeated field's values are joined with "|"."""
    if isinstance(value, list):
        return "|".join(str(part) for part in value)
    return "" if value is None else str(value)
