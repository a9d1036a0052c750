"""Answers of every kind as their requester sees them, hostile ones too, wide and narrow."""

import base64
import os

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.questionform.html import wrap
from tests import world
from tests.browser.visiting import looked_at, sign_in
from tests.crowd.conftest import picture as drawn
from tests.questionform import samples
from tests.tasks.results import kinds

pytestmark = pytest.mark.xdist_group("browser-answers")


@pytest.fixture(scope="module")
def there():
    """What the tests of this module share."""
    return {}


@pytest.fixture
def batch(live_app, there):
    """One HIT with three answers: a good one, another, and a hostile one."""
    if "batch" in there:
        return there
    with live_app.orm():
        lab = world.a_lab("Shown Lab")
        project = world.a_project(lab, layout=kinds.layout(), max_assignments=3)
        image = base64.b64encode(drawn(kinds.WIDTH, kinds.HEIGHT)).decode()
        rows = f'image,text\n"data:image/png;base64,{image}","{kinds.TEXT}"\n'
        made = world.published(lab, project, rows.encode())
        answers = [
            world.submitted(world.a_worker(f"shown-{n}"), made, kinds.sent(said))
            for n, said in enumerate([kinds.good(), kinds.other(), kinds.hostile()])
        ]
        there |= {
            "batch": made.pk,
            "email": lab.user.email,
            "hit": answers[0].hit.public_id,
            "answers": [one.public_id for one in answers],
        }
    return there


def settled(page):
    """Every frame has drawn what it has and told its height."""
    for frame in page.locator("iframe.picture").all():
        frame.scroll_into_view_if_needed()
        frame.content_frame.locator("body").wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('iframe.picture')].every((frame) => frame.style.height)"
    )


def seen(page, name):
    """looked_at, of a window in which everything is drawn."""
    if os.environ.get("LOOK"):
        size = page.viewport_size
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": height})
        page.wait_for_timeout(700)
        looked_at(page, name)
        page.set_viewport_size(size)
    else:
        looked_at(page, name)


@pytest.mark.parametrize("width", [1280, 390])
def test_answers_are_shown_as_what_they_mean(new_page, live_app, batch, width):
    page = new_page(width=width)
    sign_in(page, live_app, batch["email"])
    page.goto(f"/requester/batches/hits/{batch['hit']}/")
    settled(page)
    seen(page, "hit")
    page.goto(f"/requester/batches/{batch['batch']}/answers/{batch['answers'][-1]}/")
    settled(page)
    seen(page, "hostile")


def test_reviewing_side_by_side_by_keyboard(new_page, live_app, batch):
    page = new_page()
    sign_in(page, live_app, batch["email"])
    page.goto(f"/requester/batches/{batch['batch']}/review/?col=Answer.boxes&col=Answer.entities")
    page.get_by_text("3 boxes: house ×2, tree").first.wait_for()
    boxes = page.frame_locator("#answer iframe.picture >> nth=0")
    boxes.locator("svg.over rect.shape").first.wait_for()
    seen(page, "review")
    # Of the drawing, one label can be looked at alone, and its names taken away.
    boxes.get_by_role("checkbox", name="tree").uncheck()
    expect(boxes.locator("svg.over g:not(.away)")).to_have_count(2)
    boxes.get_by_label("Names").uncheck()
    expect(boxes.locator("svg.over text").first).to_be_hidden()
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.locator("#answer").get_by_text("There is a market.", exact=True).wait_for()
    page.locator("#answer").get_by_role("link", name="All answers to this HIT").click()
    page.get_by_role("heading", name="3 answers to one HIT").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("j")
    current = page.locator("article[aria-current=true]")
    current.get_by_text("There is a market.", exact=True).wait_for()
    page.keyboard.press("a")
    page.get_by_text("1 answer approved").wait_for()
    page.locator("article").nth(1).get_by_text("Approved").first.wait_for()


VERIFIED = """<crowd-form><crowd-image-classifier name="right" src="%s" header="Right?"
 categories="['good', 'bad']" overlay="{'boundingBox': {'labels': ['fruit'], 'value': [{'label':
 'fruit', 'left': 40, 'top': 60, 'width': 200, 'height': 120}]}}"></crowd-image-classifier>
 </crowd-form>"""


def test_what_workers_were_shown_stands_beside_what_they_said(new_page, live_app):
    image = f"{live_app.base_url}/static/gallery/apple.png"
    binary = (
        "<Binary><MimeType><Type>image</Type></MimeType>"
        f"<DataURL>{image}</DataURL><AltText>A fruit</AltText></Binary>"
    )
    with live_app.orm():
        from tasks.actions.accept import accept_hit
        from tasks.actions.submit import submit

        lab, worker = world.a_lab("Asking Lab"), world.a_worker("asked")
        hits = {
            "right": world.a_hit(lab, wrap(VERIFIED % image, 0), title="Verified"),
            "q": world.a_hit(
                lab, samples.form(samples.question("q", samples.free(), content=binary))
            ),
        }
        for name, hit in hits.items():
            taken = accept_hit(worker=worker, hit_id=hit.public_id, at=clock.now())
            answer = {f"{name}.label": "bad"} if name == "right" else {"q": "An apple"}
            submit(assignment_id=taken.assignment_id, answer=answer, at=clock.now())
    page = new_page(width=390)
    sign_in(page, live_app, lab.user.email)
    page.goto(f"/requester/batches/hits/{hits['right'].public_id}/")
    settled(page)
    frame = page.frame_locator("iframe.picture >> nth=0")
    stage = frame.locator("svg.over")
    # As large as the image turned out to be, with the box where the task had laid it.
    frame.locator('svg.over:not([viewBox="0 0 0 0"]) rect.shape').wait_for()
    natural = """async (_node, src) => {
        const image = Object.assign(new Image(), { src });
        await image.decode();
        return `0 0 ${image.width} ${image.height}`;
    }"""
    expect(stage).to_have_attribute("viewBox", stage.evaluate(natural, image))
    assert stage.locator("rect.shape").bounding_box()["width"] > 20
    expect(frame.locator(".note:visible")).to_have_count(0)
    seen(page, "overlay")
    page.goto(f"/requester/batches/hits/{hits['q'].public_id}/")
    settled(page)
    frame = page.frame_locator("iframe.picture >> nth=0")
    frame.get_by_text("A fruit").wait_for()
    assert frame.locator("img").evaluate("node => node.decode().then(() => node.naturalWidth)") > 0
    seen(page, "form-picture")
