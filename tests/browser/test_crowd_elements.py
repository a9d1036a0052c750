"""A template written for Mechanical Turk, unchanged, from the requester's batch to the answer."""

import json

import pytest
from playwright.sync_api import expect

from tests import world
from tests.browser.test_worker_journey import sign_in, start
from tests.browser.visiting import nothing_sticks_out, picture
from tests.crowd.conftest import AMAZON, Site

TEMPLATE = f"""<script src="{AMAZON}"></script>
<crowd-form answer-format="flatten-objects">
  <crowd-bounding-box name="annotatedResult" src="PICTURE" labels="['House', 'Tree']"
    header="Draw boxes around what you see in ${{text}}">
    <full-instructions header="Boxes"><p>The long story.</p></full-instructions>
    <short-instructions><p>Keep them tight.</p></short-instructions>
  </crowd-bounding-box>
</crowd-form>"""
ENTITIES = f"""<script src="{AMAZON}"></script>
<crowd-entity-annotation name="found" labels="[{{'label': 'number'}}]" text="${{text}} is a row"
  header="Highlight"></crowd-entity-annotation>"""


@pytest.fixture(scope="module")
def marketplace(live_app):
    """Two groups of work with crowd templates, and workers."""
    site = Site()  # for the image
    with live_app.orm():
        from tasks import jobs

        lab = world.a_lab()
        layout = TEMPLATE.replace("PICTURE", f"{site.url}/image/800x533.png")
        boxes = world.a_batch(lab, rows=2, layout=layout, title="Houses")
        texts = world.a_batch(lab, rows=2, layout=ENTITIES, title="Numbers")
        for name in ("bea", "tom"):
            world.a_worker(name)
        jobs.fold_tallies()
        ids = {"boxes": boxes.hit_type.public_id, "texts": texts.hit_type.public_id}
    yield ids
    site.server.shutdown()


def answer_of(live_app, name):
    """The stored answer of this worker's one submitted assignment."""
    with live_app.orm():
        from tasks.models import Assignment

        found = Assignment.objects.get(worker__user__email=f"{name}@workers.test")
        assert found.status == "Submitted"
        return found.answer


@pytest.mark.parametrize(("name", "width"), [("bea", 1280), ("tom", 390)])
def test_boxes_are_previewed_drawn_and_stored_as_columns(
    live_app, marketplace, new_page, name, width
):
    page = new_page(width=width)
    sign_in(page, live_app, name)
    page.goto(f"/work/groups/{marketplace['boxes']}/")
    preview = page.frame_locator("iframe")
    preview.get_by_role("button", name="Accept this HIT to submit").or_(
        preview.get_by_role("button", name="Submit", exact=True)
    ).wait_for()
    expect(preview.get_by_role("button", name="Submit", exact=True)).to_be_disabled()
    start(page, marketplace["boxes"])
    task = page.frame_locator("iframe")
    stage = task.locator(".stage")
    task.get_by_text("100 %", exact=True).or_(task.get_by_text("%")).first.wait_for(
        state="attached"
    )
    stage.scroll_into_view_if_needed()
    image = task.locator(".pan img").first.bounding_box()
    scale = image["width"] / 800
    page.mouse.move(image["x"] + 120 * scale, image["y"] + 186 * scale)
    page.mouse.down()
    page.mouse.move(image["x"] + 200 * scale, image["y"] + 300 * scale)
    page.mouse.move(image["x"] + 280 * scale, image["y"] + 400 * scale)
    page.mouse.up()
    nothing_sticks_out(page)
    picture(page, "crowd-box")
    task.get_by_role("button", name="Full instructions").click()
    task.get_by_text("The long story.").wait_for()
    picture(page, "crowd-box-instructions")
    page.keyboard.press("Escape")
    task.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Submitted.", exact=True).wait_for()
    answer = answer_of(live_app, name)
    size = "annotatedResult.inputImageProperties"
    boxes = json.loads(answer.pop("annotatedResult.boundingBoxes"))
    assert answer == {f"{size}.height": "533", f"{size}.width": "800"}
    (box,) = boxes
    assert box["label"] == "House"
    assert abs(box["left"] - 120) <= 2
    assert abs(box["width"] - 160) <= 3


def test_a_text_that_brings_its_own_form_arrives_as_task_answers(live_app, marketplace, new_page):
    with live_app.orm():
        world.a_worker("eve")
    page = new_page()
    sign_in(page, live_app, "eve")
    start(page, marketplace["texts"])
    task = page.frame_locator("iframe")
    task.locator(".passage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    picture(page, "crowd-entities")
    task.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Submitted.", exact=True).wait_for()
    answer = answer_of(live_app, "eve")
    assert answer.keys() == {"taskAnswers"}
    (found,) = json.loads(answer["taskAnswers"])
    assert found == {"found": {"entities": [{"endOffset": 5, "label": "number", "startOffset": 0}]}}
