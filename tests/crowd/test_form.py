"""What a crowd-form sends, and when: the shapes are those of Amazon's documentation."""

import json

import pytest
from playwright.sync_api import expect

from tests.crowd.conftest import AMAZON, PREVIEW, submit

SCRIPT = f'<script src="{AMAZON}"></script>'
FIELDS = """
<crowd-input name="tag1" label="First" required></crowd-input>
<crowd-input name="tag2" label="Second"></crowd-input>
<crowd-text-area name="essay" label="Essay" rows="3" char-counter></crowd-text-area>
<crowd-checkbox name="image_attributes" value="blurry">Blurry</crowd-checkbox>
<crowd-checkbox name="image_attributes" value="dim" checked>Too dim</crowd-checkbox>
<crowd-checkbox name="found">Found</crowd-checkbox>
<crowd-radio-group><crowd-radio-button name="btn1" value="yes">Yes</crowd-radio-button>
<crowd-radio-button name="btn2" value="no">No</crowd-radio-button></crowd-radio-group>
<crowd-slider name="howMuch" min="1" max="10" pin="true" aria-label="How much"></crowd-slider>
<crowd-slider name="untouched" min="1" max="10"></crowd-slider>
<crowd-toggle-button name="theToggler" aria-label="Toggle"></crowd-toggle-button>
<label>Native <input name="native"></label>
<label><input type="radio" name="animal" value="cat"> Cat</label>
<label><input type="radio" name="animal" value="dog"> Dog</label>
<input type="hidden" name="workerId" value="reserved">
"""


def fill_in(page):
    """As a worker would, with the mouse and then with keys."""
    page.get_by_label("First").fill("blue")
    page.get_by_label("Essay").fill("the crowd\ngoes wild ü 🙂")
    page.get_by_role("checkbox", name="Blurry").check()
    page.get_by_role("radio", name="Yes").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.get_by_role("slider", name="How much").focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("switch", name="Toggle").click()
    page.get_by_label("Native").fill("own")
    page.get_by_label("Dog").check()


def test_the_answer_is_one_list_with_one_object_as_mechanical_turk_sends_it(crowd, site):
    page = crowd(f"{SCRIPT}<crowd-form>{FIELDS}</crowd-form>")
    fill_in(page)
    submit(page)
    assert site.answer() == {
        "tag1": "blue",
        "essay": "the crowd\ngoes wild ü 🙂",
        "image_attributes": {"blurry": True, "dim": True},
        "found": {"on": False},
        "btn1": {"yes": False},
        "btn2": {"no": True},
        "howMuch": 4,
        "theToggler": {"on": True},
        "native": "own",
        "animal": {"cat": False, "dog": True},
    }


def test_flattened_each_answer_is_a_field_of_its_own(crowd, site):
    page = crowd(f'{SCRIPT}<crowd-form answer-format="flatten-objects">{FIELDS}</crowd-form>')
    fill_in(page)
    submit(page)
    assert dict(site.submitted[-1]) == {
        "assignmentId": "3ASSIGNMENT",
        "workerId": "reserved",
        "tag1": "blue",
        "essay": "the crowd\r\ngoes wild ü 🙂",
        "image_attributes.blurry": "true",
        "image_attributes.dim": "true",
        "found.on": "false",
        "btn1.yes": "false",
        "btn2.no": "true",
        "howMuch": "4",
        "theToggler.on": "true",
        "native": "own",
        "animal.cat": "false",
        "animal.dog": "true",
    }


