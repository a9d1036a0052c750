"""A QuestionForm as fields: what they show, what they send, and what never gets into a page."""

import pytest
from django.http import QueryDict

from marketplace.questionform import form, render
from marketplace.questionform.errors import InvalidXHTML
from marketplace.questionform.form import Formatted, Overview
from tests.questionform.samples import EVERYTHING, free, one, question, selection
from tests.questionform.samples import form as form_xml


def test_what_the_fields_send_is_the_answer():
    asked = form.parse(EVERYTHING)
    post = QueryDict("q.words=2&q.pick=blue&q.pick=red&q.pick/other=mauve+%00", mutable=True)
    post["words"] = "9"  # not a field of ours
    answer, errors = render.read(asked, post)
    assert answer == {"words": "2", "pick": ["red", "blue"], "pick/other": "mauve "}
    assert errors == {"pick": "Choose at most 2 answers."}


def test_of_one_choice_the_own_text_counts_only_where_it_is_chosen():
    asked = one(selection("a", "b", other="<OtherSelection/>"))
    assert render.read(asked, QueryDict("q.q=a&q.q/other=left")) == ({"q": ["a"]}, {})
    for chosen in ("q.q=&", ""):
        answer, errors = render.read(asked, QueryDict(f"{chosen}q.q/other=mine"))
        assert (answer, errors) == ({"q": [], "q/other": "mine"}, {})
    assert render.read(asked, QueryDict("q.q=%20")) == ({"q": []}, {})


def test_fields_show_defaults_then_what_was_given_with_what_is_wrong():
    asked = form.parse(EVERYTHING)
    fresh = render.as_html(asked)
    assert ">\n2</textarea>" in fresh
    assert "checked" not in fresh
    assert "alert" not in fresh
    again = render.as_html(
        asked,
        values={"words": "<9>", "pick": ["red"], "pick/other": 'm"v'},
        errors={"words": "Digits & only."},
    )
    assert "&lt;9&gt;</textarea>" in again
    assert 'value="m&quot;v"' in again
    assert again.count("checked") == 1
    assert again.count("Digits &amp; only.") == 2, "beside the field, and in the list at the top"


HOSTILE_XHTML = [
    "<script>alert(1)</script>",
    '<p onclick="alert(1)">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvascript:alert(1)">x</a>',
    '<img src="data:text/html,x" alt=""/>',
    "<form><input/></form>",
    "<iframe/>",
    '<p style="position:fixed">x</p>',
    '<p id="q1">x</p>',
    "<style>*{}</style>",
    "<object/>",
    '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    '<x:p xmlns:x="http://other.example/">x</x:p>',
    "<p>never closed",
    "</div><script/><div>",
    "<br>",
    "&unknown;",
    "&LT;script&GT;&lt;/script&gt;",
    "<b>" * 70 + "</b>" * 70,
    "<b>" * 5_000,
]


@pytest.mark.parametrize("content", HOSTILE_XHTML)
def test_markup_outside_the_subset_is_refused(content):
    escaped = content.replace("&", "&amp;").replace("<", "&lt;")
    with pytest.raises(InvalidXHTML) as refused:
        one(free(), content=f"<FormattedContent>{escaped}</FormattedContent>")
    assert refused.value.message.startswith(
        "There was an error parsing the XHTML data in your request."
    )
    shown = render.as_html(form.Form((Overview((Formatted(content),)),))).lower()
    for never in (
        "<script",
        "onclick",
        "javascript:",
        "<form",
        "<iframe",
        "style=",
        "<svg",
        "data:",
    ):
        assert never not in shown, "even if it were stored, it would not be shown"


def test_the_subset_is_shown_as_it_is_and_links_open_elsewhere():
    content = (
        '<h2>Board</h2><table border="1"><tr><td align="center" colspan="2"><b>X</b>&nbsp;'
        '&lt;</td></tr></table><p><a href="https://x.example/?a=1&amp;b=2">x</a>'
        '<img src="https://x.example/i.png" alt="i" width="10"/><br/></p>'
    )
    text = f"<FormattedContent><![CDATA[{content}]]></FormattedContent>"
    shown = render.as_html(one(free(), content=text))
    for part in (
        '<td align="center" colspan="2"><b>X</b>\u00a0&lt;</td>',
        'href="https://x.example/?a=1&amp;b=2"',
        'target="_blank"',
        'rel="noopener noreferrer"',
        '<img src="https://x.example/i.png" alt="i" width="10">',
    ):
        assert part in shown.replace("&nbsp;", "\u00a0")


def test_text_is_escaped_everywhere():
    bad = '"&gt;&lt;script&gt;x&lt;/script&gt;'
    asked = form.parse(
        form_xml(
            f"<Overview><Title>{bad}</Title><Text>{bad}</Text><List><ListItem>{bad}</ListItem>"
            f"</List><Binary><MimeType><Type>image</Type></MimeType><DataURL>https://x.example/{bad}"
            f"</DataURL><AltText>{bad}</AltText></Binary></Overview>",
            question(
                bad,
                free(after=f"<DefaultText>{bad}</DefaultText>"),
                required=f"<DisplayName>{bad}</DisplayName>",
            ),
            question("b", selection(bad, other="<OtherSelection/>")),
        )
    )
    assert "<script>" not in render.as_html(asked)
