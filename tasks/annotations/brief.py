"""An answer in a few words, as a table's cell has room for: "3 boxes: cat ×2, dog".

Goes by the answer's own shape, since a table can't make every row's page: whoever wants to know
what its element says of it reads kinds.py.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.annotations import given

MOST_LABELS = 4
LONGEST_LABEL = 40

# Members of answers that a flattened form sends as fields of their own: "seen.boundingBoxes".
_MEMBERS = (
    "boundingBoxes", "polygons", "polylines", "lines", "keypoints", "entities", "labelMappings",
    "labeledImage", "instances", "segments", "duration", "inputImageProperties",
    "initialValueModified", "label", "labels", "workerComment", "rankings", "preferred",
    "strength", "reason", "order", "questionsAndAnswers",
)  # fmt: skip
_FLAT = re.compile(rf"(.+?)\.(?:{'|'.join(_MEMBERS)})(?:\.|\Z)", re.DOTALL)


def names_in(answer: given.Fields | None) -> list[str]:
    """The names that an answer says something under: of a crowd form its elements', whichever
    way it was sent."""
    names = (_FLAT.match(name) or name for name in given.values_of(answer))
    return list(dict.fromkeys(name if isinstance(name, str) else name[1] for name in names))


def values_by_name(answer: given.Fields | None) -> dict[str, Any]:
    """{name: what is said under it} for each of names_in."""
    values = given.values_of(answer)
    return {name: given.take(values, name) for name in names_in(answer)}


def brief(value: object) -> str:
    """One value of an answer in a few words; a plain text as it is, whatever its length."""
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list):
        if value and all(isinstance(part, dict) for part in value):
            return _counted(len(value), [_label(part) for part in value])
        return "|".join(brief(part) for part in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


def _of_object(value: dict[str, Any]) -> str:
    for member, words in _SAID.items():
        if member in value:
            said = words(value)
            if said is not None:
                return said
    if value and all(isinstance(inner, bool) for inner in value.values()):
        return ticked(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "{…}"


def ticked(boxes: Mapping[str, bool], names: Mapping[str, str] | None = None) -> str:
    """Which of some boxes are ticked, by their names; of a box without one whether it is."""
    chosen = [name for name, is_ticked in boxes.items() if is_ticked]
    if list(boxes) == ["on"]:
        return _("yes") if chosen else _("no")
    return ", ".join((names or {}).get(name, name) for name in chosen) or _("none of them")


def _shapes(member: str, value: dict[str, Any]) -> str | None:
    shapes = value[member]
    if not isinstance(shapes, list):
        return None
    count = len(shapes)
    words = {
        "boundingBoxes": ngettext("%(count)s box", "%(count)s boxes", count),
        "polygons": ngettext("%(count)s polygon", "%(count)s polygons", count),
        "polylines": ngettext("%(count)s polyline", "%(count)s polylines", count),
        "lines": ngettext("%(count)s line", "%(count)s lines", count),
        "keypoints": ngettext("%(count)s keypoint", "%(count)s keypoints", count),
        "entities": ngettext("%(count)s span", "%(count)s spans", count),
        "segments": ngettext("%(count)s segment", "%(count)s segments", count),
        "instances": ngettext("%(count)s instance", "%(count)s instances", count),
    }[member]
    if not count:
        return _("nothing marked")
    return _listed(words % {"count": f"{count:,}"}, [_label(shape) for shape in shapes])


def _counted(count: int, labels: Sequence[str]) -> str:
    words = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": f"{count:,}"}
    return _listed(words, labels)


def _listed(words: str, labels: Iterable[str]) -> str:
    counts = Counter(label for label in labels if label)
    named = [f"{name} ×{n}" if n > 1 else name for name, n in counts.items()]
    if not named:
        return words
    more = ", …" if len(named) > MOST_LABELS else ""
    return f"{words}: {', '.join(named[:MOST_LABELS])}{more}"


def _label(shape: object) -> str:
    label = shape.get("label") if isinstance(shape, dict) else None
    return _short(label) if isinstance(label, str) else ""


def _short(text: object) -> str:
    words = " ".join(str(text)[: 4 * LONGEST_LABEL].split())
    return words if len(words) <= LONGEST_LABEL else f"{words[:LONGEST_LABEL]}…"


def _mapped(value: dict[str, Any]) -> str | None:
    classes = value["labelMappings"]
    if not isinstance(classes, dict):
        return None
    return _listed(_("a mask"), map(_short, classes)) if classes else _("nothing marked")


def _chosen(value: dict[str, Any]) -> str | None:
    label = value["label"]
    return label if isinstance(label, str) and set(value) <= {"label", "workerComment"} else None


def _chosen_some(value: dict[str, Any]) -> str | None:
    labels = value["labels"]
    if not isinstance(labels, list) or not set(value) <= {"labels", "workerComment"}:
        return None
    return ", ".join(str(label) for label in labels) or _("none of them")


def _ranked(value: dict[str, Any]) -> str | None:
    ranks = value["rankings"]
    if not isinstance(ranks, dict):
        return None
    rows = [
        f"{_short(name)}: {', '.join(_short(rank) for rank in row)}"
        for name, row in list(ranks.items())[:MOST_LABELS]
        if isinstance(row, list)
    ]
    return "; ".join(rows) or _("nothing ranked")


def _preferred(value: dict[str, Any]) -> str | None:
    which = value["preferred"]
    if which is None or which == "null":
        return _("a tie")
    if str(which) not in ("0", "1"):
        return None
    words = _("response %(number)d") % {"number": int(which) + 1}
    strength = value.get("strength")
    return f"{words}, {_short(strength)}" if isinstance(strength, str) and strength else words


def _asked(value: dict[str, Any]) -> str | None:
    asked = value["questionsAndAnswers"]
    if not isinstance(asked, list):
        return None
    count = len(asked)
    words = ngettext("%(count)d question", "%(count)d questions", count) % {"count": count}
    first = asked[0].get("question") if asked and isinstance(asked[0], dict) else None
    return f"{words}: {_short(first)}" if isinstance(first, str) else words


_SAID: dict[str, Callable[[dict[str, Any]], str | None]] = {
    **{member: partial(_shapes, member) for member in _MEMBERS[:6]},
    "instances": partial(_shapes, "instances"),
    "segments": partial(_shapes, "segments"),
    "labelMappings": _mapped,
    "rankings": _ranked,
    "preferred": _preferred,
    "questionsAndAnswers": _asked,
    "label": _chosen,
    "labels": _chosen_some,
}
