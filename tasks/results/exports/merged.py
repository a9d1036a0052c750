"""The answers of one HIT made into one, as the formats need it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from PIL import Image

from tasks.annotations import consolidate, masks
from tasks.annotations.consolidate import Agreed
from tasks.annotations.kinds import Drawing, Mask, Shape, Unfit
from tasks.annotations.masks import Instance, Votes
from tasks.results.exports.classes import Classes
from tasks.results.exports.labelled import Answered, Export, Labelled

T = TypeVar("T")
MAX_CLASSES = 254


def of_kind(labelled: Labelled, kind: type[T]) -> list[T]:
    """The answers, which the element's kind makes all of this type."""
    return [answer.given for answer in labelled.answers if isinstance(answer.given, kind)]


def confidence(share: float, workers: int) -> float:
    """The share of the workers that agrees; of a single worker 0, as Ground Truth has it."""
    return round(share, 4) if workers > 1 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A HIT's image with the shapes on it that most workers drew."""

    labelled: Labelled
    width: int
    height: int
    shapes: list[Agreed[Shape]]

    @property
    def workers(self) -> int:
        """Whose answers were made into one."""
        return len(self.labelled.answers)


def drawn(export: Export) -> Iterator[Drawn]:
    """HITs with shapes. Answers about an image of another size than the first's are left out."""
    for labelled in export.hits():
        same = _of_one_size(export, labelled)
        drawings = of_kind(same, Drawing)
        yield Drawn(
            labelled=same,
            width=drawings[0].width,
            height=drawings[0].height,
            shapes=consolidate.shapes(drawings),
        )


def _of_one_size(export: Export, labelled: Labelled) -> Labelled:
    def size(answer: Answered) -> tuple[int, int]:
        given: Any = answer.given
        return given.width, given.height

    first = size(labelled.answers[0])
    same = []
    for answer in labelled.answers:
        if size(answer) == first:
            same.append(answer)
        else:
            why = "The image was of another size than for the HIT's first worker."
            export.left_out.add(labelled.hit, answer.assignment, why)
    return replace(labelled, answers=same)


@dataclass(frozen=True, kw_only=True, slots=True)
class Painted:
    """A HIT's image as most workers painted it: each pixel a class's number plus one, or 0."""

    labelled: Labelled
    plane: Image.Image
    confidence: float


def painted(export: Export) -> Iterator[Painted]:
    """HITs with a mask of classes, pixel by pixel what most say."""
    for labelled in export.hits():
        votes: Votes | None = None
        for mask, plane in _planes(export, labelled):
            try:
                numbers = _numbers(export.classes, mask)
            except Unfit as why:
                export.left_out.add(labelled.hit, None, str(why))
                continue
            votes = votes or Votes(plane.size)
            votes.add(masks.relabelled(plane, numbers))
        if votes:
            plane, share = votes.result()
            sure = confidence(share, votes.voters)
            yield Painted(labelled=labelled, plane=plane, confidence=sure)


def _numbers(classes: Classes, mask: Mask) -> dict[int, int]:
    numbers = {
        place: classes.number(label) + 1
        for place, (label, _color) in enumerate(mask.colors, start=1)
    }
    if max(numbers.values(), default=0) > MAX_CLASSES:
        raise Unfit(f"The export has more than {MAX_CLASSES} classes already.")
    return numbers


def _planes(export: Export, labelled: Labelled) -> Iterator[tuple[Mask, Image.Image]]:
    for answer in _of_one_size(export, labelled).answers:
        if isinstance(answer.given, Mask):
            try:
                yield answer.given, masks.plane_of(answer.given)
            except Unfit as why:
                export.left_out.add(labelled.hit, answer.assignment, str(why))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A HIT's image with the instances on it that most workers painted."""

    labelled: Labelled
    width: int
    height: int
    workers: int
    instances: list[Agreed[Instance]]


def cut(export: Export) -> Iterator[Cut]:
    """HITs with a mask of instances."""
    for labelled in export.hits():
        found: list[list[Instance]] = []
        size = (0, 0)
        for mask, plane in _planes(export, labelled):
            size = plane.size
            pairs = enumerate(mask.colors, start=1)
            seen = (masks.instance_at(plane, place, label) for place, (label, _color) in pairs)
            found.append([instance for instance in seen if instance])
        if found:
            same = consolidate.clusters(found, consolidate.around, lambda one: one.label)
            yield Cut(
                labelled=labelled,
                width=size[0],
                height=size[1],
                workers=len(found),
                instances=consolidate.by_majority(same, len(found), consolidate.most_central),
            )
