"""How parameters travel: a form with brackets, `a[b][0][c]=1`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_server.refusal import unchecked

_PARTS = re.compile(r"\[([^\]]*)\]")


def nested(form: str) -> dict[str, Any]:
    """The parameters as dicts, lists and strings."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=False):
        head, _, _rest = name.partition("[")
        keys = [head, *_PARTS.findall(name[len(head) :])]
        _put(tree, keys, value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _put(tree: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise unchecked(f"Invalid object: {name}", code="parameter_invalid_object", param=name)
        tree = inner
    last = keys[-1] or str(len(tree))
    tree[last] = value


def _lists(value: Any) -> Any:
    """A dict whose keys count from 0 was an array."""
    if not isinstance(value, dict):
        return value
    if [*value] == [str(number) for number in range(len(value))] and value:
        return [_lists(item) for item in value.values()]
    return {key: _lists(item) for key, item in value.items()}
