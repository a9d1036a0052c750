"""Pascal VOC: an XML file for each image. Its pixels count from 1, and xmax is the last one in."""

import re
from collections.abc import Iterator

from lxml import etree

from tasks.annotations.kinds import Shape
from tasks.results.exports.labelled import Export, Names, file_kind
from tasks.results.exports.merged import Drawn, drawn
from tasks.results.exports.zipped import Member

TAGS = ("crowd-bounding-box",)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def members(export: Export, _tag: str) -> Iterator[Member]:
    """The XML files."""
    names = Names()
    for one in drawn(export):
        stem = names.stem(one.labelled)
        yield f"Annotations/{stem}.xml", document(one, stem + file_kind(one.labelled.address))


def document(one: Drawn, file_name: str) -> bytes:
    """One image's file."""
    root = etree.Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", file_name)
    _add(root, "path", one.labelled.address)
    size = etree.SubElement(root, "size")
    for name, value in (("width", one.width), ("height", one.height), ("depth", 3)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    for agreed in one.shapes:
        _object(root, agreed.what, one.width, one.height)
    return etree.tostring(root, encoding="utf-8", pretty_print=True)


def _object(root: etree._Element, box: Shape, width: int, height: int) -> None:
    node = etree.SubElement(root, "object")
    _add(node, "name", box.label)
    _add(node, "pose", "Unspecified")
    _add(node, "truncated", "0")
    _add(node, "difficult", "0")
    around = etree.SubElement(node, "bndbox")
    left, right = _edges(box.left, box.width, width)
    top, bottom = _edges(box.top, box.height, height)
    for name, value in (("xmin", left), ("ymin", top), ("xmax", right), ("ymax", bottom)):
        _add(around, name, str(value))


def _edges(start: float, length: float, most: int) -> tuple[int, int]:
    """The first and the last pixel, of at least one within the image."""
    first = min(round(start), most - 1) + 1
    return first, max(first, min(round(start + length), most))


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = _NOT_XML.sub("", text)
