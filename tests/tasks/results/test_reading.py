"""Answers of every element, however they were sent; and what isn't one."""

import json
from contextlib import suppress

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tasks.annotations import given as fields
from tasks.annotations import kinds, loose
from tasks.annotations.elements import elements_in
from tasks.annotations.kinds import Unfit
from tasks.questions import layout
from tests.tasks.results import answers as given


def element_of(tag):
    [element] = elements_in(layout.fill(given.LAYOUTS[tag], given.ROW))
    return element


def read(tag, sent):
    return kinds.read(element_of(tag), fields.take(fields.values_of(sent), "seen"))


@pytest.mark.parametrize("tag", given.ANSWERS)
def test_every_way_to_send_it_says_the_same(tag):
    answer = given.ANSWERS[tag]
    ways = [
        given.sent(answer),
        {"taskAnswers": json.dumps({"seen": answer})},
        {"seen": json.dumps(answer)},
        given.flattened(answer),
    ]
    first, *others = (read(tag, way) for way in ways)

    assert others == [first] * 3


def test_a_label_with_full_stops_is_found_again_when_flattened():
    layout_ = given.LAYOUTS["crowd-semantic-segmentation"].replace("'cat'", "'St. Bernard'")
    [element] = elements_in(layout_)
    answer = given.ANSWERS["crowd-semantic-segmentation"]
    mapped = {"St. Bernard": {"color": "#1f77b4"}, "dog": {"color": "#ff7f0e"}}
    flat = given.flattened({**answer, "labelMappings": mapped})
    found = kinds.read(element, fields.take(fields.values_of(flat), "seen"))

    assert found.colors == (("St. Bernard", "#1f77b4"), ("dog", "#ff7f0e"))


@pytest.mark.parametrize("tag", given.ANSWERS)
def test_what_isnt_an_answer_is_refused_with_words(tag):
    answer = given.ANSWERS[tag]
    bad = [None, "dog", [], {}, *({**answer, key: None} for key in answer)]
    optional = {"workerComment", "strength", "reason", "order"}
    for value, key in zip(bad, ["", "", "", "", *answer], strict=True):
        if key in optional or (tag == "crowd-pairwise-comparison" and key == "preferred"):
            kinds.read(element_of(tag), value)
            continue
        with pytest.raises(Unfit, match=r"\w+"):
            kinds.read(element_of(tag), value)


@pytest.mark.parametrize(
    ("tag", "changes", "why"),
    [
        ("crowd-classifier", {"label": "wolf"}, "none of the task's labels"),
        ("crowd-bounding-box", {"boundingBoxes": [given.BOX] * 1001}, "1,001 shapes"),
        ("crowd-bounding-box", {"boundingBoxes": [given.BOX | {"left": -1}]}, "out of range"),
        ("crowd-bounding-box", {"boundingBoxes": [given.BOX | {"left": "1e999"}]}, "out of range"),
        ("crowd-bounding-box", {"boundingBoxes": [given.BOX | {"width": 0}]}, "no area"),
        ("crowd-bounding-box", {"inputImageProperties": {"width": 10**9, "height": 1}}, "range"),
        ("crowd-polygon", {"polygons": [{"label": "dog", "vertices": []}]}, "no points"),
        ("crowd-entity-annotation", {"entities": [
            {"startOffset": 3, "endOffset": 2, "label": "dog"}]}, "range of characters"),
        ("crowd-entity-annotation", {"entities": [
            {"startOffset": 3, "endOffset": 200, "label": "dog"}]}, "out of range"),
        ("crowd-semantic-segmentation", {"labeledImage": {"pngImageData": "<svg>"}}, "base64"),
        ("crowd-semantic-segmentation", {"labelMappings": {"cat": {"color": "red"}}}, "#rrggbb"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tag, changes, why):
    with pytest.raises(Unfit, match=why):
        kinds.read(element_of(tag), {**given.ANSWERS[tag], **changes})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["label", "labels", "width", "height", "x", "y", "color", "left", "top"]
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40)
@for_all(data=st.data())
def test_no_json_breaks_the_reading(data):
    tag = data.draw(st.sampled_from(list(given.ANSWERS)))
    answer = given.ANSWERS[tag]
    key = data.draw(st.sampled_from(list(answer)))
    value = {**answer, key: data.draw(anything)}
    with suppress(Unfit):
        kinds.read(_ELEMENTS[tag], value)


@settings(max_examples=40)
@for_all(st.dictionaries(st.text(max_size=12) | st.just("seen.a"), st.text() | anything))
def test_no_fields_break_the_taking_apart(sent):
    fields.take(fields.values_of(sent), "seen")


@for_all(st.text(alphabet="[]{}:,'\"\\abu0 /*1"))
def test_loose_json_is_read_or_refused(text):
    with suppress(ValueError):
        loose.read(text)


@for_all(anything.filter(lambda value: "nan" not in repr(value) and "inf" not in repr(value)))
def test_json_is_loose_json(value):
    assert loose.read(json.dumps(value)) == value


def test_json_as_people_write_it():
    text = "[ 'it\\'s', {label: \"x\", n: 1.5,}, /* two */ bare, // end\n true, ]"
    with pytest.raises(ValueError, match="bare"):
        loose.read(text)
    assert loose.read(text.replace("bare", "null")) == [
        "it's", {"label": "x", "n": 1.5}, None, True,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 50_000, "{a:" * 50_000, "['a' 'b']", "[1", "{a}", ""])
def test_what_cant_be_read_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        loose.read(text)


@for_all(st.text(alphabet="<>/='\" acrowd-bingxl&#;\n"))
def test_no_page_breaks_the_search_for_elements(page):
    elements_in(page)


_ELEMENTS = {tag: element_of(tag) for tag in given.ANSWERS}
