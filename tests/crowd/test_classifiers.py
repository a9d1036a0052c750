"""Classifiers, and what pages are arranged with."""

from playwright.sync_api import expect

from tests.crowd.conftest import AMAZON, submit

SCRIPT = f'<script src="{AMAZON}"></script>'
HELP = """<full-instructions header="All about it"><p>The long story.</p></full-instructions>
<short-instructions><p>The short story.</p></short-instructions>"""


def test_one_category_and_several_by_mouse_and_by_number_keys(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form>
        <crowd-classifier name="one" categories="['Cat', 'Dog', 'Other']" header="Which?">
        <classification-target><p>A purring animal.</p></classification-target>{HELP}
        </crowd-classifier>
        <crowd-classifier-multi-select name="many" categories="['Joy', 'Anger', 'Fear']"
          header="All that apply" exclusion-category="{{ text: 'None of the above' }}">
        <classification-target>Hm.</classification-target></crowd-classifier-multi-select>
        </crowd-form>""")
    page.get_by_text("A purring animal.").wait_for()
    button = page.get_by_role("button", name="Submit", exact=True)
    button.click()
    assert site.submitted == []
    one, many = page.locator("crowd-classifier"), page.locator("crowd-classifier-multi-select")
    one.get_by_label("Dog").check()
    page.keyboard.press("1")
    expect(one.get_by_label("Cat")).to_be_checked()
    many.get_by_label("Fear").check()
    page.keyboard.press("4")
    expect(many.get_by_label("Fear")).not_to_be_checked()
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.get_by_role("button", name="Full instructions").click()
    page.get_by_text("The long story.").wait_for()
    page.keyboard.press("2")  # not while a dialog is open
    page.keyboard.press("Escape")
    submit(page)
    assert site.answer() == {"one": {"label": "Cat"}, "many": {"labels": ["Joy", "Fear"]}}


def test_an_image_with_an_earlier_answer_over_it_is_judged_with_a_comment(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form answer-format="flatten-objects">
        <crowd-image-classifier name="quality" src="IMAGES/800x600.png" header="Rate it"
          categories="['good', 'bad']" overlay='{{"boundingBox": {{labels: ["house"], value:
          [{{height: 240, label: "house", left: 120, top: 210, width: 160}}]}},}}'>
        <worker-comment header="Why?" link-text="Say why"><p>In a word.</p></worker-comment>
        </crowd-image-classifier>
        <crowd-image-classifier-multi-select name="seen" src="IMAGES/800x600.png"
          categories="['House', 'Sky']" header="What?"></crowd-image-classifier-multi-select>
        </crowd-form>""")
    drawn = page.locator("crowd-image-classifier rect.outline")
    drawn.wait_for(state="attached")
    image = page.locator("crowd-image-classifier img").first.bounding_box()
    box = drawn.bounding_box()
    scale = image["width"] / 800
    assert abs((box["x"] - image["x"]) / scale - 120) < 2
    assert abs(box["height"] / scale - 240) < 3
    page.locator("crowd-image-classifier").get_by_label("bad").check()
    page.get_by_role("button", name="Say why").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("too wide")
    page.get_by_role("button", name="Keep comment").click()
    for label in ("Sky", "House"):
        page.get_by_role("checkbox", name=label).check()
    submit(page)
    assert dict(site.submitted[-1]) == {
        "assignmentId": "3ASSIGNMENT",
        "quality.label": "bad",
        "quality.workerComment": "too wide",
        "seen.labels": '["House","Sky"]',
    }


def test_panels_dialogs_toasts_and_buttons_do_what_they_say(crowd):
    page = crowd(f"""{SCRIPT}<crowd-form>
        <crowd-instructions link-text="View instructions" link-type="button">
        <short-summary><p>In short</p></short-summary>
        <detailed-instructions><p>At length</p></detailed-instructions>
        <positive-example><p>As here</p></positive-example>
        <negative-example><p>Not as here</p></negative-example></crowd-instructions>
        <crowd-tabs><crowd-tab header="Tab 1"><p>First</p></crowd-tab>
        <crowd-tab header="Tab 2"><p>Second</p></crowd-tab></crowd-tabs>
        <crowd-card heading="A card"><div>Content</div></crowd-card>
        <p id="badged">Text</p><crowd-badge for="badged" label="3"></crowd-badge>
        <crowd-modal link-text="See examples"><p>An example</p></crowd-modal>
        <crowd-toast duration="300" opened>Welcome</crowd-toast>
        <crowd-button id="off" disabled>Off</crowd-button>
        <crowd-button href="https://elsewhere.test/">Link</crowd-button>
        <crowd-button href="javascript:window.ran = 1">Trick</crowd-button>
        <crowd-icon-button icon="report-problem" title="Issue"></crowd-icon-button></crowd-form>
        <script>window.pressed = []; for (const one of document.querySelectorAll(
          'crowd-button, crowd-icon-button')) one.onclick = () => pressed.push(one.localName);
        </script>""")
    page.get_by_role("button", name="View instructions").click()
    dialog = page.get_by_role("dialog")
    page.get_by_text("In short").wait_for()
    dialog.get_by_role("tab", name="Summary").press("ArrowRight")
    page.get_by_text("At length").wait_for()
    dialog.get_by_role("tab", name="Examples").click()
    page.get_by_text("Not as here").wait_for()
    expect(page.get_by_text("In short")).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Tab 2").click()
    page.get_by_text("Second", exact=True).wait_for()
    expect(page.get_by_text("First", exact=True)).to_be_hidden()
    page.get_by_role("button", name="See examples").click()
    page.get_by_text("An example").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_text("Welcome").wait_for(state="hidden")
    badge, text = page.locator("crowd-badge").bounding_box(), page.locator("#badged").bounding_box()
    assert abs(badge["y"] + badge["height"] / 2 - text["y"]) < 4
    page.locator("#off").click(force=True)
    page.get_by_role("button", name="Issue").click()
    assert page.evaluate("pressed") == ["crowd-icon-button"]
    expect(page.get_by_role("link", name="Link")).to_have_attribute(
        "href", "https://elsewhere.test/"
    )
    page.get_by_role("button", name="Trick").click()
    assert page.evaluate("window.ran") is None


def test_elements_added_by_a_script_later_are_elements_too(crowd, site):
    page = crowd(f"{SCRIPT}<crowd-form><div id='later'></div></crowd-form>")
    page.evaluate(
        'later.innerHTML = \'<crowd-input name="a" label="Late"></crowd-input>'
        "<crowd-classifier name=\"c\" categories=\"[\\'x\\', \\'y\\']\"></crowd-classifier>'"
    )
    page.get_by_label("Late").fill("in time")
    page.get_by_role("radio", name="y").check()
    submit(page)
    assert site.answer() == {"a": "in time", "c": {"label": "y"}}


def test_what_cannot_be_read_is_said_on_the_page(crowd):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-classifier name="c" categories="['x', ">
        </crowd-classifier></crowd-form>""")
    page.get_by_text("its categories can't be read as JSON").first.wait_for()
