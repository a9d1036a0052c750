"""Answers as their requester sees them: what each kind means, and what can't be read."""

import base64
import io
import json
import re

import pytest
from django.urls import reverse
from PIL import Image

from marketplace import clock
from marketplace.questionform.form import parse
from tasks.annotations import brief
from tasks.annotations.masks import plane_of
from tasks.results.shown import trees
from tasks.results.shown.parts import Page, parts_of
from tests import world
from tests.questionform import samples
from tests.tasks.results import answers as given
from tests.tasks.results import kinds
from tests.tasks.results.reading import IMAGE, answers_of, legend, words

# What is drawn over an image ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape", "attributes"),
    [
        ("boxes", "rect", {"x": "70", "y": "110", "width": "100", "height": "130"}),
        ("outlines", "polygon", {"points": "60,120 120,60 180,120"}),
        ("edges", "polyline", {"points": "0,190 160,180 300,195 479,185"}),
        ("lines", "polyline", {"points": "0,300 479,260"}),
        ("points", "circle", {"cx": "120", "cy": "220"}),
    ],
)
def test_shapes_are_drawn_over_the_image_in_its_own_pixels(
    everything, frame, name, shape, attributes
):
    _response, page = frame(everything(kinds.good()), name)
    [picture] = page.find_class("over")
    assert picture.get("viewbox") == f"0 0 {kinds.WIDTH} {kinds.HEIGHT}"
    assert picture.find("image").get("href") == IMAGE
    first = picture.find(f"g/{shape}")
    assert {key: first.get(key) for key in attributes} == attributes


def test_a_legend_says_what_the_colours_mean_and_how_many(everything, frame):
    _response, page = frame(everything(kinds.good()), "boxes")
    assert legend(page) == ["house 2", "tree 1"]
    colors = [line.find(".//rect").get("fill") for line in page.find_class("legend")[0]]
    assert colors == [group.get("fill") for group in page.iterfind(".//g")][1:]
    assert [words(text) for text in page.iterfind(".//g/text")] == ["house", "house", "tree"]


@pytest.mark.parametrize("name", ["classes", "instances"])
def test_masks_are_painted_anew_and_what_belongs_to_nothing_is_clear(everything, frame, name):
    _response, page = frame(everything(kinds.good()), name)
    [mask] = page.find_class("mask")
    png = base64.b64decode(mask.get("href").removeprefix("data:image/png;base64,"))
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    assert image.getpixel((100, 150)) == (0x1F, 0x77, 0xB4, 255)
    assert image.getpixel((5, 5))[3] == 0
    assert legend(page)[0] == "house 8.5 %"
    assert page.get_element_by_id("opacity").get("value") == "60"


def test_segments_of_a_clip_stand_on_its_time_line(answered, frame):
    answer = given.ANSWERS["crowd-video-segments"]
    absurd = {"label": "dog", "start": 9, "end": 1e9}
    bad = {**answer, "segments": [*answer["segments"], absurd]}
    batch = answered("crowd-video-segments", answer, bad)
    for place in (0, 1):
        _response, page = frame(batch, "seen", place)
        assert page.find(".//video").get("src") == "https://images.test/street/1.jpg"
        [line] = page.find_class("timeline")
        bars = [(bar.get("x"), bar.get("width")) for bar in line.iter("rect")]
        assert bars == [("0.0", "180.0"), ("120.0", "880.0")]
        assert legend(page) == ["cat 0:01.50–0:12.50", "dog 0:00.00–0:02.25"]


def test_the_frame_runs_as_nobody_and_only_our_own_page_may_hold_it(everything, frame):
    response, _page = frame(everything(kinds.good()), "boxes")
    policy = response["Content-Security-Policy"]
    assert "sandbox allow-scripts;" in policy
    assert "default-src 'none'" in policy
    assert "script-src http://testserver" in policy
    assert "frame-ancestors http://testserver" in policy
    assert "'unsafe" not in policy
    assert "X-Frame-Options" not in response


