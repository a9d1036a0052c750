"""Attributes that make no sense break nothing: no error on the console, and the rest works."""

import itertools

from tests.crowd.conftest import AMAZON, submit

SCRIPT = f'<script src="{AMAZON}"></script>'
ODD = ["null", "7", "'text'", "{}", "[null, 3, {}, [[]]]", "[{label: 'a', vertices: 4}]", "<", ""]
TAGS = {
    "crowd-bounding-box": ("labels", "initial-value", "label-colors"),
    "crowd-polygon": ("labels", "initial-value", "label-colors"),
    "crowd-line": ("labels", "initial-value"),
    "crowd-keypoint": ("labels", "initial-value"),
    "crowd-semantic-segmentation": ("labels", "initial-value"),
    "crowd-instance-segmentation": ("labels", "initial-value"),
    "crowd-image-classifier": ("categories", "overlay"),
    "crowd-classifier-multi-select": ("categories", "exclusion-category"),
    "crowd-entity-annotation": ("labels", "initial-value"),
    "crowd-text-ranking": ("responses", "ordinal-ranking-dimensions"),
    "crowd-question-answer-generation": ("question-tags", "min-questions", "max-questions"),
    "crowd-pairwise-comparison": ("responses", "strengths"),
    "crowd-slider": ("min", "max", "step", "value"),
    "crowd-input": ("max-length", "type", "allowed-pattern"),
    "crowd-text-area": ("rows", "max-rows"),
}


def odd(tag, name, value):
    """One element that has everything it needs but one attribute, which is odd."""
    fit = {"labels": "['a']", "categories": "['a']", "src": "IMAGES/40x30.png", "text": "A b c"}
    given = fit | {"responses": "['a', 'b']", name: value.replace("'", "&#39;")}
    attributes = " ".join(f"{key}='{value}'" for key, value in given.items())
    return f"<{tag} {attributes}></{tag}>"


def test_odd_attributes_are_left_out_and_the_form_can_be_sent(crowd, site):
    pairs = [(tag, name) for tag, names in TAGS.items() for name in names]
    elements = [odd(tag, name, value) for (tag, name), value in itertools.product(pairs, ODD)]
    page = crowd(
        f"{SCRIPT}<crowd-form><crowd-input name='a' label='Word'></crowd-input>"
        f"<div id='odd'>{''.join(elements)}</div></crowd-form>"
    )
    page.wait_for_function(
        """() => [...document.querySelectorAll('#odd > *')].every((one) =>
          one.isBuilt && (!one.stage || one.stage.isReady))""",
        timeout=20_000,
    )
    page.evaluate("document.querySelectorAll('#odd > *').forEach((one) => one.answer)")
    page.evaluate("document.getElementById('odd').remove()")
    page.get_by_label("Word").fill("still here")
    submit(page)
    assert site.answer() == {"a": "still here"}
