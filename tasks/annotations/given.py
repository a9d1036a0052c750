"""An answer's fields, however they were sent, as {name: value}.

A crowd form sends one field `taskAnswers`, a JSON list that holds an object; or, flattened, each
answer as fields `name.path.to`, lists as JSON. A form of HTML sends each element's answer as a
field, objects as JSON. A worker can send anything.
"""

from collections.abc import Mapping
from typing import Any

from tasks.annotations import loose

TASK_ANSWERS = "taskAnswers"

Fields = Mapping[str, Any]


def values_of(answer: Fields | None) -> dict[str, Any]:
    """What a crowd form sent, taken out of its one field; the other fields as they are."""
    values: dict[str, Any] = {}
    for name, value in (answer or {}).items():
        inner = _parsed(value) if name == TASK_ANSWERS else None
        parts = inner if isinstance(inner, list) else [inner]
        objects = [part for part in parts if isinstance(part, dict)]
        if objects and len(objects) == len(parts):
            for part in objects:
                values |= part
        else:
            values[name] = value
    return values


def take(values: dict[str, Any], name: str) -> Any:
    """The answer of the element with this name, taken out of the values; None without one."""
    if name in values:
        value = values.pop(name)
        parsed = _parsed(value)
        return value if parsed is None else parsed
    prefix = f"{name}."
    flat = {key: values.pop(key) for key in list(values) if key.startswith(prefix)}
    return (
        _nested({key.removeprefix(prefix): value for key, value in flat.items()}) if flat else None
    )


def _parsed(value: object) -> Any:
    """The object or list that a text holds; None for any other text."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return loose.strict(value)
    except ValueError:
        return None


def _nested(flat: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """{"a.b": "[1]"} as {"a": {"b": [1]}}. Numbers stay texts: a label may be one."""
    if flat is None:
        return None
    whole: dict[str, Any] = {}
    for path, value in flat.items():
        inner = whole
        *parents, last = path.split(".")[:20]
        for parent in parents:
            below = inner.get(parent)
            if not isinstance(below, dict):
                below = inner[parent] = {}
            inner = below
        parsed = _parsed(value)
        inner[last] = value if parsed is None else parsed
    return whole
