"""What Liquid may use: steps, rounds of loops, sizes of values, and time of the processor.

The library asks the context before each node, each filter, each value and each loop; that is
where everything is counted. A filter's result is weighed before it can grow further, and what
could be huge before it is weighed is refused by its arguments.
"""

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.builtin.tags.for_tag import ForLoop
from liquid.builtin.tags.tablerow_tag import TableRow
from liquid.exceptions import FilterArgumentError, LiquidError, ResourceLimitError
from markupsafe import Markup

from tasks.terms import MAX_LAYOUT_BYTES

MAX_DEPTH = 30
MAX_ROUNDS = 10_000
MAX_ITEMS = 5_000
MAX_STEPS = 100_000
MAX_WEIGHT = 256 * 1024
MAX_DIGITS = 1_000
MAX_SECONDS = 1.0
_STEPS_TIMED = 32


class OverLimit(ResourceLimitError):
    """A template that takes more than it may."""

    def __init__(self, what: str, *, token: Token | None = None) -> None:
        super().__init__(what, token=token)


class Limited(RenderContext):
    """A rendering that counts what it does."""

    __slots__ = ("_rounds", "_started", "_steps")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._steps, self._rounds, self._started = 0, 0, time.thread_time()
        super().__init__(*args, **kwargs)

    def step(self) -> None:
        """One more thing is done."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise OverLimit(f"filling in the template takes more than {MAX_STEPS:,} steps")
        if self._steps % _STEPS_TIMED == 0 and time.thread_time() - self._started > MAX_SECONDS:
            raise OverLimit(f"filling in the template takes longer than {MAX_SECONDS:g} s")

    @property
    def disabled_tags(self) -> list[str]:  # type: ignore[override]
        """Asked for before every node: no tag is disabled, but the node is counted."""
        self.step()
        return []

    @disabled_tags.setter
    def disabled_tags(self, tags: list[str]) -> None:
        """The library sets what it starts with: nothing."""

    def get(self, *args: Any, **kwargs: Any) -> object:
        """A value by its path."""
        self.step()
        return super().get(*args, **kwargs)

    def assign(self, key: str, val: Any) -> None:
        """A name for a value."""
        self.step()
        weigh(val)
        super().assign(key, val)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter by this name, its arguments and its result weighed."""
        inner = super().filter(name, token)

        def limited(*args: Any, **kwargs: Any) -> object:
            self.step()
            for value in (*args, *kwargs.values()):
                weigh(value, token=token)
            if name in _GROWTH and _GROWTH[name](*args) > MAX_WEIGHT:
                raise OverLimit(f"the result of “{name}” is too large", token=token)
            try:
                result = inner(*args, **kwargs)
            except LiquidError:
                raise
            except Exception as error:
                raise FilterArgumentError(f"“{name}” can't take this value", token=token) from error
            weigh(result, token=token)
            return result

        return limited

    def stopindex(self, key: str, index: int | None = None) -> int:
        """How far a loop goes into its list: known before it skips to its beginning."""
        if index is not None and index > MAX_ROUNDS:
            raise OverLimit(f"a loop would go beyond {MAX_ROUNDS:,} rounds")
        return super().stopindex(key, index)

    @contextmanager
    def loop(
        self, namespace: Mapping[str, object], forloop: ForLoop | TableRow
    ) -> Iterator[RenderContext]:
        """A loop begins: the rounds of all loops together are counted."""
        self._rounds += forloop.length
        if self._rounds > MAX_ROUNDS:
            raise OverLimit(f"the loops take more than {MAX_ROUNDS:,} rounds together")
        with super().loop(namespace, forloop) as context:
            yield context

    def get_buffer(self, buf: TextIO | None = None) -> "Page":  # type: ignore[override]
        """Where a block's text is gathered."""
        return Page()


class Page(io.StringIO):
    """What is written so far; line breaks stay as they are."""

    def __init__(self) -> None:
        super().__init__(newline="")
        self._bytes = 0

    def write(self, text: str) -> int:
        """Add to the page."""
        self._bytes += len(text.encode(errors="replace"))
        if self._bytes > MAX_LAYOUT_BYTES:
            raise OverLimit(f"filled in, the page is larger than {MAX_LAYOUT_BYTES:,} bytes")
        return super().write(text)


class LimitedTemplate(BoundTemplate):
    """A template that is filled in within the limits."""

    context_class = Limited

    def _get_buffer(self) -> io.StringIO:
        return Page()


class LimitedEnvironment(Environment):
    """The language: everything standard but other files, and Ground Truth's filters."""

    block_nesting_limit = MAX_DEPTH
    context_depth_limit = 2 * MAX_DEPTH
    local_namespace_limit = 4 * MAX_WEIGHT
    template_class = LimitedTemplate


@lru_cache(1)
def environment() -> Environment:
    """The language, made once."""
    made = LimitedEnvironment(autoescape=True)
    for tag in ("include", "render"):
        del made.tags[tag]
    made.add_filter("to_json", to_json)
    made.add_filter("skip_autoescape", skip_autoescape)
    made.add_filter("grant_read_access", grant_read_access)
    return made


def to_json(value: Any) -> str:
    """JSON that is safe within a script, too; in HTML it is escaped as everything is."""
    if hasattr(value, "__liquid__"):
        value = value.__liquid__()
    text = json.dumps(list(value) if isinstance(value, range) else value, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def skip_autoescape(value: Any) -> Markup:
    """The value as it is, to be read as HTML."""
    return Markup("" if value is None else str(value))  # noqa: S704 - the requester's own page


def grant_read_access(value: Any) -> Any:
    """The address as it is: files of ours have one that workers can read (tasks/files)."""
    return value


def weigh(value: object, *, token: Token | None = None) -> int:
    """About how many characters a value holds. Raises OverLimit above MAX_WEIGHT."""
    weight, values = 0, [value]
    while values:
        one = values.pop()
        if isinstance(one, str):
            weight += len(one)
        elif isinstance(one, int):
            if one.bit_length() > 3.33 * MAX_DIGITS:
                raise OverLimit(f"a number has more than {MAX_DIGITS:,} digits", token=token)
        elif isinstance(one, range):
            _check_items(one.stop - one.start, token)
        elif isinstance(one, Mapping) and type(one) not in _LOOPS:
            _check_items(len(one), token)
            values.extend(one)
            values.extend(one.values())
        elif isinstance(one, list | tuple):
            _check_items(len(one), token)
            values.extend(one)
        weight += 1
        if weight > MAX_WEIGHT:
            raise OverLimit(f"a value is larger than {MAX_WEIGHT:,} characters", token=token)
    return weight


_LOOPS = (ForLoop, TableRow)


def _check_items(count: int, token: Token | None) -> None:
    if count > MAX_ITEMS:
        raise OverLimit(f"a list has more than {MAX_ITEMS:,} items", token=token)


def _replaced(value: object, old: object = "", new: object = "", *_more: object) -> int:
    text = str(value)
    return len(text) + (text.count(str(old)) + 1) * len(str(new))


def _joined(value: object, separator: object = " ", *_more: object) -> int:
    count = len(value) if isinstance(value, list | tuple | range) else 1
    return weigh(value) + count * len(str(separator))


_GROWTH: dict[str, Callable[..., int]] = {"replace": _replaced, "join": _joined}
"""Filters whose result can be far larger than what they are given: how large it would be."""
