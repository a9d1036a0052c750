"""Input manifests, as SageMaker Ground Truth has them: JSON Lines, each line an object.

Each line has `source` (the text itself) or `source-ref` (the address of a file); what else it has
is kept. A line is kept to the letter, so that it comes out again as it went in.
"""

import io
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_LINE_BYTES = 100 * 1024
SOURCES = ("source-ref", "source")
BLOCK = 64 * 1024

_TOO_LONG = f"This line is longer than {MAX_LINE_BYTES:,} bytes, which is Ground Truth's limit."
_SHAPE = (
    "This isn't a JSON object. Write one object on each line, without brackets around them all or "
    "commas after them."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: its text, what it says as {name: text}, and what is wrong with it."""

    number: int
    text: str
    inputs: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class _Refused(Exception):
    """The line's JSON can't be taken; the message says why."""


def read(file: io.BufferedReader) -> Iterator[Line]:
    """The lines, blank ones left out, in the memory of one."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 3):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        content = line.rstrip(b"\r\n")
        if len(content) > MAX_LINE_BYTES:
            _skip_the_rest(file, line)
            yield Line(number=number, text="", problems=[_TOO_LONG])
        elif content.strip():
            yield _line(number, content)


def _skip_the_rest(file: io.BufferedReader, start: bytes) -> None:
    while start and not start.endswith(b"\n"):
        start = file.readline(BLOCK)


def _line(number: int, content: bytes) -> Line:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Line(number=number, text="", problems=["This line isn't UTF-8 text."])
    try:
        values = values_of(text)
        inputs = {name: _as_text(value) for name, value in values.items()}
    except _Refused as error:
        return Line(number=number, text="", problems=[str(error)])
    return Line(number=number, text=text, inputs=inputs, problems=_problems(values, inputs))


def values_of(text: str, *, made: type[dict[str, Any]] = dict) -> dict[str, Any]:
    """What a line says, {name: value}, its objects `made`; each name once, at every depth."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = made(pairs)
        if len(values) < len(pairs):
            twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
            raise _Refused(f"The name “{twice[:100]}” stands twice in one object.")
        return values

    try:
        values = json.loads(
            text, object_pairs_hook=once, parse_constant=_no_constant, parse_float=_finite
        )
        json.dumps(values, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise _Refused(_SHAPE) from None
        raise _Refused(f"This isn't valid JSON: {error.msg} (column {error.colno}).") from None
    except UnicodeEncodeError:
        raise _Refused("It has half of a surrogate pair, which is no character.") from None
    except RecursionError:
        raise _Refused("It is nested too deeply.") from None
    except ValueError:
        raise _Refused("It has a number with too many digits.") from None
    if not isinstance(values, dict):
        raise _Refused(_SHAPE)
    return values


def _no_constant(name: str) -> None:
    raise _Refused(f"{name} is no JSON: use a number, a text or null.")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise _Refused(f"The number {number[:40]} is too large.")
    return value


def _as_text(value: Any) -> str:
    """A value as a cell of a CSV file would say it: text as it is, null as nothing, else JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _problems(values: dict[str, Any], inputs: dict[str, str]) -> list[str]:
    problems = []
    if not any(name in values for name in SOURCES):
        problems.append("It has neither “source” nor “source-ref”.")
    problems += [
        f"“{name}” is a text with something in it."
        for name in SOURCES
        if name in values and not (isinstance(values[name], str) and values[name].strip())
    ]
    if any(not name or "\0" in name for name in inputs):
        problems.append("An attribute has no name, or one with a NUL character.")
    problems += [
        f"“{name[:100]}” has a NUL character in it."
        for name, value in inputs.items()
        if "\0" in value
    ]
    return problems
