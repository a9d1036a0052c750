"""Each element's answer, read and checked: a worker can send any JSON in its place."""

import base64
import binascii
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.annotations import elements
from tasks.annotations.elements import Element, is_color

MAX_SIDE = 100_000  # pixels: no image is wider or taller
MAX_SHAPES = 1000
MAX_POINTS = 20_000
MAX_LABEL = 500
MAX_SECONDS = 1_000_000


class Unfit(ValueError):
    """The answer isn't what its element gives. Its text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a classifier's worker chose."""

    labels: tuple[str, ...]
    comment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Points in pixels of the image; what encloses them is `left`, `top`, `width`, `height`."""

    label: str
    left: float
    top: float
    width: float
    height: float
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Shapes over an image of this size; `tag` is the element's and says what shapes they are."""

    tag: str
    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """A PNG in which each colour is one class, or one instance. Not yet looked into: masks.py."""

    width: int
    height: int
    colors: tuple[tuple[str, str], ...]
    png: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Characters of a text, from `start` to before `end`."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """The entities in a text."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """{dimension: the rank of each response}, 1 the best."""

    ranks: Mapping[str, tuple[int, ...]]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Which of two responses is better; None where neither is."""

    preferred: int | None
    strength: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Questions about a text, as (question, answer, tags)."""

    questions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A part of a clip, in seconds from its start."""

    label: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What happens when in a clip of this many seconds."""

    duration: float
    segments: tuple[Segment, ...]


Given = Choice | Drawing | Mask | Spans | Ranking | Comparison | Asked | Clip


def read(element: Element, value: object) -> Given:
    """What this element's worker said. Raises Unfit."""
    if value is None:
        raise Unfit("The answer has nothing of this name.")
    if not isinstance(value, dict):
        raise Unfit("The answer is not an object.")
    try:
        return _READERS[element.tag](element, value)
    except RecursionError:
        raise Unfit("The answer is nested too deeply.") from None


def _choice(element: Element, value: dict[str, Any]) -> Choice:
    known = _names(element)
    if elements.CHOICES[element.tag]:
        labels = [_label(label, known) for label in _list(value, "labels")]
    else:
        labels = [_label(value.get("label"), known)]
    return Choice(labels=tuple(dict.fromkeys(labels)), comment=_words(value, "workerComment"))


def _drawing(element: Element, value: dict[str, Any]) -> Drawing:
    width, height = _size(value)
    known = _names(element)
    shapes = _list(value, elements.SHAPES[element.tag])
    if len(shapes) > MAX_SHAPES:
        raise Unfit(f"The answer has {len(shapes):,} shapes; at most {MAX_SHAPES:,} are read.")
    read_one = _SHAPE_READERS[element.tag]
    found = tuple(read_one(shape, known, width, height) for shape in shapes)
    if sum(len(shape.points) for shape in found) > MAX_POINTS:
        raise Unfit(f"The answer has more than {MAX_POINTS:,} points.")
    return Drawing(tag=element.tag, width=width, height=height, shapes=found)


def _box(shape: object, known: Collection[str], width: int, height: int) -> Shape:
    given = _object(shape, "A box")
    left, top = _number(given, "left", width), _number(given, "top", height)
    wide, tall = _number(given, "width", width), _number(given, "height", height)
    if wide <= 0 or tall <= 0:
        raise Unfit("A box has no area.")
    if left + wide > width + 1 or top + tall > height + 1:
        raise Unfit("A box goes beyond the image.")
    return Shape(
        label=_label(given.get("label"), known),
        left=left,
        top=top,
        width=min(wide, width - left) or wide,
        height=min(tall, height - top) or tall,
    )


def _path(shape: object, known: Collection[str], width: int, height: int) -> Shape:
    given = _object(shape, "A shape")
    return _around(
        [_point(point, width, height) for point in _list(given, "vertices")],
        _label(given.get("label"), known),
    )


def _polygon(shape: object, known: Collection[str], width: int, height: int) -> Shape:
    found = _path(shape, known, width, height)
    if len(found.points) < 3:
        raise Unfit("A polygon has fewer than three points.")
    return found


