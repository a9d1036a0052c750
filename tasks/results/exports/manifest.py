"""Ground Truth's output manifest: each input line with the label, and with how sure it is.

Shapes: AWS documentation, “Labeling job output data”. A task of no built-in type has every
worker's answer in its line, as a custom job without a consolidation of its own has.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from tasks.annotations import consolidate, elements, loose, masks, readable
from tasks.annotations.consolidate import Agreed
from tasks.annotations.elements import Element, color_at
from tasks.annotations.kinds import Choice, Spans
from tasks.results.exports.labelled import KEPT_IN_MEMORY, Answered, Export, Labelled, blocks
from tasks.results.exports.merged import (
    Drawn,
    Painted,
    confidence,
    drawn,
    of_kind,
    painted,
)
from tasks.results.exports.zipped import Member

NAME = "output.manifest"
BACKGROUND = {"class-name": "BACKGROUND", "hex-color": "#ffffff"}

Label = tuple[Any, dict[str, Any]]
"""The label attribute's value, and what is special in its metadata."""


def members(export: Export, tag: str) -> Iterator[Member]:
    """The manifest; of masks the PNG files as well, which its lines name."""
    if tag == elements.SEMANTIC:
        yield from _with_masks(export)
    elif tag == "crowd-bounding-box":
        yield NAME, (_line(export, one.labelled, _boxes(export, one)) for one in drawn(export))
    else:
        label = _LABELS.get(tag, _custom)
        yield NAME, (_line(export, one, label(export, one)) for one in export.hits())


def _line(export: Export, labelled: Labelled, label: Label) -> bytes:
    value, special = label
    name = export.label_name
    common = {
        "human-annotated": "yes",
        "creation-date": labelled.finished_at.replace(tzinfo=None).isoformat(
            timespec="microseconds"
        ),
        "job-name": export.job_name,
    }
    ours = {name: value, f"{name}-metadata": {**special, **common}}
    return f"{added(labelled.line, ours)}\n".encode()


def added(line: str, ours: dict[str, Any]) -> str:
    """The line of an input manifest, otherwise to the letter, with our members added to it."""
    before = json.loads(line)
    if before.keys() & ours.keys():
        return json.dumps({**before, **ours}, ensure_ascii=False)
    start = line.rstrip().removesuffix("}").rstrip()
    return f"{start}{', ' if before else ''}{json.dumps(ours, ensure_ascii=False)[1:]}"


def _class(export: Export, labelled: Labelled) -> Label:
    choices = of_kind(labelled, Choice)
    found = consolidate.one_of(choices, [label.name for label in labelled.element.labels])
    number = export.classes.number(found.what)
    if labelled.element.attributes.get("overlay", "").strip():
        return str(number), _verified(found, choices)
    return number, {
        "class-name": found.what,
        "confidence": confidence(found.share, len(choices)),
        "type": f"groundtruth/{_medium(labelled.element)}-classification",
    }


def _verified(found: Agreed[str], choices: list[Choice]) -> dict[str, Any]:
    """Workers judged labels that were there before, which their page laid over the image."""
    comments = [{"comment": one.comment} for one in choices if one.comment.strip()]
    return {
        "class-name": found.what,
        "confidence": confidence(found.share, len(choices)),
        "type": "groundtruth/label-verification",
        **({"worker-feedback": comments} if comments else {}),
    }


def _adjusted(labelled: Labelled) -> dict[str, str]:
    """Where labels were given to be adjusted: whether any worker did."""
    if not labelled.element.attributes.get("initial-value", "").strip():
        return {}
    is_any = any(_was_changed(labelled.element, answer) for answer in labelled.answers)
    return {"adjustment-status": "adjusted" if is_any else "unadjusted"}


def _was_changed(element: Element, answer: Answered) -> bool:
    if not isinstance(answer.given, Spans):
        told = answer.sent.get("initialValueModified")
        return told is True or told == "true"  # flattened, it is a text
    try:
        before = loose.read(element.attributes["initial-value"])
        return readable.read(element, {"entities": before})[0] != answer.given
    except ValueError:
        return True


