"""What an answer draws over an image: shapes as SVG says them, masks as a picture of our own."""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tasks.annotations import elements, loose, masks, readable
from tasks.annotations.elements import Element, color_at, is_color
from tasks.annotations.kinds import MAX_SHAPES, MAX_SIDE, Clip, Drawing, Mask

LARGEST = 1400
"""Pixels of a mask's longer side as it is shown: a hostile one costs a moment, not a minute."""
WITH_NAMES = 40
"""Shapes that have their names beside them at first; of more they would cover the image."""
_LAID = {"boundingBox": "crowd-bounding-box", "polygon": "crowd-polygon"}
_POINTS = {
    "crowd-polygon": "polygon",
    "crowd-polyline": "polyline",
    "crowd-line": "polyline",
    "crowd-keypoint": "circle",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One shape: `kind` is rect, polygon, polyline or circle, `points` as SVG writes them, and
    `entry` the line of the legend that it belongs to."""

    kind: str
    label: str
    color: str
    entry: int
    left: float
    top: float
    width: float
    height: float
    points: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line of the legend: how many shapes, or which share of the image, in percent."""

    label: str
    color: str
    count: int = 0
    percent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """`width` and `height` are the image's, in pixels, as the worker saw it; `mask` is a PNG as a
    data: address, or the address of one that the requester gave."""

    width: int
    height: int
    figures: tuple[Figure, ...] = ()
    legend: tuple[Entry, ...] = ()
    mask: str = ""

    @property
    def has_names(self) -> bool:
        """Whether the shapes' names are shown at first."""
        return len(self.figures) <= WITH_NAMES

    @property
    def unit(self) -> float:
        """A length in the image that looks about the same on every image."""
        return max(self.width, self.height) / 100


def drawn(element: Element, drawing: Drawing) -> Picture:
    """Shapes with their legend."""
    counts = Counter(shape.label for shape in drawing.shapes)
    colors = colors_of(element, counts)
    places = {label: place for place, label in enumerate(colors)}
    figures = tuple(
        Figure(
            kind=_POINTS.get(drawing.tag, "rect"),
            label=shape.label,
            color=colors[shape.label],
            entry=places[shape.label],
            left=shape.left,
            top=shape.top,
            width=shape.width,
            height=shape.height,
            points=" ".join(f"{x},{y}" for x, y in shape.points),
        )
        for shape in drawing.shapes
    )
    legend = tuple(
        Entry(label=label, color=color, count=counts[label]) for label, color in colors.items()
    )
    return Picture(width=drawing.width, height=drawing.height, figures=figures, legend=legend)


def painted(element: Element, mask: Mask) -> Picture:
    """A mask with its legend. Raises Unfit for what is no PNG of its size."""
    plane = masks.plane_of(mask, within=LARGEST)
    own = {label.name: label.color for label in element.labels}
    is_classes = element.tag == elements.SEMANTIC
    # Instances of one label differ by their colours; classes have the task's.
    colors = [own.get(label, color) if is_classes else color for label, color in mask.colors]
    pixels = plane.histogram()
    total = plane.width * plane.height
    legend = tuple(
        Entry(label=label, color=color, percent=_percent(pixels[number], total))
        for number, ((label, _color), color) in enumerate(
            zip(mask.colors, colors, strict=True), start=1
        )
    )
    png = masks.picture(plane, dict(enumerate(colors, start=1)), is_overlay=True)
    address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Picture(width=mask.width, height=mask.height, legend=legend, mask=address)


def timeline(element: Element, clip: Clip) -> Picture:
    """A clip's segments as bars, one line of them for each label; 1,000 is the clip's whole."""
    counts = Counter(segment.label for segment in clip.segments)
    colors = colors_of(element, counts)
    places = {label: place for place, label in enumerate(colors)}
    scale = 1000 / (clip.duration or 1)
    figures = tuple(
        Figure(
            kind="rect",
            label=f"{moment(segment.start)}–{moment(segment.end)}",
            color=colors[segment.label],
            entry=places[segment.label],
            left=round(segment.start * scale, 2),
            top=20 * places[segment.label],
            width=max(3, round((segment.end - segment.start) * scale, 2)),
            height=16,
            points="",
        )
        for segment in clip.segments
    )
    legend = tuple(
        Entry(label=label, color=color, count=counts[label]) for label, color in colors.items()
    )
    return Picture(width=1000, height=20 * max(1, len(colors)), figures=figures, legend=legend)


def laid_over(element: Element) -> Picture:
    """What the task itself laid over its image for workers to judge, its `overlay`; how large the
    image is only whoever loads it knows. Nothing, where there is none that can be read."""
    try:
        overlay = loose.read(element.attributes.get("overlay", "{}"))
    except ValueError:
        return plain()
    for member, laid in overlay.items() if isinstance(overlay, dict) else ():
        if member in _LAID and isinstance(laid, dict):
            return _shapes_laid(_LAID[member], laid)
        if member in ("semanticSegmentation", "instanceSegmentation") and isinstance(laid, dict):
            return _mask_laid(laid)
    return plain()


def _shapes_laid(tag: str, laid: Mapping[str, Any]) -> Picture:
    labels = json.dumps(laid.get("labels"))
    element = Element(tag=tag, name="", attributes={"labels": labels})
    size = {"width": MAX_SIDE, "height": MAX_SIDE}
    value = {elements.SHAPES[tag]: laid.get("value"), "inputImageProperties": size}
    given, _problems = readable.read(element, value)
    if not isinstance(given, Drawing):
        return plain()
    return replace(drawn(element, given), width=0, height=0)


def _mask_laid(laid: Mapping[str, Any]) -> Picture:
    mapped, instances = laid.get("labelMappings"), laid.get("instances")
    pairs = list(mapped.items()) if isinstance(mapped, dict) else []
    for one in instances if isinstance(instances, list) else ():
        pairs.append((one.get("label"), one) if isinstance(one, dict) else ("", None))
    colors = [(name, one.get("color")) for name, one in pairs if isinstance(one, dict)]
    legend = tuple(
        Entry(label=str(name), color=color)
        for name, color in colors[:MAX_SHAPES]
        if isinstance(color, str) and is_color(color)
    )
    source = laid.get("src")
    return replace(plain(), legend=legend, mask=source if isinstance(source, str) else "")


def moment(seconds: float) -> str:
    """A place in a clip: 1:02.50."""
    whole, part = divmod(round(seconds * 100), 100)
    minutes, left = divmod(whole, 60)
    return f"{minutes}:{left:02}.{part:02}"


def plain(width: int = 0, height: int = 0) -> Picture:
    """An image with nothing over it."""
    return Picture(width=width, height=height)


def colors_of(element: Element, used: Iterable[str]) -> Mapping[str, str]:
    """The labels that an answer uses with their colours, in the task's order."""
    used = set(used)
    found = {label.name: label.color for label in element.labels if label.name in used}
    strange = sorted(used - found.keys())
    first = len(element.labels)
    return found | {label: color_at(first + place) for place, label in enumerate(strange)}


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.1f} %" if share >= 0.1 or not part else "< 0.1 %"