def _keypoint(shape: object, known: Collection[str], width: int, height: int) -> Shape:
    given = _object(shape, "A keypoint")
    return _around([_point(given, width, height)], _label(given.get("label"), known))


def _around(points: list[tuple[float, float]], label: str) -> Shape:
    if not points:
        raise Unfit("A shape has no points.")
    left, top = min(x for x, _y in points), min(y for _x, y in points)
    return Shape(
        label=label,
        left=left,
        top=top,
        width=max(x for x, _y in points) - left,
        height=max(y for _x, y in points) - top,
        points=tuple(points),
    )


def _point(point: object, width: int, height: int) -> tuple[float, float]:
    given = _object(point, "A point")
    return _number(given, "x", width), _number(given, "y", height)


_SHAPE_READERS: dict[str, Callable[[object, Collection[str], int, int], Shape]] = {
    "crowd-bounding-box": _box,
    "crowd-polygon": _polygon,
    **dict.fromkeys(("crowd-polyline", "crowd-line"), _path),
    "crowd-keypoint": _keypoint,
}


def _mask(element: Element, value: dict[str, Any]) -> Mask:
    width, height = _size(value)
    known = _names(element)
    if element.tag == elements.SEMANTIC:
        mapped = value.get("labelMappings")
        if not isinstance(mapped, dict):
            raise Unfit("The answer has no labelMappings.")
        pairs: list[tuple[object, object]] = [*_mappings(mapped)]
    else:
        given = [_object(one, "An instance") for one in _list(value, "instances")]
        pairs = [(one.get("label"), one.get("color")) for one in given]
    colors = []
    for label, color in pairs:
        if not isinstance(color, str) or not is_color(color):
            raise Unfit("A label's colour is not of the form #rrggbb.")
        colors.append((_label(label, known), color.lower()))
    if len({color for _label, color in colors}) < len(colors):
        raise Unfit("Two labels have the same colour.")
    if len(colors) > 255:
        raise Unfit("The mask has more than 255 colours.")
    image = value.get("labeledImage")
    text = image.get("pngImageData") if isinstance(image, dict) else None
    if not isinstance(text, str):
        raise Unfit("The answer has no picture in labeledImage.")
    try:
        png = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unfit("The mask is not in base64.") from None
    return Mask(width=width, height=height, colors=tuple(colors), png=png)


def _mappings(mapped: dict[str, Any], path: str = "") -> list[tuple[str, object]]:
    """(label, colour) pairs; flattened, a label with full stops in it has become a path."""
    found: list[tuple[str, object]] = []
    for name, inner in mapped.items():
        if isinstance(inner, dict) and not isinstance(inner.get("color"), str):
            found += _mappings(inner, f"{path}{name}.")
        else:
            found.append((f"{path}{name}", inner.get("color") if isinstance(inner, dict) else None))
    return found


def _spans(element: Element, value: dict[str, Any]) -> Spans:
    known = _names(element)
    longest = len(element.text)
    found = set()
    for one in _entries(value, "entities", "An entity"):
        start, end = _number(one, "startOffset", longest), _number(one, "endOffset", longest)
        if start >= end or start != int(start) or end != int(end):
            raise Unfit("An entity's place in the text is not a range of characters.")
        found.add((int(start), int(end), _label(one.get("label"), known)))
    return Spans(spans=tuple(Span(start=s, end=e, label=name) for s, e, name in sorted(found)))


def _ranking(element: Element, value: dict[str, Any]) -> Ranking:
    given = value.get("rankings")
    if not isinstance(given, dict):
        raise Unfit("The answer has no rankings.")
    ranks = {}
    for name, row in list(given.items())[:50]:
        if not isinstance(row, list) or not row or not all(_is_whole(rank) for rank in row):
            raise Unfit("A dimension's ranks are not a list of whole numbers.")
        ranks[str(name)[:MAX_LABEL]] = tuple(row[:50])
    return Ranking(ranks=ranks, reason=_words(value, "reason"))


