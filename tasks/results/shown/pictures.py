"""What an answer draws over an image: shapes as SVG says them, masks as a picture of our own."""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks.annotations import elements, masks
from tasks.annotations.elements import Element, color_at
from tasks.annotations.kinds import Clip, Drawing, Mask

LARGEST = 1400
"""Pixels of a mask's longer side as it is shown: a hostile one costs a moment, not a minute."""
WITH_NAMES = 40
"""Shapes that have their names beside them at first; of more they would cover the image."""
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
    data: address."""

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
