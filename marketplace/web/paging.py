"""Paging by key: a page costs the same wherever it lies, and nothing is counted.

The address names the row that a page starts behind: ?after=12 or ?before=12, by the ids of rows
sorted newest first. Everything else in the query stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row")
MAX_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[Row]):
    """One page of rows and the addresses beside it ("" where there is none)."""

    rows: Sequence[Row]
    previous: str
    next: str


def page_newest_first(request: HttpRequest, rows: QuerySet[Any], *, size: int) -> Page[Any]:
    """A page of `rows` by descending primary key."""
    older_than, newer_than = key(request, "after"), key(request, "before")
    if newer_than is not None:
        found: list[Model] = list(rows.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
        has_newer, has_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        older = rows if older_than is None else rows.filter(pk__lt=older_than)
        found = list(older.order_by("-pk")[: size + 1])
        has_newer, has_older = older_than is not None, len(found) > size
        found = found[:size]
    return Page(
        rows=found,
        previous=address(request, before=found[0].pk) if found and has_newer else "",
        next=address(request, after=found[-1].pk) if found and has_older else "",
    )


def key(request: HttpRequest, name: str) -> int | None:
    """An id from the query, or None where it isn't one."""
    text = request.GET.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return min(int(text), MAX_ID)


def address(request: HttpRequest, **keys: object) -> str:
    """The query of another page: this one's, with its keys replaced."""
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    for name, value in keys.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
