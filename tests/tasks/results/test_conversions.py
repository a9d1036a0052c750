"""Masks, run lengths and tags there and back again; what is the same thing to two workers."""

import itertools

import numpy
import pycocotools.mask
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image

from tasks.annotations import consolidate, masks
from tasks.annotations.elements import color_at
from tasks.annotations.kinds import Choice, Drawing, Mask, Shape, Span
from tasks.results.exports import conll, voc, yolo


@st.composite
def planes(draw, most=1):
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    pixels = draw(st.lists(st.integers(0, most), min_size=width * height, max_size=width * height))
    return Image.frombytes("L", (width, height), bytes(pixels))


@settings(max_examples=60)
@for_all(planes())
def test_run_lengths_are_cocos(plane):
    counts = masks.run_lengths(plane)
    packed = masks.packed(counts)
    theirs = pycocotools.mask.encode(numpy.asfortranarray(numpy.array(plane)))

    assert packed == theirs["counts"].decode()
    assert masks.unpacked(packed) == counts
    assert masks.from_run_lengths(counts, *plane.size).tobytes() == plane.tobytes()


@settings(max_examples=30)
@for_all(planes(most=12))
def test_a_mask_comes_back_from_its_png(plane):
    colors = {number: color_at(number) for number in range(1, 13)}
    png = masks.picture(plane, colors)
    pairs = tuple((str(number), color) for number, color in colors.items())
    mask = Mask(width=plane.width, height=plane.height, colors=pairs, png=png)

    assert masks.plane_of(mask).tobytes() == plane.tobytes()


@settings(max_examples=30)
@for_all(planes(most=3))
def test_unanimous_votes_change_nothing(plane):
    votes = masks.Votes(plane.size)
    for _voter in range(3):
        votes.add(plane)
    result, share = votes.result()

    assert result.tobytes() == plane.tobytes()
    assert share == 1


def test_colors_differ():
    assert len({color_at(place) for place in range(254)}) == 254


@st.composite
def texts_with_spans(draw):
    words = draw(st.lists(st.text("abcé’-", min_size=1, max_size=5), min_size=1, max_size=8))
    text = " ".join(words)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(itertools.pairwise(cuts))[::2]
    spans = [Span(start=a, end=b, label=draw(st.sampled_from(["X", "Y"]))) for a, b in pairs]
    return text, [span for span in spans if text[span.start : span.end].strip()]


@settings(max_examples=80)
@for_all(texts_with_spans())
def test_tags_say_the_entities_again(given):
    text, spans = given
    found = []
    for word, tag in conll.tagged(text, spans):
        if tag.startswith("B-"):
            found.append((tag[2:], word))
        elif tag.startswith("I-"):
            found[-1] = (found[-1][0], found[-1][1] + word)
    words = [(span.label, "".join(text[span.start : span.end].split())) for span in spans]

    assert found == words
    assert "".join(w for w, _tag in conll.tagged(text, spans)) == "".join(text.split())


def box(left, top=0, width=10, height=10, label="dog"):
    return Shape(label=label, left=left, top=top, width=width, height=height)


def drawing(*shapes, tag="crowd-bounding-box"):
    return Drawing(tag=tag, width=100, height=100, shapes=shapes)


def test_boxes_are_the_same_that_overlap_by_half():
    found = consolidate.shape_clusters([drawing(box(0)), drawing(box(3)), drawing(box(8))])

    assert [len(members) for members in found] == [2, 1]
    assert consolidate.agreement(found, 3) == 0.5


def test_two_of_one_worker_are_never_the_same():
    found = consolidate.shape_clusters([drawing(box(0), box(1)), drawing(box(0), box(1))])

    assert [len(members) for members in found] == [2, 2]


def test_half_of_the_workers_are_not_most():
    assert consolidate.shapes([drawing(box(0)), drawing()]) == []
    assert len(consolidate.shapes([drawing(box(0)), drawing(box(0)), drawing()])) == 1


def test_lines_and_points_have_a_breadth():
    flat = Shape(label="x", left=0, top=5, width=50, height=0, points=((0, 5), (50, 5)))
    near = Shape(label="x", left=1, top=5, width=49, height=0, points=((1, 5), (50, 5)))
    point = Shape(label="x", left=5, top=5, width=0, height=0, points=((5, 5),))

    lines = [drawing(line, tag="crowd-line") for line in (flat, near)]
    assert len(consolidate.shapes(lines)) == 1
    [one] = consolidate.shapes([drawing(point, tag="crowd-keypoint")] * 2)
    assert one.what.points == ((5, 5),)


def test_of_equal_classes_the_first_in_the_tasks_order():
    choices = [Choice(labels=("dog",)), Choice(labels=("cat",))]

    assert consolidate.one_of(choices, ["cat", "dog"]).what == "cat"


def test_names_that_no_format_may_break_on():
    nasty = 'a: "b"\n- <&>\x00\x0b'
    astral = "\x85\u2028\U0001f63a \\U0001f63a"
    one = consolidate.Agreed(what=box(1, label=nasty), share=1.0)
    import yaml
    from lxml import etree

    from tasks.results.exports.merged import Drawn

    class Anything:
        address = nasty
        answers = []

    drawn = Drawn(labelled=Anything(), width=10, height=10, shapes=[one])
    assert etree.fromstring(voc.document(drawn, nasty)).findtext("object/name") == 'a: "b"\n- <&>'
    assert yaml.safe_load(yolo.data([nasty, "no", astral]))["names"] == {
        0: nasty,
        1: "no",
        2: astral,
    }


@pytest.mark.parametrize(
    ("left", "width", "most", "edges"),
    [
        (0, 20, 20, ("1", "20")),
        (2, 10, 40, ("3", "12")),
        (11.5, 7.5, 19, ("13", "19")),
        (19.6, 0.4, 20, ("20", "20")),
        (3, 0.1, 20, ("4", "4")),
    ],
)
def test_the_pixels_of_a_voc_box_are_of_its_image(left, width, most, edges):
    from lxml import etree

    from tasks.results.exports.merged import Drawn

    class Anything:
        address = ""

    around = Shape(label="x", left=left, top=0, width=width, height=5)
    one = consolidate.Agreed(what=around, share=1.0)
    drawn = Drawn(labelled=Anything(), width=most, height=10, shapes=[one])
    found = etree.fromstring(voc.document(drawn, "")).find("object/bndbox")
    assert (found.findtext("xmin"), found.findtext("xmax")) == edges
    assert (found.findtext("ymin"), found.findtext("ymax")) == ("1", "5")
