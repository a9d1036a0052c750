"""What can be said about the look without looking: it fits a phone, follows the page's colours,
and opens dialogs where the worker is."""

import pytest

from tests.crowd.conftest import AMAZON

SCRIPT = f'<script src="{AMAZON}"></script>'
HELP = """<short-instructions><p>Short.</p></short-instructions>
<full-instructions header="All"><p>The long story.</p></full-instructions>"""
LABELS = "labels=\"['A label', 'Another one that is rather long', 'Third']\""
IMAGE = f'name="x" src="IMAGES/800x533.png" header="Mark what you see in this image" {LABELS}'
RESPONSES = """text="A prompt" responses='["First response", "Second response"]'"""
ALL = f"""{SCRIPT}<crowd-form>
<crowd-input name="a" label="A word"></crowd-input>
<crowd-text-area name="b" label="Words"></crowd-text-area>
<crowd-slider name="c" min="0" max="10" pin editable></crowd-slider>
<crowd-checkbox name="d">A box to tick</crowd-checkbox>
<crowd-tabs><crowd-tab header="One tab">1</crowd-tab><crowd-tab header="Two">2</crowd-tab>
<crowd-tab header="A third with a long name">3</crowd-tab></crowd-tabs>
<crowd-card heading="Card" style="width: 600px">Content</crowd-card>
<crowd-alert type="error" dismissible>Averyveryveryveryveryveryveryveryverylongwordinanalert</crowd-alert>
<crowd-bounding-box {IMAGE}>{HELP}</crowd-bounding-box>
<crowd-polygon {IMAGE}></crowd-polygon>
<crowd-keypoint {IMAGE}></crowd-keypoint>
<crowd-instance-segmentation {IMAGE}></crowd-instance-segmentation>
<crowd-image-classifier {IMAGE} categories="['Yes', 'No']"></crowd-image-classifier>
<crowd-entity-annotation name="e" text="Some text to label" {LABELS}></crowd-entity-annotation>
<crowd-text-ranking name="r" {RESPONSES} ordinal-ranking-dimensions='[{{"name":"Clarity"}}]'>
</crowd-text-ranking>
<crowd-pairwise-comparison name="p" {RESPONSES}></crowd-pairwise-comparison>
<crowd-question-answer-generation name="q" text="A text" question-tags='["one", "two"]'>
</crowd-question-answer-generation></crowd-form>"""  # noqa: E501


def background(page, tag):
    """The colour behind a label or choice of this element."""
    return page.evaluate(
        "(tag) => getComputedStyle(document.querySelector(tag).shadowRoot"
        ".querySelector('.choice, .box')).backgroundColor",
        tag,
    )


@pytest.mark.parametrize(("width", "dark"), [(390, True), (390, False), (1280, True)])
def test_nothing_sticks_out_and_the_colours_are_the_pages(crowd, width, dark):
    page = crowd(ALL, width=width, dark=dark)
    page.wait_for_function(
        "[...document.querySelectorAll('[src]')].every((one) => !one.stage || one.stage.isReady)",
        timeout=15_000,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for tag in ("crowd-input", "crowd-image-classifier"):
        assert background(page, tag) == ("rgb(29, 32, 35)" if dark else "rgb(255, 255, 255)")
    stages = page.locator(".stage")
    for at in range(stages.count()):
        assert stages.nth(at).bounding_box()["height"] >= 200


def test_in_a_frame_taller_than_the_screen_a_dialog_opens_beside_what_opened_it(crowd):
    page = crowd(
        f"""{SCRIPT}<crowd-form><p style="height: 2600px">A long task</p>
        <crowd-modal link-text="Examples" link-type="button"><p>One</p></crowd-modal>
        <p style="height: 1000px"></p></crowd-form>""",
        height=4000,
        screen={"width": 1280, "height": 800},
    )
    opener = page.get_by_role("button", name="Examples")
    opener.click()
    box, at = page.get_by_role("dialog").bounding_box(), opener.bounding_box()
    assert abs(box["y"] - at["y"]) < 100