def test_nothing_is_sent_while_something_required_is_missing_even_in_a_closed_tab(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-tabs>
        <crowd-tab header="One"><p>Nothing to fill in</p></crowd-tab>
        <crowd-tab header="Two"><crowd-input name="a" label="Inside" required></crowd-input>
        <crowd-slider name="s" required aria-label="Level"></crowd-slider>
        <crowd-checkbox name="c" required>Agreed</crowd-checkbox></crowd-tab></crowd-tabs>
        </crowd-form>""")
    button = page.get_by_role("button", name="Submit", exact=True)
    expect(page.get_by_label("Inside")).to_be_hidden()
    button.click()
    page.get_by_label("Inside").wait_for()
    expect(page.get_by_role("tab", name="Two")).to_have_attribute("aria-selected", "true")
    page.get_by_label("Inside").fill("here")
    button.click()
    page.get_by_role("slider", name="Level").press("Enter")
    button.click()
    page.get_by_role("checkbox", name="Agreed").check()
    assert site.submitted == []
    submit(page)
    assert site.answer() == {"a": "here", "s": 0, "c": {"on": True}}


def test_a_template_may_refuse_and_look_into_the_answer_first(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><div id="errorBox"></div>
        <crowd-input id="in" name="a" label="Word"></crowd-input></crowd-form><script>
        document.querySelector('crowd-form').onsubmit = (event) => {{
          if (document.getElementById('in').value === 'right') return;
          event.preventDefault();
          errorBox.innerHTML = '<crowd-alert type="error" dismissible>Not that.</crowd-alert>';
        }};
        window.readyTimes = 0;
        document.addEventListener('all-crowd-elements-ready', () => (window.readyTimes += 1));
        </script>""")
    page.get_by_label("Word").fill("wrong")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Not that.").wait_for()
    expect(page.get_by_role("alert")).to_have_count(1)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.evaluate("window.readyTimes") == 1
    page.evaluate("document.getElementById('in').value = 'right'")
    submit(page)
    assert site.answer() == {"a": "right"}


def test_a_button_of_the_templates_own_submits_and_another_resets(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-input name="a" label="Word" value="first">
        </crowd-input><crowd-checkbox name="c" checked>Tick</crowd-checkbox>
        <crowd-button form-action="reset">Again</crowd-button>
        <crowd-button form-action="submit" variant="primary">Send</crowd-button></crowd-form>""")
    expect(page.get_by_role("button", name="Submit", exact=True)).to_have_count(0)
    page.get_by_label("Word").fill("second")
    page.get_by_role("checkbox", name="Tick").uncheck()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_label("Word")).to_have_value("first")
    expect(page.get_by_role("checkbox", name="Tick")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Taken").wait_for()
    assert site.answer() == {"a": "first", "c": {"on": True}}


def test_a_script_may_submit_past_what_is_required_as_a_forms_submit_does(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-input name="a" required></crowd-input>
        <crowd-input name="issue" label="Issue"></crowd-input>
        <crowd-fab id="button1" icon="report-problem" title="Report"></crowd-fab></crowd-form>
        <script>button1.addEventListener('click', () =>
          document.querySelector('crowd-form').submit());</script>""")
    page.get_by_label("Issue").fill("broken")
    page.get_by_role("button", name="Report").click()
    page.get_by_text("Taken").wait_for()
    assert site.answer() == {"issue": "broken"}


def test_a_preview_can_be_tried_but_not_submitted(crowd, site):
    page = crowd(
        f'{SCRIPT}<crowd-form><crowd-input name="a" label="Word"></crowd-input></crowd-form>',
        assignment=PREVIEW,
    )
    page.get_by_label("Word").fill("tried")
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_disabled()
    page.evaluate("document.querySelector('crowd-form').requestSubmit()")
    page.get_by_text("Accept this HIT to submit").wait_for()
    page.evaluate("document.querySelector('crowd-form').submit()")
    page.wait_for_timeout(200)
    assert site.submitted == []


def test_without_a_connection_the_answer_stays_and_is_sent_when_it_is_back(crowd, site):
    page = crowd(
        f'{SCRIPT}<crowd-form><crowd-input name="a" label="Word"></crowd-input></crowd-form>'
    )
    page.get_by_label("Word").fill("kept")
    page.context.set_offline(True)
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Nothing was sent").wait_for()
    expect(page.get_by_label("Word")).to_have_value("kept")
    page.console_errors.clear()  # the browser itself says that it couldn't ask
    page.context.set_offline(False)
    submit(page)
    assert site.answer() == {"a": "kept"}


