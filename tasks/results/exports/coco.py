"""COCO: one JSON file of images, annotations and categories, for boxes, polygons, keypoints and
masks. What is special here is `confidence`, the share of the workers that agrees."""

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from tasks.annotations import elements, masks
from tasks.annotations.consolidate import Agreed
from tasks.annotations.kinds import Shape
from tasks.results.exports.labelled import (
    KEPT_IN_MEMORY,
    Export,
    Labelled,
    Names,
    blocks,
    file_kind,
)
from tasks.results.exports.merged import confidence, cut, drawn, painted
from tasks.results.exports.zipped import Member

NAME = "annotations.json"
KEYPOINTS = "keypoints"

Annotation = dict[str, Any]
Image = tuple[Labelled, int, int, list[Annotation]]
"""A HIT, its image's width and height, and what is on it."""


def members(export: Export, tag: str) -> Iterator[Member]:
    """The one file."""
    yield NAME, _content(export, tag)


def _content(export: Export, tag: str) -> Iterator[bytes]:
    """Images as they come; their annotations, kept aside meanwhile; then the categories."""
    names = Names()
    number = count = 0
    with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as aside:
        yield b'{"images": ['
        for number, (labelled, width, height, found) in enumerate(_IMAGES[tag](export), start=1):
            image = {
                "id": number,
                "file_name": names.stem(labelled) + file_kind(labelled.address),
                "width": width,
                "height": height,
                "coco_url": labelled.address,
            }
            yield (b",\n" if number > 1 else b"\n") + _json(image)
            for annotation in found:
                count += 1
                whole = {"id": count, "image_id": number, **annotation}
                aside.write((b",\n" if count > 1 else b"\n") + _json(whole))
        yield b'],\n"annotations": ['
        yield from blocks(aside)
    yield b'],\n"categories": ' + _json(_categories(export, tag)) + b"}\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _categories(export: Export, tag: str) -> list[dict[str, Any]]:
    names = export.classes.names
    if tag == "crowd-keypoint":
        return [{"id": 1, "name": "object", KEYPOINTS: names, "skeleton": []}]
    return [{"id": place, "name": name} for place, name in enumerate(names, start=1)]


def _annotation(export: Export, label: str, box: list[float], area: float) -> Annotation:
    return {
        "category_id": export.classes.number(label) + 1,
        "bbox": box,
        "area": area,
        "iscrowd": 0,
    }


def _drawn(export: Export) -> Iterator[Image]:
    for one in drawn(export):
        found = [_outline(export, shape, one.workers) for shape in one.shapes]
        yield one.labelled, one.width, one.height, found


def _outline(export: Export, agreed: Agreed[Shape], workers: int) -> Annotation:
    shape = agreed.what
    box = [shape.left, shape.top, shape.width, shape.height]
    area = _area(shape) if shape.points else shape.width * shape.height
    outline = [[part for point in shape.points for part in point]] if shape.points else []
    return _annotation(export, shape.label, box, area) | {
        "segmentation": outline,
        "confidence": confidence(agreed.share, workers),
    }


def _area(shape: Shape) -> float:
    following = [*shape.points[1:], *shape.points[:1]]
    pairs = zip(shape.points, following, strict=True)
    return abs(sum(x * other_y - other_x * y for (x, y), (other_x, other_y) in pairs)) / 2


def _keypoints(export: Export) -> Iterator[Image]:
    """The points of one image are one object; a second point of a label begins a second one.

    Every object has a place for every label, so a label that the first HIT hasn't is left out.
    """
    names: list[str] = []
    for one in drawn(export):
        names = names or export.classes.names
        points: dict[str, list[Agreed[Shape]]] = {}
        for agreed in one.shapes:
            if agreed.what.label in names:
                points.setdefault(agreed.what.label, []).append(agreed)
            else:
                why = f"The first HIT has no label “{agreed.what.label}”."
                export.left_out.add(one.labelled.hit, None, why)
        found = []
        for at in range(max(map(len, points.values()), default=0)):
            here = {name: all_[at] for name, all_ in points.items() if at < len(all_)}
            found.append(_object(names, here, one.workers))
        yield one.labelled, one.width, one.height, found


def _object(names: list[str], here: dict[str, Agreed[Shape]], workers: int) -> Annotation:
    flat: list[float] = []
    for name in names:
        flat += [here[name].what.left, here[name].what.top, 2] if name in here else [0, 0, 0]
    left, top = (min(getattr(one.what, side) for one in here.values()) for side in ("left", "top"))
    wide = max(one.what.left for one in here.values()) - left
    tall = max(one.what.top for one in here.values()) - top
    return {
        "category_id": 1,
        "bbox": [left, top, wide, tall],
        "area": wide * tall,
        "iscrowd": 0,
        KEYPOINTS: flat,
        "num_keypoints": len(here),
        "confidence": confidence(sum(one.share for one in here.values()) / len(here), workers),
    }


def _painted(export: Export) -> Iterator[Image]:
    for one in painted(export):
        names = export.classes.names
        found = []
        for number in filter(None, masks.numbers_in(one.plane)):
            instance = masks.instance_at(one.plane, number, names[number - 1])
            if instance:
                found.append(_pixels_of(export, instance, one.plane.size, one.confidence))
        yield one.labelled, one.plane.width, one.plane.height, found


def _cut(export: Export) -> Iterator[Image]:
    for one in cut(export):
        size = (one.width, one.height)
        found = [
            _pixels_of(export, agreed.what, size, confidence(agreed.share, one.workers))
            for agreed in one.instances
        ]
        yield one.labelled, one.width, one.height, found


def _pixels_of(
    export: Export, instance: masks.Instance, size: tuple[int, int], sure: float
) -> Annotation:
    box: list[float] = [instance.left, instance.top, instance.width, instance.height]
    return _annotation(export, instance.label, box, instance.area) | {
        "segmentation": {"size": [size[1], size[0]], "counts": instance.counts},
        "confidence": sure,
    }


_IMAGES: dict[str, Callable[[Export], Iterator[Image]]] = {
    "crowd-bounding-box": _drawn,
    "crowd-polygon": _drawn,
    "crowd-keypoint": _keypoints,
    elements.SEMANTIC: _painted,
    elements.INSTANCES: _cut,
}
TAGS = tuple(_IMAGES)
