"""A page that asks in every way there is, and what workers answer on it: well, otherwise, badly."""

import json
from html import escape

from tests.tasks.results.answers import png

WIDTH, HEIGHT = 480, 320
SIZE = {"width": WIDTH, "height": HEIGHT}
TEXT = (
    "Marie Curie moved to Paris in 1891 & won <b>two</b> Nobel Prizes. 🎉 Pierre was her husband."
)
_LABELS = "labels=\"['house', 'tree', 'sky']\""


def layout(image="${image}"):
    """One crowd form with all of it."""

    def seen(tag, name, header):
        return f'<{tag} name="{name}" src="{image}" header="{header}" {_LABELS}></{tag}>'

    responses = escape(json.dumps(["Use a lock.", "Use <i>two</i> locks, in one order."]))
    return f"""<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form>
    {seen("crowd-bounding-box", "boxes", "Mark every house and tree")}
    {seen("crowd-polygon", "outlines", "Outline the roof")}
    {seen("crowd-polyline", "edges", "Trace the horizon")}
    {seen("crowd-line", "lines", "Draw the street")}
    {seen("crowd-keypoint", "points", "Point at the doors")}
    {seen("crowd-semantic-segmentation", "classes", "Paint the classes")}
    {seen("crowd-instance-segmentation", "instances", "Paint each house")}
    <crowd-image-classifier name="scene" src="{image}" header="What is it?"
      categories="['village', 'town']"></crowd-image-classifier>
    <crowd-classifier-multi-select name="mood" categories="['joy', 'fear', 'calm']"
      header="How does it feel?"><classification-target>${{text}}</classification-target>
    </crowd-classifier-multi-select>
    <crowd-entity-annotation name="entities" header="Mark people and places" text="${{text}}"
      labels="['Person', 'Place', 'Date']"></crowd-entity-annotation>
    <crowd-text-ranking name="ranks" header="Rank them" text="How?" responses="{responses}"
      ordinal-ranking-dimensions="[]"></crowd-text-ranking>
    <crowd-pairwise-comparison name="pair" header="Which is better?" text="How?"
      responses="{responses}"></crowd-pairwise-comparison>
    <crowd-question-answer-generation name="quiz" header="Ask about it" text="${{text}}">
    </crowd-question-answer-generation>
    <crowd-input name="caption" label="A caption for it"></crowd-input>
    <crowd-slider name="rating" min="1" max="5"></crowd-slider>
    <crowd-checkbox name="blurred">It is blurred</crowd-checkbox>
    <fieldset><legend>Who is in it?</legend>
      <label><input type="checkbox" name="who" value="a">An adult</label>
      <label><input type="checkbox" name="who" value="c">A child</label></fieldset>
    </crowd-form>"""


def _masked(**colors):
    png_data = png(
        WIDTH, HEIGHT, (colors.get("one", "#1f77b4"), 70, 110, 170, 240),
        (colors.get("two", "#ff7f0e"), 290, 140, 390, 260),
    )  # fmt: skip
    return {"labeledImage": {"pngImageData": png_data}, "inputImageProperties": SIZE}


def box(label, left, top, width, height):
    return {"label": label, "left": left, "top": top, "width": width, "height": height}


def path(label, *points):
    return {"label": label, "vertices": [{"x": x, "y": y} for x, y in points]}


def span(label, words, text=TEXT):
    start = text.index(words)
    return {"label": label, "startOffset": start, "endOffset": start + len(words)}