def test_a_template_opened_by_itself_shows_the_answer_that_it_would_send(crowd, site, tmp_path):
    page = crowd("<p>Nothing here</p>" + SCRIPT)
    file = tmp_path / "template.html"
    script = f'<script src="{site.url}/static/crowd-html-elements.js"></script>'
    body = '<crowd-form><crowd-input name="a" label="Word"></crowd-input></crowd-form>'
    file.write_text(f"<!doctype html><meta charset=utf-8>{script}{body}")
    page.goto(file.as_uri())
    page.get_by_label("Word").fill("tried")
    page.get_by_role("button", name="Submit", exact=True).click()
    shown = page.locator("#answers-box")
    expect(shown).to_contain_text("tried")
    answers = json.loads(shown.text_content())
    assert answers == [{"a": "tried"}]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("['Cat', 'Dog']", ["Cat", "Dog"]),
        ("['It''s', ]", None),
        ("{ text: 'None of the above' }", {"text": "None of the above"}),
        (
            '[{label: "a", left: 1.5, top: -2, /* c */ "x": true,}, // end\n]',
            [{"label": "a", "left": 1.5, "top": -2, "x": True}],
        ),
        (r"['It\'s', '\u00fc']", ["It's", "ü"]),
        ("[1, 2", None),
        ("[1 2]", None),
        ("{a: }", None),
        ("", None),
        ("[" * 40 + "]" * 40, json.loads("[" * 40 + "]" * 40)),
        ("alert(1)", None),
    ],
)  # fmt: skip
def test_json_is_read_as_people_write_it_and_never_run(reader, given, read):
    assert reader(given) == read


@pytest.fixture(scope="module")
def reader(site, browser):
    """The lenient reader: what a text says, or None when it can't be read."""
    site.pages["bare"] = f'<script src="{site.url}/static/crowd/base.js"></script>'
    page = browser.new_page()
    page.goto(f"{site.url}/page/bare")
    call = "(text) => { try { return manyhandsCrowd.lenient(text); } catch { return null; } }"
    yield lambda text: page.evaluate(call, text)
    page.close()


def test_in_a_form_of_the_pages_own_each_element_is_a_field(crowd, site):
    page = crowd(f"""{SCRIPT}<form id="mturk_form"><crowd-input name="a" label="Word" required>
        </crowd-input><crowd-checkbox name="c" value="x">Tick</crowd-checkbox>
        <label>Own <input name="own"></label><button id="submitButton">Submit</button></form>""")
    page.get_by_role("button", name="Submit").click()
    page.get_by_label("Word").fill("one")
    page.get_by_label("Own").fill("two")
    page.get_by_role("checkbox", name="Tick").check()
    submit(page)
    assert dict(site.submitted[-1]) == {
        "assignmentId": "3ASSIGNMENT",
        "own": "two",
        "a": "one",
        "c": '{"x":true}',
    }


def test_a_part_that_cannot_be_loaded_is_said_and_hides_nothing(site, browser):
    page = browser.new_page()
    page.route("**/crowd/fields.js", lambda route: route.abort())
    site.pages["broken"] = (
        f'<!doctype html><script src="{site.url}/static/crowd-html-elements.js"></script>'
        "<crowd-form><p>The task</p></crowd-form>"
    )
    page.goto(f"{site.url}/page/broken")
    page.get_by_text("can't be loaded").wait_for()
    page.get_by_text("The task").wait_for()
    page.close()


def test_on_a_requesters_own_server_the_address_says_where_to_submit(site, browser):
    site.pages["own"] = (
        f'<!doctype html><script src="{site.url}/static/crowd-html-elements.js"></script>'
        '<crowd-form><crowd-input name="a" label="Word"></crowd-input></crowd-form>'
    )
    page = browser.new_page()
    site.submitted.clear()
    given = f"assignmentId=3ASSIGNMENT&hitId=3H&turkSubmitTo={site.url}&workerId=A1"
    page.goto(f"{site.url}/page/own?{given}")
    page.get_by_label("Word").fill("from afar")
    submit(page)
    assert site.answer() == {"a": "from afar"}
    preview = f"assignmentId={PREVIEW}&hitId=3H&turkSubmitTo={site.url}"
    page.goto(f"{site.url}/page/own?{preview}")
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    page.close()