def test_a_projects_own_file_is_shown_by_its_address(answered, frame, lab, settings, tmp_path):
    from tasks.actions.keep_file import add_project_file
    from tests.tasks.files.samples import upload

    settings.MEDIA_ROOT = tmp_path
    layout = given.element("crowd-bounding-box", src="${image}", **given.LABELS)
    project = world.a_project(lab, layout=layout)
    file = add_project_file(
        by=lab.by, user=lab.user, project=project, name="cat.png", file=upload(), at=clock.now()
    )
    batch = world.published(lab, project, b"image\nfile:cat.png\n")
    answer = given.ANSWERS["crowd-bounding-box"]
    world.submitted(world.a_worker(), batch, given.sent(answer))
    _response, page = frame(batch, "seen")
    assert page.find(".//image").get("href") == f"http://testserver/files/{file.key}/cat.png"


# What is said in words ------------------------------------------------------------------------


def test_spans_are_marked_in_the_text_with_their_labels(everything, shown):
    part = shown(everything(kinds.good()))["Mark people and places"]
    [passage] = part.find_class("passage")
    assert [mark.text for mark in passage.iter("mark")] == [
        "Marie Curie",
        "Paris",
        "1891",
        "Pierre",
    ]
    assert [tag.text for tag in passage.iter("b")] == ["Person", "Place", "Date", "Person"]
    hues = [mark.get("class") for mark in passage.iter("mark")]
    assert hues == ["hue-0", "hue-1", "hue-2", "hue-0"]
    for tag in passage.findall("b"):
        tag.drop_tree()
    assert passage.text_content() == kinds.TEXT


def test_spans_over_one_another_leave_the_text_whole(everything, shown):
    part = shown(everything(kinds.other()))["Mark people and places"]
    [passage] = part.find_class("passage")
    marks = [(mark.text, mark.get("class")) for mark in passage.iter("mark")]
    assert marks[:3] == [
        ("Marie ", "hue-0"),
        ("Curie", "hue-0 shared"),
        (" moved to Paris", "hue-1"),
    ]
    listed = [words(line) for line in part.find_class("spans")[0]]
    assert listed[1] == "Place Curie moved to Paris 6–26"
    for tag in passage.findall("b"):
        tag.drop_tree()
    assert passage.text_content() == kinds.TEXT


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("What is it?", "village"),
        ("How does it feel?", "joy calm"),
        ("Ask about it", "When did she move? In 1891 (when)"),
        ("A caption for it", "Two houses, and a tree between them"),
        ("rating", "4"),
        ("It is blurred", "no"),
        ("Who is in it?", "An adult"),
        ("extra", "a list 1 1 2 2.5 3 – 4 true none – text of nobody's asking"),
    ],
)
def test_choices_and_fields_are_said_in_the_pages_own_words(everything, shown, title, said):
    part = shown(everything(kinds.good()))[title]
    for other in [*part.find_class("part-title"), *part.iterfind(".//a")]:
        other.drop_tree()
    assert words(part) == said


def test_a_ranking_is_a_table_of_the_responses(everything, shown):
    part = shown(everything(kinds.good()))["Rank them"]
    rows = [[words(cell) for cell in row] for row in part.iter("tr")]
    assert rows == [
        ["Response", "Clarity", "Safety"],
        ["Response 1: Use a lock.", "1", "2"],
        ["Response 2: Use <i>two</i> locks, in one order.", "2", "1"],
    ]


def test_of_two_responses_the_preferred_one_is_marked(everything, shown):
    batch = everything(kinds.good(), kinds.other())
    good, tie = (shown(batch, place)["Which is better?"] for place in (0, 1))
    [better] = good.find_class("better")
    assert words(better).startswith("Response 2 Preferred: much better Use <i>two</i> locks")
    assert "It says how." in words(good)
    assert not tie.find_class("better")
    assert "Neither is better" in words(tie)


def test_a_form_of_html_is_said_in_its_labels(answered, shown):
    layout = """<p>${text}</p><fieldset><legend>Is it kind?</legend>
      <label><input type="radio" name="kind" value="y">Yes, very</label>
      <label><input type="radio" name="kind" value="n">No</label></fieldset>
      <label>How long? <select name="long"><option value="1">A minute</option></select></label>
      <label for="w">Why?</label><textarea name="why" id="w"></textarea>
      <input name="bare">"""
    fields = {"kind": "y", "long": "1", "why": "one\ntwo", "bare": ["a", "b"], "not_asked": "x"}
    batch = answered("", layout=layout)
    world.submitted(world.a_worker("html"), batch, fields)
    found = shown(batch)
    assert list(found) == ["Is it kind?", "How long?", "Why?", "bare", "not_asked"]
    assert words(found["Is it kind?"]) == "Is it kind? Yes, very"
    assert words(found["How long?"]) == "How long? A minute"
    assert found["Why?"].find(".//br") is not None
    assert words(found["bare"]) == "bare a b"


