"""JSON that no element explains, as lines that people can read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_LINES = 300
DEEPEST = 8
"""Levels that are set in; what lies deeper stands below one another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """`depth` from 0 on; `key` is a member's name or a place in a list, from 1 on."""

    depth: int
    key: str
    text: str


def lines_of(value: Any) -> list[Line]:
    """The first MOST_LINES lines; a list's or an object's own line has no text."""
    found: list[Line] = []
    # Not by recursion: an answer may be nested as deeply as it likes.
    open_: list[tuple[int, Iterator[tuple[str, Any]]]] = [(0, _members(value))]
    while open_ and len(found) < MOST_LINES:
        depth, members = open_[-1]
        pair = next(members, None)
        if pair is None:
            open_.pop()
            continue
        key, inner = pair
        is_whole = isinstance(inner, dict | list) and bool(inner)
        text = "" if is_whole else _text(inner)
        found.append(Line(depth=min(depth, DEEPEST), key=key, text=text))
        if is_whole:
            open_.append((depth + 1, _members(inner)))
    return found


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((str(key), inner) for key, inner in value.items())
    if isinstance(value, list):
        return ((str(place), inner) for place, inner in enumerate(value, start=1))
    return iter([("", value)])


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != {} and value != [] else "–"
