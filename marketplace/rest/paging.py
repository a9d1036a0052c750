"""Lists, page by key: `?limit=50&after=<cursor>`; `next` is the address of the following page.

A page starts behind the last row of the one before it, wherever that row stands by then: rows
that come or go meanwhile shift nothing, and the millionth page costs what the first does.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from marketplace.errors import InvalidInput

USUAL, MOST = 50, 200
BIGGEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some rows, and the address of the ones that follow them, if there are any."""

    rows: list[Any]
    next: str | None


def page_of(request: Request, rows: QuerySet[Any], *, by: Sequence[str] = ("-id",)) -> Page:
    """The page of `rows` that the request asks for, in the order `by` ("-" descends).

    `by` must end in something unique, hold only whole numbers that are never null, and be
    attributes of the rows.
    """
    limit = limit_of(request)
    if after := request.query_params.get("after"):
        rows = rows.filter(_behind(by, _read(after, len(by))))
    found = list(rows.order_by(*by)[: limit + 1])
    is_more = len(found) > limit
    found = found[:limit]
    return Page(rows=found, next=_next(request, by, found[-1]) if is_more else None)


def limit_of(request: Request) -> int:
    """How many rows the request asks for."""
    text = request.query_params.get("limit") or str(USUAL)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= MOST:
        raise InvalidInput(f"The limit is 1 to {MOST}.", field="limit")
    return int(text)


def _behind(by: Sequence[str], values: Sequence[int]) -> Q:
    """(a, b) after (x, y): a past x, or a = x and b past y. The first bound is an index's."""
    condition = Q()
    same = Q()
    for name, value in zip(by, values, strict=True):
        field = name.lstrip("-")
        past = "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{field}__{past}": value})
        same &= Q(**{field: value})
    first = by[0].lstrip("-")
    bound = "lte" if by[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": values[0]}) & condition


def _next(request: Request, by: Sequence[str], last: Any) -> str:
    values = [_value(last, name.lstrip("-")) for name in by]
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    parameters = request.query_params.dict() | {"after": cursor.rstrip("=")}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")


def _value(row: Any, path: str) -> int:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _read(cursor: str, length: int) -> list[int]:
    try:
        written = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(written, list) or len(written) != length:
            raise ValueError("another list's")
        return [_key(value) for value in written]
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "That is no cursor of this list: follow `next`.", field="after"
        ) from error


def _key(value: object) -> int:
    if type(value) is int and abs(value) <= BIGGEST:
        return value
    raise ValueError("not a number that a row could have")
