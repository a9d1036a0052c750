"""Labels on parts of a text, ranked and compared responses, questions and answers."""

import pytest
from playwright.sync_api import expect

from tests.crowd.conftest import AMAZON, submit

SCRIPT = f'<script src="{AMAZON}"></script>'
TEXT = "🙂 Ada Lovelace wrote to Charles Babbage in 1843, from London."
ENTITIES = f"""<crowd-entity-annotation id="tool" name="found" header="Highlight"
    labels="[{{'label': 'person', 'shortDisplayName': 'per', 'fullDisplayName': 'Person'}},
             {{'label': 'date'}}, {{'label': 'place'}}]"
    initial-value="[{{label: 'place', startOffset: 54, endOffset: 60}}]" text="{TEXT}">
    <short-instructions>Label them.</short-instructions>
    <div id="additionalQuestions"><h3>Subject?</h3><crowd-radio-group>
    <crowd-radio-button name="tech" value="tech">Technology</crowd-radio-button>
    <crowd-radio-button name="politics" value="politics">Politics</crowd-radio-button>
    </crowd-radio-group></div></crowd-entity-annotation>"""
MOVED = """<script>document.addEventListener('all-crowd-elements-ready', () => document
    .querySelector('crowd-entity-annotation').shadowRoot.querySelector('crowd-form').form
    .appendChild(additionalQuestions));</script>"""


def drag_over(page, words):
    """Select these words of the text with the mouse, to the letter."""
    start, end = page.evaluate(
        """(words) => {
          const text = tool.text('text');
          const from = text.indexOf(words);
          const places = [];
          let at = 0;
          for (const piece of tool.shadowRoot.querySelectorAll('.passage span')) {
            if (piece.start === undefined) continue;
            const node = piece.firstChild;
            for (let unit = 0; unit < node.data.length; unit += 1, at += 1) {
              const range = document.createRange();
              range.setStart(node, unit);
              range.setEnd(node, unit + 1);
              const box = range.getBoundingClientRect();
              const y = box.top + box.height / 2;
              if (at === from) places.push([box.left + 1, y]);
              if (at === from + words.length - 1) places.push([box.right - 1, y]);
            }
          }
          return places;
        }""",
        words,
    )
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()
    page.wait_for_timeout(50)


@pytest.mark.parametrize("is_alone", [True, False], ids=["by itself", "in a form"])
def test_entities_by_mouse_and_keys_are_counted_in_characters(crowd, site, is_alone):
    inside = ENTITIES + MOVED if is_alone else f"<crowd-form>{ENTITIES}</crowd-form>"
    page = crowd(SCRIPT + inside)
    drag_over(page, "Ada Lovelace")
    page.keyboard.press("2")  # nothing is selected: for the next
    drag_over(page, "1843")
    drag_over(page, "e wrote")  # a part of what is labelled
    page.get_by_text("can't be labelled again").wait_for()
    press = page.keyboard.press
    page.locator("#tool .passage").focus()
    for key in ("ArrowRight", "ArrowDown", *["ArrowLeft"] * 4):
        press(key)
    press("Shift+ArrowRight")
    page.wait_for_timeout(50)
    press("1")
    page.get_by_text("“Charles Babbage” is Person.").wait_for()
    press("Control+z")
    press("Control+y")
    page.get_by_role("radio", name="Politics").check()
    submit(page)
    answer = site.answer()
    assert answer["politics"] == {"politics": True}
    assert answer["found"] == {
        "entities": [
            {"endOffset": 14, "label": "person", "startOffset": 2},
            {"endOffset": 39, "label": "person", "startOffset": 24},
            {"endOffset": 47, "label": "date", "startOffset": 43},
            {"endOffset": 60, "label": "place", "startOffset": 54},
        ]
    }
    spans = [TEXT[one["startOffset"] : one["endOffset"]] for one in answer["found"]["entities"]]
    assert spans == ["Ada Lovelace", "Charles Babbage", "1843", "London"]