def _comparison(element: Element, value: dict[str, Any]) -> Comparison:
    if "preferred" not in value:
        raise Unfit("The answer doesn't say which response is preferred.")
    preferred = value["preferred"]
    if isinstance(preferred, str) and preferred in ("0", "1", "null"):  # flattened
        preferred = None if preferred == "null" else int(preferred)
    if preferred is not None and not (_is_whole(preferred) and preferred in (0, 1)):
        raise Unfit("What is preferred is neither of the two responses.")
    strength, reason = (_words(value, name) for name in ("strength", "reason"))
    return Comparison(preferred=preferred, strength=strength, reason=reason)


def _asked(element: Element, value: dict[str, Any]) -> Asked:
    found = []
    for one in [_object(one, "A question") for one in _list(value, "questionsAndAnswers")]:
        question, answer, tags = (one.get(name) for name in ("question", "answer", "tags"))
        if not isinstance(question, str) or not isinstance(answer, str):
            raise Unfit("A question or its answer is not text.")
        words = [str(tag) for tag in tags] if isinstance(tags, list) else []
        found.append((question, answer, ", ".join(words)))
    return Asked(questions=tuple(found))


def _clip(element: Element, value: dict[str, Any]) -> Clip:
    known = _names(element)
    duration = _number(value, "duration", MAX_SECONDS)
    found = []
    for one in _entries(value, "segments", "A segment"):
        start, end = (_number(one, name, math.ceil(duration)) for name in ("start", "end"))
        if start >= end:
            raise Unfit("A segment ends before it starts.")
        found.append(Segment(label=_label(one.get("label"), known), start=start, end=end))
    return Clip(duration=duration, segments=tuple(found))


_READERS: dict[str, Callable[[Element, dict[str, Any]], Given]] = {
    **dict.fromkeys(elements.CHOICES, _choice),
    **dict.fromkeys(elements.SHAPES, _drawing),
    elements.SEMANTIC: _mask,
    elements.INSTANCES: _mask,
    elements.ENTITIES: _spans,
    elements.RANKING: _ranking,
    elements.COMPARISON: _comparison,
    elements.QUESTIONS: _asked,
    elements.SEGMENTS: _clip,
}


def _names(element: Element) -> set[str]:
    return {label.name for label in element.labels}


def _label(label: object, known: Collection[str]) -> str:
    if not isinstance(label, str) or not label.strip():
        raise Unfit("A label is missing.")
    if known and label not in known:
        raise Unfit(f"“{label[:60]}” is none of the task's labels.")
    if len(label) > MAX_LABEL:
        raise Unfit("A label is too long.")
    return label


def _words(value: dict[str, Any], name: str) -> str:
    words = value.get(name)
    return words if isinstance(words, str) else ""


def _list(value: dict[str, Any], name: str) -> list[object]:
    found = value.get(name)
    if not isinstance(found, list):
        raise Unfit(f"The answer has no list of {name}.")
    return found


def _entries(value: dict[str, Any], name: str, what: str) -> list[dict[str, Any]]:
    found = [_object(one, what) for one in _list(value, name)]
    if len(found) > MAX_SHAPES:
        raise Unfit(f"The answer has {len(found):,} {name}; at most {MAX_SHAPES:,} are read.")
    return found


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"{what} is not an object.")
    return value


def _size(value: dict[str, Any]) -> tuple[int, int]:
    given = value.get("inputImageProperties")
    if not isinstance(given, dict):
        raise Unfit("The answer doesn't say how large the image is.")
    width, height = (int(_number(given, name, MAX_SIDE)) for name in ("width", "height"))
    if min(width, height) < 1:
        raise Unfit("The image has no area.")
    return width, height


def _number(given: dict[str, Any], name: str, most: int) -> float:
    value = given.get(name)
    if isinstance(value, str) and len(value) < 30:  # flattened
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"{name} is not a number.")
    if not (0 <= value <= most) or not math.isfinite(value):
        raise Unfit(f"{name} is out of range.")
    return int(value) if value == int(value) else value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