def test_a_questionform_is_said_in_its_own_words():
    options = "".join(
        f"<Selection><SelectionIdentifier>{name}</SelectionIdentifier>{label}</Selection>"
        for name, label in {
            "r": "<Text>Red &amp; bright</Text>",
            "b": "<FormattedContent><![CDATA[<p>Deep</p><p><b>blue</b></p>]]></FormattedContent>",
        }.items()
    )
    many = "<MaxSelectionCount>2</MaxSelectionCount>"
    selections = f"<Selections>{options}<OtherSelection/></Selections>"
    pick = f"<SelectionAnswer>{many}{selections}</SelectionAnswer>"
    page = Page(
        form=parse(
            samples.form(
                samples.question("pick", pick, content="<Text>Which colours?</Text>"),
                samples.question("why", samples.free(), required="<DisplayName>Why</DisplayName>"),
                samples.question("none", samples.selection("x"), content="<Text>And?</Text>"),
            )
        )
    )
    answer = {"pick": ["r", "b"], "pick/other": "teal", "why": "I <b>like</b> it", "none": []}
    said = [
        (part.title, *part.chosen, part.comment or part.text) for part in parts_of(page, answer)
    ]
    assert said == [
        ("Which colours?", "Red & bright", "Deep blue", "teal"),
        ("Why – ?", "I <b>like</b> it"),
        ("And?", ""),
    ]


# What can't be read ---------------------------------------------------------------------------


def test_one_bad_shape_hides_no_other(everything, frame, shown):
    batch = everything(kinds.hostile())
    _response, page = frame(batch, "boxes")
    assert len(page.findall(".//g")) == 203
    part = shown(batch)["Mark every house and tree"]
    problems = [words(line) for line in part.iterfind(".//ul/li")]
    assert "left is out of range." in problems
    assert any(problem.startswith("The task doesn't have these labels") for problem in problems)
    assert page.find_class("over")[0].get("class") == "over no-names"


@pytest.mark.parametrize(
    ("title", "problem"),
    [
        ("Outline the roof", "A shape has no points."),
        ("Trace the horizon", "The answer has no list of polylines."),
        ("Draw the street", "The answer is not an object."),
        ("Point at the doors", "The answer doesn't say how large the image is."),
        ("Paint each house", "A label's colour is not of the form #rrggbb."),
        ("Rank them", "A dimension's ranks are not a list of whole numbers."),
        ("Which is better?", "What is preferred is neither of the two responses."),
    ],
)
def test_what_cant_be_read_says_why_beside_what_was_sent(everything, shown, title, problem):
    assert problem in words(shown(everything(kinds.hostile()))[title])


