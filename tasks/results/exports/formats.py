"""Which formats there are, and which elements they fit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks.annotations import elements
from tasks.results.exports import coco, conll, manifest, voc, yolo
from tasks.results.exports.labelled import Export
from tasks.results.exports.zipped import Member


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One format: what it is good for, the elements it fits, and what to say for others."""

    key: str
    name: str
    about: Promise
    tags: tuple[str, ...]
    otherwise: Promise
    members: Callable[[Export, str], Iterator[Member]]


FORMATS = [
    Format(
        key="manifest",
        name="Ground Truth output manifest",
        about=_("One line of JSON for each HIT: its input, the label, how sure it is."),
        tags=elements.TASKS,
        otherwise=_("for tasks with a crowd element."),
        members=manifest.members,
    ),
    Format(
        key="coco",
        name="COCO",
        about=_("One JSON file of images, annotations and categories."),
        tags=coco.TAGS,
        otherwise=_("for boxes, polygons, keypoints and masks."),
        members=coco.members,
    ),
    Format(
        key="voc",
        name="Pascal VOC",
        about=_("An XML file for each image."),
        tags=voc.TAGS,
        otherwise=_("for boxes."),
        members=voc.members,
    ),
    Format(
        key="yolo",
        name="YOLO",
        about=_("A text file for each image, and data.yaml."),
        tags=yolo.TAGS,
        otherwise=_("for boxes and polygons."),
        members=yolo.members,
    ),
    Format(
        key="conll",
        name="CoNLL",
        about=_("Words with their tags, B-, I- and O."),
        tags=conll.TAGS,
        otherwise=_("for entities in a text."),
        members=conll.members,
    ),
]
BY_KEY = {one.key: one for one in FORMATS}


def members_of(export: Export, chosen: Format, tag: str) -> Iterator[Member]:
    """The files of an export; the last says what isn't in the others."""
    yield from chosen.members(export, tag)
    yield export.left_out.name, export.left_out.content()
