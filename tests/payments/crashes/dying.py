"""Every step at which a process can die, found by watching: no list that could miss a new one.

A step is the moment before or after a commit that wrote something, and before a request leaves or
its answer arrives. `Deaths(at=7)` lets the process die at the seventh, by an exception that no
code of ours catches; whatever still tries to write or to call afterwards is remembered, since a
dead process doesn't.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest import mock

from django.db import connection
from django.db.transaction import Atomic
from requests.adapters import HTTPAdapter

WRITES = ("INSERT", "UPDATE", "DELETE")
OURS = ("/payments/", "/marketplace/")


class Killed(BaseException):
    """The process died here: nothing catches this but the test."""


@dataclass
class Deaths:
    """Counts the steps of what runs in `watching`, and dies at the one numbered `at`."""

    at: int = 0
    steps: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    """What was written or asked after death."""
    is_dead: bool = False
    _has_written: bool = False
    _base: int = 0

    @contextmanager
    def watching(self) -> Iterator["Deaths"]:
        """Outside of any transaction but the test's own."""
        self._base = len(connection.savepoint_ids)
        enter, leave, send = Atomic.__enter__, Atomic.__exit__, HTTPAdapter.send
        with (
            connection.execute_wrapper(self._statement),
            mock.patch.object(Atomic, "__enter__", _method(self._enter, enter)),
            mock.patch.object(Atomic, "__exit__", _method(self._leave, leave)),
            mock.patch.object(HTTPAdapter, "send", _method(self._send, send)),
        ):
            yield self

    def step(self, name: str) -> None:
        """One more; the last, where it is the one to die at."""
        if self.is_dead:
            self.spoken.append(name)
            raise Killed
        self.steps.append(name)
        if len(self.steps) == self.at:
            self.is_dead = True
            raise Killed

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_write = sql.lstrip().upper().startswith(WRITES)
        if not is_write:
            return execute(sql, params, many, context)
        if self.is_dead:
            self.spoken.append(sql)
            raise Killed
        if len(connection.savepoint_ids) > self._base:
            self._has_written = True
            return execute(sql, params, many, context)
        where = _where()
        self.step(f"before {where} writes")
        answer = execute(sql, params, many, context)
        self.step(f"after {where} wrote")
        return answer

    def _enter(self, enter: Any, block: Atomic) -> None:
        if len(connection.savepoint_ids) == self._base:
            block.savepoint = True  # in a process of its own it is the whole transaction
        enter(block)

    def _leave(self, leave: Any, block: Atomic, kind: Any, value: Any, trace: Any) -> None:
        is_whole = len(connection.savepoint_ids) == self._base + 1
        if not is_whole or kind is not None or not self._has_written:
            if is_whole:
                self._has_written = False
            leave(block, kind, value, trace)
            return
        self._has_written = False
        where = _where()
        try:
            self.step(f"before the commit of {where}")
        except Killed as death:
            leave(block, Killed, death, death.__traceback__)
            raise
        leave(block, kind, value, trace)
        self.step(f"after the commit of {where}")

    def _send(self, send: Any, adapter: HTTPAdapter, request: Any, **given: Any) -> Any:
        path = re.sub(r"\b[a-z_]+_[0-9]{8,}", "{}", request.path_url.partition("?")[0])
        self.step(f"before {request.method} {path} is sent")
        answer = send(adapter, request, **given)
        self.step(f"before the answer to {request.method} {path} arrives")
        return answer


def _method(ours: Any, theirs: Any) -> Any:
    def method(self: Any, *given: Any, **named: Any) -> Any:
        return partial(ours, theirs)(self, *given, **named)

    return method


def _where() -> str:
    """The function of ours that is at work."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if any(part in code.co_filename for part in OURS) and "/tests/" not in code.co_filename:
            return code.co_name
        frame = frame.f_back  # type: ignore[assignment]
    return "a test"
