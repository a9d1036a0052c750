"""The crowd elements that a HIT's page has: what they ask, of what, and with which labels."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import html as lxml_html
from lxml.etree import ParserError

from tasks.annotations import loose

_COLORS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip

CHOICES = {
    "crowd-classifier": False,
    "crowd-classifier-multi-select": True,
    "crowd-image-classifier": False,
    "crowd-image-classifier-multi-select": True,
}
"""Classifiers; True: several labels at once."""
SHAPES = {
    "crowd-bounding-box": "boundingBoxes",
    "crowd-polygon": "polygons",
    "crowd-polyline": "polylines",
    "crowd-line": "lines",
    "crowd-keypoint": "keypoints",
}
"""Elements whose answers are shapes, and the answer's member that holds them."""
SEMANTIC, INSTANCES = "crowd-semantic-segmentation", "crowd-instance-segmentation"
ENTITIES = "crowd-entity-annotation"
RANKING, COMPARISON = "crowd-text-ranking", "crowd-pairwise-comparison"
QUESTIONS = "crowd-question-answer-generation"
SEGMENTS = "crowd-video-segments"
TASKS = (
    *(*CHOICES, *SHAPES, SEMANTIC, INSTANCES),
    *(ENTITIES, RANKING, COMPARISON, QUESTIONS, SEGMENTS),
)
"""Elements that are a task of their own; all others answer as plain fields do."""

_TARGET = "classification-target"
_MEDIA = ("video", "audio", "img")


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A label or category as its requester wrote it."""

    name: str
    color: str
    short: str = ""
    full: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One of TASKS on a page. `text` is what a classifier or a text element is about; `media`
    (img, video, audio or "") and `source` what it shows."""

    tag: str
    name: str
    attributes: Mapping[str, str]
    text: str = ""
    media: str = ""
    source: str = ""

    @property
    def labels(self) -> list[Label]:
        """Its labels or categories, in their order; none where they can't be read."""
        given = _listed(self.attributes.get("categories" if self.tag in CHOICES else "labels"))
        colors = _listed(self.attributes.get("label-colors"))
        found: dict[str, Label] = {}
        for place, entry in enumerate(given):
            label = _label(entry, place, colors)
            found.setdefault(label.name, label)
        return list(found.values())


def _listed(text: str | None) -> list[object]:
    try:
        given = loose.read(text) if text else []
    except ValueError:
        return []
    return given if isinstance(given, list) else []


def _label(entry: object, place: int, colors: list[object]) -> Label:
    own = colors[place] if place < len(colors) else ""
    color = own if isinstance(own, str) and is_color(own) else color_at(place)
    if isinstance(entry, dict):
        short, full = entry.get("shortDisplayName"), entry.get("fullDisplayName")
        return Label(
            name=str(entry.get("label", "")),
            color=color,
            short=short if isinstance(short, str) else "",
            full=full if isinstance(full, str) else "",
        )
    return Label(name=str(entry), color=color)


def is_color(text: str) -> bool:
    """Of the form #rrggbb."""
    return len(text) == 7 and text[0] == "#" and set(text[1:]) <= set("0123456789abcdefABCDEF")


def color_at(place: int) -> str:
    """The colour of the label at this place, as the elements choose it (look.js): all differ."""
    if place < len(_COLORS):
        return _COLORS[place]
    lightness = 0.42 + 0.12 * ((place >> 3) % 3)
    parts = colorsys.hls_to_rgb(place * 137.508 % 360 / 360, lightness, 0.7)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def elements_in(page: str) -> list[Element]:
    """The elements of a filled page, in its order; of several with one name the first."""
    root = parsed(page)
    if root is None:
        return []
    found: dict[str, Element] = {}
    for node in root.iter(*TASKS):
        name = node.get("name") or ""
        if name:
            found.setdefault(name, _element(node, name))
    return list(found.values())


def parsed(page: str) -> lxml_html.HtmlElement | None:
    """The page as a tree; None where there is nothing in it."""
    try:
        lines = page.replace("\r\n", "\n").replace("\r", "\n")  # as browsers read them
        return lxml_html.document_fromstring(
            lines.encode(), parser=lxml_html.HTMLParser(encoding="utf-8")
        )
    except (ParserError, ValueError):
        return None


def _element(node: lxml_html.HtmlElement, name: str) -> Element:
    tag = str(node.tag)
    attributes = {str(key): str(value) for key, value in node.attrib.items()}
    source = attributes.get("src", "").strip()
    media = ("video" if tag == SEGMENTS else "img") if source else ""
    text = attributes.get("text", "")
    target = node.find(f".//{_TARGET}")
    if target is not None:
        shown = next(iter(target.iter(*_MEDIA)), None)
        if shown is not None and not source:
            inner = shown.find("source")
            source = shown.get("src") or (inner.get("src") if inner is not None else "") or ""
            media = str(shown.tag)
        text = text or " ".join(target.text_content().split())
    return Element(
        tag=tag, name=name, attributes=attributes, text=text, media=media, source=source.strip()
    )
