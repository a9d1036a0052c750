"""What every statement of money's actions keeps to, watched while the tests run: who races whom
can't be tried out for each, but these rules leave nothing to race for.

- What belongs together is together: an action that locks or writes twice does so in a transaction.
- What is read and saved anew is locked first: such a row was made, or taken FOR NO KEY UPDATE, in
  the same transaction. (INSERT … ON CONFLICT may have made none.)
- Several rows are locked in an order, so that two who do wait for each other in one direction.
- Nothing of ours is locked FOR UPDATE: that waits for every check of a foreign key to the row, and
  such checks wait for it, https://www.postgresql.org/docs/current/explicit-locking.html. (Django's
  update_or_create does; we use it for rows that no other row refers to.)
- What is read along with a row is not locked with it: nobody is to wait for a requester's row
  because one of its cards is looked at.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.db import connection

ACTIONS = "/payments/actions/"
ORDERED = re.compile(r" ORDER BY | LIMIT ")
TABLE = re.compile(r'(?:FROM|INTO|UPDATE|OF) "(\w+)"')


class LockRules:
    """Watches this connection, inside the transaction that a test has around it."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._base = len(connection.savepoint_ids)
        self._block: str | None = None
        self._known: set[str] = set()
        """The tables of which this transaction holds rows."""
        self._alone: FrameType | None = None
        """The action that locked or wrote outside of any transaction last."""

    @contextmanager
    def watching(self) -> Iterator["LockRules"]:
        with connection.execute_wrapper(self._statement):
            yield self

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        verb = sql.lstrip().split(" ", 1)[0].upper()
        is_lock = verb == "SELECT" and " FOR " in sql and " UPDATE" in sql
        if is_lock or verb in ("INSERT", "UPDATE", "DELETE"):
            self._look(sql, verb)
        return execute(sql, params, many, context)

    def _look(self, sql: str, verb: str) -> None:
        action, calls = _calls()
        ids = connection.savepoint_ids[self._base :]
        if ids == [None] and "bulk_create" in calls:
            ids = []  # that has a transaction around itself alone
        block = ids[0] if ids else None
        if block != self._block or not ids:
            self._block, self._known = block, set()
        if action is None:
            return
        if " FOR UPDATE" in sql and "update_or_create" not in calls:
            self._tell(action, "locks FOR UPDATE", sql)
        if verb == "SELECT" and not ORDERED.search(sql):
            self._tell(action, "locks rows in no order", sql)
        if verb == "SELECT" and " JOIN " in sql and " UPDATE OF " not in sql:
            self._tell(action, "locks what it reads along", sql)
        if not ids:
            if self._alone is action or verb == "SELECT":
                self._tell(action, "has no transaction around this", sql)
            self._alone = action
        tables = set(TABLE.findall(sql))
        if verb == "UPDATE" and "_save_table" in calls and not tables & self._known:
            self._tell(action, "saves a row that it has not locked", sql)
        if verb == "SELECT" or (verb == "INSERT" and " ON CONFLICT" not in sql):
            self._known |= tables

    def _tell(self, action: FrameType, what: str, sql: str) -> None:
        self.broken.append(f"{action.f_code.co_name} {what}: {sql[:300]}")


def _calls() -> tuple[FrameType | None, set[str]]:
    """The outermost function of an action that is at work, and the names of all that are."""
    frame: FrameType | None = sys._getframe(2)
    action, names = None, set()
    while frame is not None:
        names.add(frame.f_code.co_name)
        if ACTIONS in frame.f_code.co_filename:
            action = frame
        frame = frame.f_back
    return action, names
