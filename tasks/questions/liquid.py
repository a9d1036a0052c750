"""Layouts in Liquid, as SageMaker Ground Truth has them, within limits that hold.

`{{ task.input.x }}` and `{{ x }}` are the column x; what is shown is escaped for HTML. Everything
that a template can say is either bounded beforehand or counted while it is filled in
(tasks/questions/liquid_limits.py), so that no template and no row takes more than a second.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate
from liquid.builtin.expressions.logical import ContainsExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from markupsafe import Markup, escape

from tasks import manifest
from tasks.questions import liquid_scan
from tasks.questions.liquid_limits import (
    MAX_DEPTH,
    Limited,
    LimitedTemplate,
    environment,
)
from tasks.questions.liquid_scan import LiquidRefused, line_at

PREFIX = "task.input."
OBJECT = "taskObject"
_OURS = frozenset({"task", "now", "today"})
_KEPT = 64


def check(source: str) -> None:
    """Raise LiquidRefused, with the line, for a template that can't be used: what it says is
    wrong, or it is over a limit whatever its row."""
    sample = {name: f"[{name}]" for name in variables_in(source)}
    try:
        fill(source, sample)
    except LiquidRefused as error:
        # A sample is no row: what only its values make wrong is no mistake of the template's.
        if isinstance(error.__cause__, ResourceLimitError):
            raise


@lru_cache(_KEPT)
def variables_in(source: str) -> list[str]:
    """The columns that a template names, each once, in order of appearance. Raises LiquidRefused.

    What it makes itself (assign, capture, a loop's name) is none, nor is what it looks up by a
    name that only the row knows.
    """
    template = _parsed(source)
    try:
        found = template.analyze(include_partials=False).globals
    except (LiquidError, RecursionError) as error:
        raise _refused(error, source) from error
    places: dict[str, int] = {}
    for root, uses in found.items():
        for use in uses:
            name = _column(root, use.segments)
            if name:
                places[name] = min(places.get(name, len(source)), use.span.index)
    return sorted(places, key=places.__getitem__)


def _column(root: str, segments: list[Any]) -> str | None:
    if root not in _OURS:
        return root
    is_input = len(segments) > 2 and segments[:2] == ["task", "input"]
    return segments[2] if is_input and isinstance(segments[2], str) else None


def missing(source: str, columns: Iterable[str]) -> list[str]:
    """The columns that a template needs besides these."""
    there = {name.removeprefix(PREFIX) for name in columns}
    if there & set(manifest.SOURCES):
        there.add(OBJECT)
    return [name for name in variables_in(source) if name not in there]


def fill(source: str, inputs: Mapping[str, str], line: str = "") -> str:
    """The template filled in; from a line of a manifest, if there is one, as it has its values.
    Raises LiquidRefused."""
    values: Mapping[str, Any]
    if line:
        values = manifest.values_of(line, made=_Object)
    else:
        values = {name: _cell(text) for name, text in inputs.items()}
    values = {name.removeprefix(PREFIX): value for name, value in values.items()}
    for name in manifest.SOURCES:
        if name in values:
            values.setdefault(OBJECT, values[name])
    template = _parsed(source)
    try:
        return template.render({**values, "task": {"input": values}})
    # The library lets through whatever Python raises when a value is of an unforeseen kind.
    except Exception as error:
        raise _refused(error, source) from error


class _List(list[Any]):
    """A list that a cell holds as JSON; shown by itself, it is the cell."""

    text = ""

    def __html__(self) -> Markup:
        return escape(self.text)

    def __str__(self) -> str:
        return self.text


class _Object(dict[str, Any]):
    """An object of JSON; shown by itself, it is that again."""

    text = ""

    def __html__(self) -> Markup:
        return escape(str(self))

    def __str__(self) -> str:
        return self.text or json.dumps(self, ensure_ascii=False)


def _cell(text: Any) -> Any:
    """A cell that holds a list or an object as JSON is that: other text is text."""
    if not isinstance(text, str) or text[:1] not in ("[", "{"):
        return text
    try:
        value = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, list):
        value = _List(value)
    value.text = text
    return value


@lru_cache(_KEPT)
def _parsed(source: str) -> LimitedTemplate:
    liquid_scan.check(source)
    try:
        template = environment().from_string(source)
        _check_expressions(template, source)
        _check_filters(template, source)
    except (LiquidError, RecursionError) as error:
        raise _refused(error, source) from error
    assert isinstance(template, LimitedTemplate)
    return template


def _check_filters(template: BoundTemplate, source: str) -> None:
    """Refuse what no filter is called, also where the sample row doesn't come to it."""
    for name, places in template.analyze(include_partials=False).filters.items():
        if name not in environment().filters:
            at = line_at(source, places[0].index)
            raise LiquidRefused(f"There is no filter called “{name}”.", line=at)


def _check_expressions(template: BoundTemplate, source: str) -> None:
    """Refuse `(1..9) contains x`, which would count through the whole range unseen."""
    context = Limited(template)
    nodes = list(template.nodes)
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children(context, include_partials=False))
        for expression in node.expressions():
            _check_expression(expression, source)


def _check_expression(expression: Expression, source: str) -> None:
    expressions: list[Expression] = [expression]
    while expressions:
        one = expressions.pop()
        inner = list(one.children())
        if isinstance(one, ContainsExpression) and any(isinstance(i, RangeLiteral) for i in inner):
            at = line_at(source, one.token.start_index)
            raise LiquidRefused("A range can't be asked what it contains; compare.", line=at)
        expressions.extend(inner)


def _refused(error: Exception, source: str) -> LiquidRefused:
    """What the library says, as a sentence with the line in it."""
    if isinstance(error, LiquidRefused):
        return error
    if isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
        return LiquidRefused("The template is nested too deeply.")
    if not isinstance(error, LiquidError):
        return LiquidRefused("A value of this row can't be used as the template uses it.")
    token = error.token
    line = line_at(source, token.start_index) if token and token.start_index >= 0 else None
    what = str(error.message or "this can't be read")
    if what == "block nesting limit reached":
        what = f"blocks are nested more than {MAX_DEPTH} deep"
    if line is None:
        what = what[:1].upper() + what[1:]
    return LiquidRefused(what.rstrip(".") + ".", line=line)