def good(*, shift=0):
    """What a careful worker answers; `shift` moves a box by so many pixels."""
    return {
        "boxes": {
            "boundingBoxes": [
                box("house", 70 + shift, 110, 100, 130),
                box("house", 290, 140, 100, 120),
                box("tree", 200, 90, 60, 120),
            ],
            "inputImageProperties": SIZE,
        },
        "outlines": {
            "polygons": [path("house", (60, 120), (120, 60), (180, 120))],
            "inputImageProperties": SIZE,
        },
        "edges": {
            "polylines": [path("sky", (0, 190), (160, 180), (300, 195), (479, 185))],
            "inputImageProperties": SIZE,
        },
        "lines": {"lines": [path("sky", (0, 300), (479, 260))], "inputImageProperties": SIZE},
        "points": {
            "keypoints": [
                {"label": "house", "x": 120, "y": 220}, {"label": "tree", "x": 230, "y": 150},
            ],
            "inputImageProperties": SIZE,
        },
        "classes": {
            "labelMappings": {"house": {"color": "#1f77b4"}, "tree": {"color": "#ff7f0e"}},
            **_masked(),
        },
        "instances": {
            "instances": [
                {"label": "house", "color": "#1f77b4"}, {"label": "house", "color": "#ff7f0e"},
            ],
            **_masked(),
        },
        "scene": {"label": "village"},
        "mood": {"labels": ["joy", "calm"]},
        "entities": {"entities": [
            span("Person", "Marie Curie"), span("Place", "Paris"), span("Date", "1891"),
            span("Person", "Pierre"),
        ]},
        "ranks": {"rankings": {"Clarity": [1, 2], "Safety": [2, 1]}},
        "pair": {
            "preferred": 1, "strength": "much better", "reason": "It says how.", "order": [1, 0],
        },
        "quiz": {"questionsAndAnswers": [
            {"question": "When did she move?", "answer": "In 1891", "tags": ["when"]},
        ]},
        "caption": "Two houses, and a tree between them",
        "rating": 4,
        "blurred": {"on": False},
        "who": {"a": True, "c": False},
        "extra": {"a": {"list": [1, 2.5, None, True], "none": {}}, "text": "of nobody's asking"},
    }  # fmt: skip


def other():
    """What another worker answers."""
    overlapping = [
        span("Person", "Marie Curie"), span("Place", "Curie moved to Paris"),
        span("Date", "in 1891 & won <b>two</b>"),
    ]  # fmt: skip
    return {
        **good(shift=4),
        "boxes": {"boundingBoxes": [], "inputImageProperties": SIZE},
        "scene": {"label": "town", "workerComment": "There is a market."},
        "mood": {"labels": []},
        "entities": {"entities": overlapping},
        "pair": {"preferred": None, "strength": "", "reason": "", "order": [0, 1]},
        "caption": "",
        "blurred": {"on": True},
        "who": {"a": True, "c": True},
    }


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def hostile():
    """What a worker sends who wants to break the page, or has broken software."""
    many = [box(f"house {n % 60}", 10 * (n % 40), 8 * (n // 40), 12, 9) for n in range(200)]
    return {
        "boxes": {
            "boundingBoxes": [
                *many, box("house", 1e300, -5, 3, 3), box("", 3, 3, 5, 5), None, "x",
                {"label": SCRIPT},
                box(SCRIPT, 30, 250, 100, 50), box("x" * 3000, 1, 1, 2, 2),
            ],
            "inputImageProperties": SIZE,
        },
        "outlines": {
            "polygons": [path("house")], "inputImageProperties": {"width": 100000, "height": 1},
        },
        "edges": {"polylines": "none", "inputImageProperties": SIZE},
        "lines": [],
        "points": {"keypoints": [{"label": "\"><script>", "x": "7", "y": True}]},
        "classes": {
            "labelMappings": {SCRIPT: {"color": "#1f77b4"}}, **_masked(),
        },
        "instances": {
            "instances": [{"label": "house", "color": "red;background:url(//evil.test)"}],
            "labeledImage": {"pngImageData": "AAAA"}, "inputImageProperties": SIZE,
        },
        "scene": {"label": SCRIPT},
        "mood": {"labels": [SCRIPT, {"a": 1}]},
        "entities": {"entities": [
            span("Person", "Marie Curie"), {"label": "Person", "startOffset": -4, "endOffset": 1e9},
            {"label": None, "startOffset": 0, "endOffset": 90}, {"startOffset": "a"}, 7,
        ]},
        "ranks": {"rankings": {SCRIPT: [1, 2, 3, 99], "Other": "x"}},
        "pair": {"preferred": 12, "strength": SCRIPT},
        "quiz": {"questionsAndAnswers": [{"question": SCRIPT, "answer": 5}]},
        "caption": SCRIPT + "long " * 2000 + "w" * 3000,
        "rating": "e" * 50,
        "blurred": [[[[[[[[[[[[["deep"]]]]]]]]]]]]],
        "who": {SCRIPT: True},
        SCRIPT: {"": {"k" * 500: SCRIPT}},
    }  # fmt: skip


def sent(answers):
    """The field that a crowd form sends."""
    return {"taskAnswers": json.dumps([answers])}
