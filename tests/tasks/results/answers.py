"""A task of each kind, with an answer that its element gives."""

import base64
import io
import json
from typing import Any

from PIL import Image

IMAGE = "https://images.test/street/${image}"
SIZE = {"width": 40, "height": 30}


def png(width=40, height=30, *rectangles):
    """A mask in base64: (colour, left, top, right, bottom) painted one after the other."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    for color, *box in rectangles:
        image.paste((*bytes.fromhex(color[1:]), 255), tuple(box))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def element(tag, inside="", **attributes):
    """The element, called `seen`."""
    given = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<crowd-form><{tag} name="seen"{given}>{inside}</{tag}></crowd-form>'


LABELS = {"labels": "['cat', 'dog']"}
CATEGORIES = {"categories": "['cat', 'dog', 'none of them']"}
TARGET = "<classification-target><p>${text}</p></classification-target>"
CLIP = "<classification-target><video src='${image}'></video></classification-target>"

LAYOUTS = {
    "crowd-image-classifier": element("crowd-image-classifier", src=IMAGE, **CATEGORIES),
    "crowd-image-classifier-multi-select": element(
        "crowd-image-classifier-multi-select", src=IMAGE, **CATEGORIES
    ),
    "crowd-classifier": element("crowd-classifier", TARGET, **CATEGORIES),
    "crowd-classifier-multi-select": element("crowd-classifier-multi-select", TARGET, **CATEGORIES),
    "crowd-bounding-box": element("crowd-bounding-box", src=IMAGE, **LABELS),
    "crowd-polygon": element("crowd-polygon", src=IMAGE, **LABELS),
    "crowd-polyline": element("crowd-polyline", src=IMAGE, **LABELS),
    "crowd-line": element("crowd-line", src=IMAGE, **LABELS),
    "crowd-keypoint": element("crowd-keypoint", src=IMAGE, **LABELS),
    "crowd-semantic-segmentation": element("crowd-semantic-segmentation", src=IMAGE, **LABELS),
    "crowd-instance-segmentation": element("crowd-instance-segmentation", src=IMAGE, **LABELS),
    "crowd-entity-annotation": element("crowd-entity-annotation", text="${text}", **LABELS),
    "crowd-text-ranking": element("crowd-text-ranking", text="${text}"),
    "crowd-pairwise-comparison": element("crowd-pairwise-comparison", text="${text}"),
    "crowd-question-answer-generation": element("crowd-question-answer-generation", text="${text}"),
    "crowd-video-segments": element("crowd-video-segments", src=IMAGE, **LABELS),
}
VERTICES = [{"x": 2, "y": 2}, {"x": 12, "y": 2}, {"x": 12, "y": 12}, {"x": 2, "y": 12}]
BOX = {"left": 2, "top": 3, "width": 10, "height": 8, "label": "dog"}
MASK = png(40, 30, ("#1f77b4", 0, 0, 10, 10), ("#ff7f0e", 20, 10, 30, 25))
ANSWERS: dict[str, dict[str, Any]] = {
    "crowd-image-classifier": {"label": "dog", "workerComment": "barks"},
    "crowd-image-classifier-multi-select": {"labels": ["cat", "dog"]},
    "crowd-classifier": {"label": "dog"},
    "crowd-classifier-multi-select": {"labels": ["dog"]},
    "crowd-bounding-box": {"boundingBoxes": [BOX], "inputImageProperties": SIZE},
    "crowd-polygon": {
        "polygons": [{"label": "dog", "vertices": VERTICES}],
        "inputImageProperties": SIZE,
    },
    "crowd-polyline": {
        "polylines": [{"label": "dog", "vertices": VERTICES}],
        "inputImageProperties": SIZE,
    },
    "crowd-line": {
        "lines": [{"label": "dog", "vertices": VERTICES[:2]}],
        "inputImageProperties": SIZE,
    },
    "crowd-keypoint": {
        "keypoints": [{"label": "dog", "x": 5, "y": 6}],
        "inputImageProperties": SIZE,
    },
    "crowd-semantic-segmentation": {
        "labelMappings": {"cat": {"color": "#1f77b4"}, "dog": {"color": "#ff7f0e"}},
        "labeledImage": {"pngImageData": MASK},
        "inputImageProperties": SIZE,
    },
    "crowd-instance-segmentation": {
        "instances": [
            {"label": "dog", "color": "#1f77b4"},
            {"label": "dog", "color": "#ff7f0e"},
        ],
        "labeledImage": {"pngImageData": MASK},
        "inputImageProperties": SIZE,
    },
    "crowd-entity-annotation": {"entities": [{"startOffset": 0, "endOffset": 3, "label": "dog"}]},
    "crowd-text-ranking": {"rankings": {"Clarity": [1, 2, 1]}},
    "crowd-pairwise-comparison": {
        "preferred": 1,
        "strength": "much better",
        "reason": "true",
        "order": [1, 0],
    },
    "crowd-question-answer-generation": {
        "questionsAndAnswers": [{"question": "Who?", "answer": "Rex", "tags": ["who"]}]
    },
    "crowd-video-segments": {
        "duration": 12.5,
        "segments": [
            {"label": "dog", "start": 0, "end": 2.25},
            {"label": "cat", "start": 1.5, "end": 12.5},
        ],
    },
}
ROW = {"image": "1.jpg", "text": "Rex the dog, and a cat"}


def sent(value, name="seen"):
    """The fields that a crowd form sends."""
    return {"taskAnswers": json.dumps([{name: value}])}


def flattened(value, name="seen"):
    """The same as the form sends it with answer-format="flatten-objects"."""
    if isinstance(value, dict):
        found = {}
        for key, inner in value.items():
            found |= flattened(inner, f"{name}.{key}")
        return found
    return {name: value if isinstance(value, str) else json.dumps(value)}
