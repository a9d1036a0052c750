"""Statements that PostgreSQL plans now and then and not at each call.

For the few that are run thousands of times a minute, planning costs more than running. A plan
made for small tables is the wrong one when they have grown, so none is kept for long. Plans
belong to their connection, so a pool that gives each transaction another connection can't be
used with them (docs/operate.md).
"""

import re
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.utils import CursorWrapper

_PARAMETER = re.compile(r"%\((\w+)\)s")
_known: WeakKeyDictionary[Any, dict[str, float]] = WeakKeyDictionary()
KEPT_FOR = 10.0
"""Seconds."""


def execute(
    cursor: CursorWrapper, sql: str, parameters: Mapping[str, Any], *, before: str = ""
) -> None:
    """Run `sql`, whose parameters are %(name)s, by a plan that is kept for a while.

    `before` is a statement that goes with it in one round trip and one transaction. Where
    PostgreSQL can't see a parameter's type from its first use, write it there: %(at)s::timestamptz.
    """
    name, text, call = _spelled(sql)
    known = _known.setdefault(cursor.connection, {})
    now = time.monotonic()
    if name in known and now - known[name] > KEPT_FOR:
        cursor.execute(f"DEALLOCATE {name}")
        del known[name]
    if name not in known:
        cursor.execute(f"PREPARE {name} AS {text}")
        known[name] = now
    cursor.execute(before + call, parameters)


@cache
def _spelled(sql: str) -> tuple[str, str, str]:
    """(name, the statement with $1…, the call with %(name)s)."""
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    text = _PARAMETER.sub(lambda match: places[match[1]], sql)
    name = f"manyhands_{sha256(sql.encode()).hexdigest()[:16]}"
    arguments = ", ".join(f"%({each})s" for each in names)
    return name, text, f"EXECUTE {name} ({arguments})"