def test_a_label_in_the_text_is_changed_and_removed_and_nothing_must_be_said(crowd, site):
    page = crowd(SCRIPT + ENTITIES)
    page.get_by_text("London", exact=True).click()
    page.keyboard.press("1")
    assert page.evaluate("tool.value.entities[0].label") == "person"
    page.get_by_role("button", name="Remove per").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_timeout(100)
    assert site.submitted == []
    page.get_by_label("Nothing to label").check()
    submit(page)
    assert site.answer()["found"] == {"entities": []}


def test_a_text_by_itself_cannot_be_submitted_from_a_preview(crowd, site):
    page = crowd(SCRIPT + ENTITIES, assignment="ASSIGNMENT_ID_NOT_AVAILABLE")
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_disabled()
    page.evaluate("tool.shadowRoot.querySelector('crowd-form').requestSubmit()")
    page.get_by_text("Accept this HIT to submit").wait_for()
    assert site.submitted == []


def test_responses_are_ranked_and_compared_with_a_reason(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-text-ranking name="textRanking"
        ordinal-ranking-dimensions='[{{"name":"Clarity","allowTie":true}},
        {{"name":"Inclusivity","allowTie":false}}]' text="Why?" responses='["One.","Two."]'>
        </crowd-text-ranking><crowd-pairwise-comparison name="pair" text="Say hello."
        responses='["Hello.", "No."]' allow-tie></crowd-pairwise-comparison></crowd-form>""")
    button = page.get_by_role("button", name="Submit", exact=True)
    for label in ("Clarity: rank of response 1: 1", "Clarity: rank of response 2: 1"):
        page.get_by_label(label).check()
    page.get_by_label("Inclusivity: rank of response 1: 1").check()
    page.get_by_label("Inclusivity: rank of response 2: 1").check()
    expect(page.get_by_label("Inclusivity: rank of response 1: 1")).not_to_be_checked()
    button.click()
    page.get_by_label("Inclusivity: rank of response 1: 2").check()
    page.get_by_role("radio", name="B is much better").check()
    page.keyboard.press("2")
    button.click()
    page.wait_for_timeout(100)
    assert site.submitted == []  # a reason is asked for
    page.get_by_label("Why?", exact=True).fill("It greets.")
    submit(page)
    assert site.answer() == {
        "textRanking": {"rankings": {"Clarity": [1, 1], "Inclusivity": [2, 1]}},
        "pair": {
            "preferred": 0,
            "strength": "slightly better",
            "reason": "It greets.",
            "order": [0, 1],
        },
    }


def test_questions_are_written_about_parts_of_a_text(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-question-answer-generation id="tool" name="qa"
        text="{TEXT}" min-questions="1" max-questions="2" question-max-words="6"
        question-tags='["who", "when"]' allow-custom-question-tags="true">
        </crowd-question-answer-generation></crowd-form>""")
    first = page.get_by_label("Question", exact=True).first
    drag_over(page, "Charles Babbage")
    first.fill("Whom did she write to in that year?")
    page.get_by_label("Answer", exact=True).fill("Charles Babbage")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_timeout(100)
    assert site.submitted == []  # eight words
    first.fill("Whom did she write to?")
    page.get_by_label("who", exact=True).check()
    page.get_by_label("Another tag").fill("letters")
    page.get_by_label("Another tag").press("Enter")
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Question", exact=True).nth(1).fill("When?")
    page.get_by_label("Answer", exact=True).nth(1).fill("1843")
    expect(page.get_by_role("button", name="Add a question")).to_be_hidden()
    submit(page)
    passage = {"startOffset": 24, "endOffset": 39, "text": "Charles Babbage"}
    assert site.answer()["qa"] == {
        "questionsAndAnswers": [
            {
                "question": "Whom did she write to?",
                "answer": "Charles Babbage",
                "tags": ["who", "letters"],
                "passage": passage,
            },
            {"question": "When?", "answer": "1843", "tags": []},
        ]
    }
