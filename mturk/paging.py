"""Lists of the MTurk API, page by key: NextToken is the key of the page's last row.

A token comes with every page that has rows, so the last one leads to an empty page without a
token: some clients read NextToken for as long as there are rows, others until it is missing,
and this serves both.
"""

import base64
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from mturk.faults import InvalidParameter
from mturk.operation import Answer, Given

USUAL = 10
_LARGEST = 2**63 - 1
Row = TypeVar("Row", bound=Model)


def page(
    found: QuerySet[Row],
    given: Given,
    *,
    name: str,
    show: Callable[[Row], dict[str, Any]],
    order: str = "-pk",
) -> Answer:
    """The page of `found` that is asked for: {NextToken, NumResults, <name>: [show(row), …]}.

    `order` is a whole-number field that is unique among the rows; "-" descends.
    """
    field = order.lstrip("-")
    if token := given.get("NextToken"):
        past = "lt" if order.startswith("-") else "gt"
        found = found.filter(**{f"{field}__{past}": _key_in(token, name)})
    rows = list(found.order_by(order)[: given.get("MaxResults", USUAL)])
    return {
        "NextToken": _token(name, getattr(rows[-1], field)) if rows else None,
        "NumResults": len(rows),
        name: [show(row) for row in rows],
    }


def _token(name: str, key: int) -> str:
    return base64.urlsafe_b64encode(f"{name}:{key}".encode()).decode().rstrip("=")


def _key_in(token: str, name: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        list_name, _, digits = text.partition(":")
        if list_name == name and digits.isascii() and digits.isdigit() and len(digits) < 20:
            return min(int(digits), _LARGEST)
    except ValueError:
        pass
    message = f'The value "{token[:100]}" is not valid for the parameter NextToken.'
    raise InvalidParameter(message, parameter="NextToken")