def test_a_strangers_markup_is_text_everywhere(everything, owner, frame):
    batch = everything(kinds.hostile(), kinds.good())
    answers = answers_of(batch)
    pages = [
        owner.get(reverse("requester:answer", args=[batch.pk, answers[0].public_id])),
        owner.get(reverse("requester:hit", args=[answers[0].hit.public_id])),
        owner.get(reverse("requester:review", args=[batch.pk])),
        *(frame(batch, name)[0] for name in kinds.good() if name in FRAMED),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "evil.test" not in re.sub(r"<pre.*?</pre>|<dd.*?</dd>", "", page.text, flags=re.S)


FRAMED = ("boxes", "outlines", "edges", "lines", "points", "classes", "instances", "scene")


@pytest.mark.parametrize(
    "answer",
    [
        {"taskAnswers": "[{}]"},
        {"taskAnswers": ""},
        {"taskAnswers": "[" * 100_000},
        {"taskAnswers": json.dumps([{"seen": None}])},
        {"taskAnswers": json.dumps([[], 1, None])},
        {"seen": "[" * 5000 + "]" * 5000},
        {"seen.boundingBoxes": "7", "seen": "x"},
        {"": "no name", "seen.label": "cat"},
        {"taskAnswers": json.dumps([{"seen": {"boundingBoxes": [{}] * 1200}}])},
        {"taskAnswers": json.dumps([{"seen": {"label": "half \ud800"}, "\udfff": "\ud800"}])},
        {"seen": json.dumps({"half \ud800": "\udfff"}), "other": '{"a\\u0000": "\\u0000"}'},
        {"taskAnswers": json.dumps([{"seen": {"label": 10**4000}}])},
        {"seen": '{"a":' * 900 + "1" + "}" * 900, "other": "[" * 900 + "]" * 900},
    ],
    ids=range(13),
)
def test_no_answer_breaks_a_page(answered, owner, answer):
    batch = answered("crowd-bounding-box")
    assignment = world.submitted(world.a_worker("odd"), batch, answer)
    args = [batch.pk, assignment.public_id]
    for name, parts in {
        "answer": args,
        "answer_picture": args[1:],
        "review": args[:1],
        "hit": [assignment.hit.public_id],
    }.items():
        response = owner.get(reverse(f"requester:{name}", args=parts), {"name": "seen"})
        assert response.status_code == 200
    raw = owner.get(reverse("requester:raw_answer", args=args[1:]))
    assert json.loads(raw.content) == answer
    assert raw["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_mask_of_many_pixels_is_made_small_before_it_is_looked_into():
    from tasks.annotations.kinds import Mask

    out = io.BytesIO()
    image = Image.new("P", (4000, 3000), 1)
    image.putpalette([0, 0, 0, 0x1F, 0x77, 0xB4])
    image.save(out, "PNG")
    mask = Mask(width=4000, height=3000, colors=(("cat", "#1f77b4"),), png=out.getvalue())
    plane = plane_of(mask, within=400)
    assert plane.size == (400, 300)
    assert plane.getextrema() == (1, 1)


def test_a_tree_stops_at_what_people_read():
    assert len(trees.lines_of([[n] for n in range(10_000)])) == trees.MOST_LINES


# In a few words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (given.ANSWERS["crowd-bounding-box"], "1 box: dog"),
        (
            {"boundingBoxes": [{"label": "cat"}, {"label": "dog"}, {"label": "cat"}]},
            "3 boxes: cat ×2, dog",
        ),
        ({"polygons": []}, "nothing marked"),
        (given.ANSWERS["crowd-polyline"], "1 polyline: dog"),
        ({"keypoints": [{"label": str(n)} for n in range(6)]}, "6 keypoints: 0, 1, 2, 3, …"),
        (given.ANSWERS["crowd-semantic-segmentation"], "a mask: cat, dog"),
        (given.ANSWERS["crowd-instance-segmentation"], "2 instances: dog ×2"),
        (given.ANSWERS["crowd-entity-annotation"], "1 span: dog"),
        (given.ANSWERS["crowd-image-classifier"], "dog"),
        ({"labels": ["joy", "fear"]}, "joy, fear"),
        ({"labels": []}, "none of them"),
        (given.ANSWERS["crowd-text-ranking"], "Clarity: 1, 2, 1"),
        (given.ANSWERS["crowd-pairwise-comparison"], "response 2, much better"),
        ({"preferred": None}, "a tie"),
        (given.ANSWERS["crowd-question-answer-generation"], "1 question: Who?"),
        (given.ANSWERS["crowd-video-segments"], "2 segments: dog, cat"),
        ({"on": True}, "yes"),
        ({"a": True, "b": False, "c": True}, "a, c"),
        ({"a": False, "b": False}, "none of them"),
        ("just words", "just words"),
        (["a", "b"], "a|b"),
        (4.5, "4.5"),
        (None, ""),
        ({"boundingBoxes": 7}, '{"boundingBoxes": 7}'),
        ({"label": "a", "more": 1}, '{"label": "a", "more": 1}'),
    ],
    ids=str,
)
def test_an_answer_in_a_few_words(value, said):
    assert brief.brief(value) == said


@pytest.mark.parametrize("ways", [given.sent, given.flattened], ids=["plain", "flattened"])
def test_the_review_table_says_what_was_answered_in_place_of_json(answered, owner, ways):
    batch = answered("crowd-bounding-box")
    answer = given.ANSWERS["crowd-bounding-box"]
    world.submitted(world.a_worker("brief"), batch, ways(answer))
    context = owner.get(reverse("requester:review", args=[batch.pk])).context
    assert dict(context["rows"][0]["values"])["seen"] == "1 box: dog"
