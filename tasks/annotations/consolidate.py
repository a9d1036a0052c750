"""Several workers' answers to one question, made into one, with the share that agrees.

In simple form what Ground Truth describes: for classes the one most often given; for boxes, spans
and other shapes those of one label that overlap by half are the same thing, and it counts if more
than half of the workers have it. docs/handbook/exports.md says it to requesters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tasks.annotations import elements
from tasks.annotations.kinds import Choice, Drawing, Shape, Span, Spans

T = TypeVar("T")


class Boxed(Protocol):
    """Something with a place in an image."""

    @property
    def left(self) -> float:
        """In pixels, as the others."""

    @property
    def top(self) -> float:
        """From the image's upper edge."""

    @property
    def width(self) -> float:
        """To the right."""

    @property
    def height(self) -> float:
        """Downwards."""


B = TypeVar("B", bound=Boxed)
Box = tuple[float, float, float, float]
"""left, top, right, bottom"""

SAME = 0.5
"""Intersection over union from which on two shapes are the same thing."""
_KEYPOINT = 0.05
_LINE = 0.01
"""Shares of the image's diagonal: the square that a keypoint stands for, a line's breadth."""
_FINGER = 3
"""Pixels to each side of a keypoint at least: nobody points more exactly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed(Generic[T]):
    """What workers agree on, and the share of them that does."""

    what: T
    share: float


@dataclass(slots=True)
class _Cluster(Generic[T]):
    box: Box
    members: list[T] = field(default_factory=list)
    last: int = -1

    def add(self, who: int, member: T, box: Box) -> None:
        count = len(self.members)
        mean = [(old * count + new) / (count + 1) for old, new in zip(self.box, box, strict=True)]
        self.box = (mean[0], mean[1], mean[2], mean[3])
        self.members.append(member)
        self.last = who


def one_of(choices: Sequence[Choice], order: Sequence[str]) -> Agreed[str]:
    """The label most often given; of equals the first in the task's order."""
    counts = Counter(choice.labels[0] for choice in choices)
    places = {name: place for place, name in enumerate(order)}
    label = min(counts, key=lambda name: (-counts[name], places.get(name, len(places)), name))
    return Agreed(what=label, share=counts[label] / len(choices))


def some_of(choices: Sequence[Choice]) -> list[Agreed[str]]:
    """Every label that anybody gave, most given first."""
    counts = Counter(label for choice in choices for label in choice.labels)
    return [Agreed(what=name, share=n / len(choices)) for name, n in counts.most_common()]


def shapes(drawings: Sequence[Drawing]) -> list[Agreed[Shape]]:
    """The shapes that more than half of the workers drew."""
    clusters = shape_clusters(drawings)
    is_box = drawings[0].tag == "crowd-bounding-box"
    make = _mean if is_box or drawings[0].tag == "crowd-keypoint" else most_central
    return by_majority(clusters, len(drawings), make)


def shape_clusters(drawings: Sequence[Drawing]) -> list[list[Shape]]:
    """The shapes, those together that are the same thing."""
    first = drawings[0]
    pad = 0.0
    if first.tag == "crowd-keypoint":
        pad = max(_KEYPOINT * diagonal(first) / 2, _FINGER)
    elif elements.SHAPES[first.tag] in ("lines", "polylines"):
        pad = _LINE * diagonal(first)

    def padded(shape: Shape) -> Box:
        left, top, right, bottom = around(shape)
        return left - pad, top - pad, right + pad, bottom + pad

    return clusters([drawing.shapes for drawing in drawings], padded, lambda shape: shape.label)


def around(thing: Boxed) -> Box:
    """The box that encloses it."""
    return thing.left, thing.top, thing.left + thing.width, thing.top + thing.height


def diagonal(drawing: Drawing) -> float:
    """Of the image, in pixels."""
    return float((drawing.width**2 + drawing.height**2) ** 0.5)


def spans(given: Sequence[Spans]) -> list[Agreed[Span]]:
    """The entities that more than half of the workers marked, in the text's order."""
    found = by_majority(
        span_clusters(given), len(given), lambda members: Counter(members).most_common(1)[0][0]
    )
    return sorted(found, key=lambda one: (one.what.start, one.what.end, one.what.label))


def span_clusters(given: Sequence[Spans]) -> list[list[Span]]:
    """The entities, those together that are the same thing."""
    return clusters(
        [one.spans for one in given],
        lambda span: (span.start, 0, span.end, 1),
        lambda span: span.label,
    )


def clusters(
    answers: Sequence[Iterable[T]], box: Callable[[T], Box], label: Callable[[T], str]
) -> list[list[T]]:
    """Each worker's things put to those of the others that they overlap most; of one worker at
    most one a cluster."""
    found: dict[str, list[_Cluster[T]]] = {}
    for who, things in enumerate(answers):
        for thing in things:
            here = box(thing)
            known = found.setdefault(label(thing), [])
            free = (cluster for cluster in known if cluster.last != who)
            best = max(free, key=lambda cluster: overlap(cluster.box, here), default=None)
            if best is None or overlap(best.box, here) < SAME:
                best = _Cluster(box=here)
                known.append(best)
            best.add(who, thing, here)
    return [cluster.members for known in found.values() for cluster in known]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    both = wide * tall
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return both / (areas - both)


def by_majority(
    found: Sequence[Sequence[T]], workers: int, make: Callable[[Sequence[T]], T]
) -> list[Agreed[T]]:
    """One thing for each cluster that more than half of the workers have."""
    return [
        Agreed(what=make(members), share=len(members) / workers)
        for members in found
        if 2 * len(members) > workers
    ]


def _mean(members: Sequence[Shape]) -> Shape:
    """Boxes and keypoints: between them all, in whole pixels."""
    count = len(members)

    def mean(values: Iterable[float]) -> int:
        return round(sum(values) / count)

    left, top = mean(one.left for one in members), mean(one.top for one in members)
    return Shape(
        label=members[0].label,
        left=left,
        top=top,
        width=mean(one.left + one.width for one in members) - left,
        height=mean(one.top + one.height for one in members) - top,
        points=((left, top),) if members[0].points else (),
    )


def most_central(members: Sequence[B]) -> B:
    """The one that overlaps the others most: a mean of outlines would be nobody's."""
    boxes = [around(member) for member in members]
    best = max(range(len(members)), key=lambda at: sum(overlap(boxes[at], box) for box in boxes))
    return members[best]


def agreement(found: Sequence[Sequence[object]], workers: int) -> float:
    """How much of everything that anybody marked everybody marked; 1 where nobody marked any."""
    if not found:
        return 1.0
    return sum(len(members) for members in found) / (workers * len(found))