def _classes(export: Export, labelled: Labelled) -> Label:
    choices = of_kind(labelled, Choice)
    found = [(export.classes.number(one.what), one) for one in consolidate.some_of(choices)]
    return [number for number, _one in found], {
        "class-map": {str(number): one.what for number, one in found},
        "confidence-map": {
            str(number): confidence(one.share, len(choices)) for number, one in found
        },
        "type": f"groundtruth/{_medium(labelled.element)}-classification-multilabel",
    }


def _medium(element: Element) -> str:
    return {"img": "image", "video": "video", "audio": "audio"}.get(element.media, "text")


def _boxes(export: Export, one: Drawn) -> Label:
    numbers = [export.classes.number(box.what.label) for box in one.shapes]
    boxes = [
        {
            "class_id": number,
            "left": round(box.what.left),
            "top": round(box.what.top),
            "width": round(box.what.width),
            "height": round(box.what.height),
        }
        for number, box in zip(numbers, one.shapes, strict=True)
    ]
    size = {"width": one.width, "height": one.height, "depth": 3}
    return {"image_size": [size], "annotations": boxes}, {
        "objects": [{"confidence": confidence(box.share, one.workers)} for box in one.shapes],
        "class-map": {
            str(number): box.what.label for number, box in zip(numbers, one.shapes, strict=True)
        },
        "type": "groundtruth/object-detection",
        **_adjusted(one.labelled),
    }


def _entities(_export: Export, labelled: Labelled) -> Label:
    given = of_kind(labelled, Spans)
    found = consolidate.spans(given)
    labels = []
    for label in labelled.element.labels:
        entry = {"label": label.name}
        if label.short:
            entry["shortDisplayName"] = label.short
        if label.full:
            entry["fullDisplayName"] = label.full
        labels.append(entry)
    entities = [
        {"endOffset": one.what.end, "startOffset": one.what.start, "label": one.what.label}
        for one in found
    ]
    return {"annotations": {"entities": entities, "labels": labels}}, {
        "entities": [{"confidence": confidence(one.share, len(given))} for one in found],
        "type": "groundtruth/text-span",
        **_adjusted(labelled),
    }


def _custom(_export: Export, labelled: Labelled) -> Label:
    name = labelled.element.name
    everybody = [
        {
            "workerId": answer.assignment.worker.public_id,
            "annotationData": {"content": json.dumps({name: answer.sent}, ensure_ascii=False)},
        }
        for answer in labelled.answers
    ]
    return {"annotationsFromAllWorkers": everybody}, {"type": "groundtruth/custom"}


_LABELS: dict[str, Callable[[Export, Labelled], Label]] = {
    tag: _classes if is_multiple else _class for tag, is_multiple in elements.CHOICES.items()
} | {elements.ENTITIES: _entities}


def _with_masks(export: Export) -> Iterator[Member]:
    with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as lines:
        for one in painted(export):
            name = f"masks/{one.labelled.hit.public_id}.png"
            colors = color_map(export, one)
            palette = {int(number): entry["hex-color"] for number, entry in colors.items()}
            yield name, masks.picture(one.plane, palette)
            special = {
                "internal-color-map": colors,
                "type": "groundtruth/semantic-segmentation",
                **_adjusted(one.labelled),
            }
            lines.write(_line(export, one.labelled, (name, special)))
        yield NAME, blocks(lines)


def color_map(export: Export, one: Painted) -> dict[str, dict[str, Any]]:
    """{number in the PNG: class, colour, confidence}; 0 is what nobody labelled."""
    names = export.classes.names
    colors = {"0": {**BACKGROUND, "confidence": one.confidence}}
    for number in filter(None, masks.numbers_in(one.plane)):
        colors[str(number)] = {
            "class-name": names[number - 1],
            "hex-color": color_at(number - 1),
            "confidence": one.confidence,
        }
    return colors
