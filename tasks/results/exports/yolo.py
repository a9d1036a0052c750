"""YOLO: a text file for each image, a line for each box or polygon, in shares of its size."""

import json
import tempfile
from collections.abc import Iterator

from tasks.annotations.kinds import Shape
from tasks.results.exports.labelled import KEPT_IN_MEMORY, Export, Names, blocks, file_kind
from tasks.results.exports.merged import drawn
from tasks.results.exports.zipped import Member

TAGS = ("crowd-bounding-box", "crowd-polygon")


def members(export: Export, _tag: str) -> Iterator[Member]:
    """The label files; where each image is; and data.yaml, which names the classes."""
    names = Names()
    with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as images:
        for one in drawn(export):
            stem = names.stem(one.labelled)
            lines = [
                line(export.classes.number(agreed.what.label), agreed.what, one.width, one.height)
                for agreed in one.shapes
            ]
            yield f"labels/train/{stem}.txt", "".join(lines).encode()
            address = one.labelled.address
            row = f"images/train/{stem}{file_kind(one.labelled.address)}\t{address}\n"
            images.write(row.encode())
        yield "images.tsv", blocks(images)
    yield "data.yaml", data(export.classes.names)


def line(number: int, shape: Shape, width: int, height: int) -> str:
    """A box by its centre and size, a polygon by its points."""
    if shape.points:
        values = [part for x, y in shape.points for part in (x / width, y / height)]
    else:
        values = [
            (shape.left + shape.width / 2) / width,
            (shape.top + shape.height / 2) / height,
            shape.width / width,
            shape.height / height,
        ]
    return " ".join([str(number), *(f"{min(1.0, value):.6f}" for value in values)]) + "\n"


def data(names: list[str]) -> bytes:
    """data.yaml, of printable ASCII."""
    classes = "".join(f"  {number}: {_quoted(name)}\n" for number, name in enumerate(names))
    head = "path: .\ntrain: images/train\nval: images/train\n"
    return f"{head}names:{chr(10) + classes if classes else ' {}'}".encode()


def _quoted(name: str) -> str:
    """A text in JSON is one in YAML too, but for characters that JSON escapes as two halves."""
    escaped = (json.dumps(c)[1:-1] if c <= "\uffff" else f"\\U{ord(c):08X}" for c in name)
    return f'"{"".join(escaped)}"'
