"""What a HIT was about, as one line of a manifest."""

import json
from typing import Any

from tasks.annotations.elements import Element
from tasks.models import HIT


def line_of(hit: HIT, element: Element) -> str:
    """The HIT's input as Ground Truth writes it, JSON in one line.

    A batch made from a manifest has its own, to the letter. A CSV row becomes `source-ref` for
    what has an address or `source` for a text, and its other columns stay under their names.
    """
    return hit.source_line or json.dumps(_source_of(hit, element), ensure_ascii=False)


def _source_of(hit: HIT, element: Element) -> dict[str, Any]:
    row = dict(hit.inputs)
    key, value = ("source-ref", element.source) if element.source else ("source", element.text)
    if "source" in row or "source-ref" in row or not value:
        return row
    column = next((name for name, cell in row.items() if _words(cell) == _words(value)), None)
    if column is not None:
        value = row.pop(column)
    return {key: value, **row}


def _words(text: object) -> list[str]:
    return str(text).split()
