"""QuestionForm: read whole, refused where it makes no sense; answers held to it; XML of them."""

import time
from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from marketplace.questionform import answers, form, render
from marketplace.questionform.errors import InvalidXHTML, MalformedXML
from marketplace.questionform.fitting import fitted
from marketplace.questionform.form import (
    Applet,
    Bullets,
    FileUpload,
    Formatted,
    FreeText,
    Media,
    Option,
    Overview,
    Pattern,
    Question,
    Selection,
    Text,
    Title,
)
from marketplace.questionform.xml import FORM, FORM_2005
from tests.questionform.samples import (
    EVERYTHING,
    REQUIRED,
    free,
    question,
    selection,
)
from tests.questionform.samples import form as form_xml


def one(answer: str, **more):
    """A form with one question, `q`."""
    return form.parse(form_xml(question("q", answer, **more)))


def refusal(text, error=MalformedXML):
    with pytest.raises(error) as caught:
        form.parse(text)
    return caught.value.message


def test_a_form_is_read_whole():
    assert form.parse(EVERYTHING).parts == (
        Overview(
            (
                Title("Colours"),
                Text("Look."),
                Bullets(("one", "two")),
                Media("image", "https://pictures.example/x.gif", "a picture"),
                Media("video", "https://films.example/x", "a film", 320, 200),
                Applet(),
                Formatted("<p>It&nbsp;is <b>here</b><br/></p>"),
            )
        ),
        Question(
            "words",
            (Text("?"),),
            FreeText(
                is_numeric=True,
                min_value=Decimal(1),
                max_value=Decimal("5.5"),
                min_length=1,
                max_length=3,
                patterns=(Pattern("^[0-9.]+$", "Digits only.", "i"),),
                default="2",
                lines=3,
            ),
            display_name="Words",
            is_required=True,
        ),
        Question(
            "pick",
            (Text("?"),),
            Selection(
                options=(Option("red", Text("red")), Option("blue", Text("blue"))),
                min_count=1,
                max_count=2,
                style="checkbox",
                other=FreeText(max_length=9),
            ),
        ),
        Question("file", (Text("?"),), FileUpload(max_bytes=2_000_000_000, min_bytes=1)),
    )


def test_both_versions_are_read_and_the_second_knows_no_files_and_applets():
    for namespace in (FORM, FORM_2005):
        assert form.parse(form_xml(question("q", free()), namespace=namespace)).questions
    upload = question("q", "<FileUploadAnswer/>")
    assert form.parse(form_xml(upload, namespace=FORM_2005)).questions
    assert "FileUploadAnswer" in refusal(form_xml(upload, namespace=FORM))
    applet = "<Overview><Application><JavaApplet/></Application></Overview>"
    assert "Application" in refusal(form_xml(applet, question("q", free())))


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], "Missing child"),
        (["<Overview><Text>x</Text></Overview>"], "has no Question"),
        ([question("a", free()), question("a", free())], "'a' is used more than once"),
        ([question(" a ", free()), question("a", free())], "'a' is used more than once"),
        ([question("", free())], "QuestionIdentifier"),
        (
            [question("a/other", free()), question("a", selection("x", other="<OtherSelection/>"))],
            "'a/other' is used more than once",
        ),
        ([question("a", selection("x", "x"))], "SelectionIdentifier is used twice"),
        ([question("a", selection())], "Missing child"),
        (
            [question("a", selection("x", before="<MinSelectionCount>2</MinSelectionCount>"))],
            "MinSelectionCount is above MaxSelectionCount",
        ),
        (
            [
                question(
                    "a",
                    selection(
                        "x",
                        before="<MinSelectionCount>2</MinSelectionCount>"
                        "<MaxSelectionCount>3</MaxSelectionCount>",
                    ),
                )
            ],
            "above the number of selections",
        ),
        (
            [question("a", selection("x", before="<StyleSuggestion>shiny</StyleSuggestion>"))],
            "StyleSuggestion",
        ),
        ([question("a", free('<IsNumeric minValue="3" maxValue="2"/>'))], "minValue is above"),
        ([question("a", free('<IsNumeric minValue="many"/>'))], "minValue"),
        ([question("a", free(f'<IsNumeric minValue="{"9" * 31}"/>'))], "totalDigits"),
        ([question("a", free('<Length minLength="3" maxLength="2"/>'))], "minLength is above"),
        ([question("a", free('<Length maxLength="99999999999"/>'))], "maxLength"),
        ([question("a", free('<AnswerFormatRegex regex="("/>'))], "can't be used"),
        (
            [
                question(
                    "a", free(), content="<Binary><MimeType><Type>text</Type></MimeType></Binary>"
                )
            ],
            "cvc-enumeration-valid",
        ),
        (
            [
                question(
                    "a",
                    free(),
                    content="<Binary><MimeType><Type>image</Type></MimeType>"
                    "<DataURL>javascript:alert(1)</DataURL><AltText/></Binary>",
                )
            ],
            "must begin with https",
        ),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(parts, why):
    assert why in refusal(form_xml(*parts))


@pytest.mark.parametrize(
    "pattern",
    [
        "a{100000000}",
        "(?:(?:a{100}){100}){100}",
        "(?:a|b){100000}",
        "(?#[)a{100000000}(?#])",
        "(?x)a{1}",
        "(?R)",
        "(a|(?1))+",
        "(" * 900 + ")" * 900,
        "a" * 2_001,
        "[",
        "*",
        "\\",
        "\\L<names>",
    ],
)
def test_a_pattern_that_would_eat_the_machine_is_refused_at_once(pattern):
    started = time.perf_counter()
    escaped = pattern.replace("<", "&lt;")
    assert "can't be used" in refusal(
        form_xml(question("a", free(f'<AnswerFormatRegex regex="{escaped}"/>')))
    )
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$",
        r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        r"^(?=.*[A-Z])(?!.*\s)[^@]+@(?:[a-z]+\.)+[a-z]{2,}$",
        r"^\$?(?:\d{1,3},?)+$",
        r"(?i)yes|no",
        r"^.{0,5000}$",
        r"(?<year>\d{4})[\]\[]",
        r"\p{L}{2,}",
    ],
)
def test_the_patterns_that_people_write_are_taken(pattern):
    escaped = pattern.replace("<", "&lt;")
    form.parse(form_xml(question("a", free(f'<AnswerFormatRegex regex="{escaped}"/>'))))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_pattern_is_taken_or_refused(pattern):
    answer = form.FreeText(patterns=(Pattern(pattern),))
    made = form.Form((Question("q", (), answer),))
    if not answer.patterns[0].wrong:
        fitted(made, {"q": "some text of 1999"})


def test_a_pattern_that_takes_for_ever_costs_no_worker_the_answer():
    asked = one(free('<AnswerFormatRegex regex="^(a+)+$"/>'))
    started = time.perf_counter()
    assert fitted(asked, {"q": "a" * 100_000 + "!"})[1] == {}
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("constraints", "text", "wrong"),
    [
        ("<IsNumeric/>", "12.5", ""),
        ("<IsNumeric/>", " -3 ", ""),
        ("<IsNumeric/>", "1e5", "Write a number"),
        ("<IsNumeric/>", "NaN", "Write a number"),
        ("<IsNumeric/>", "twelve", "Write a number"),
        ("<IsNumeric/>", "9" * 200, "Write a number"),
        ('<IsNumeric minValue="1"/>', "0.99", "at least 1"),
        ('<IsNumeric maxValue="5"/>', "5.01", "at most 5"),
        ('<IsNumeric minValue="1" maxValue="5"/>', "5", ""),
        ('<Length minLength="3"/>', "ab", "at least 3"),
        ('<Length maxLength="3"/>', "abcd", "at most 3"),
        ('<Length minLength="3" maxLength="3"/>', "日本語", ""),
        (
            '<AnswerFormatRegex regex="^[a-z]+$" errorText="Small letters."/>',
            "ABC",
            "Small letters.",
        ),
        ('<AnswerFormatRegex regex="^[a-z]+$" flags="i"/>', "ABC", ""),
        ('<AnswerFormatRegex regex="[0-9]"/>', "abc1def", ""),
        ('<AnswerFormatRegex regex="a"/><AnswerFormatRegex regex="b"/>', "a", "in the form"),
    ],
)
def test_a_text_is_held_to_every_constraint(constraints, text, wrong):
    answer, errors = fitted(one(free(constraints)), {"q": text})
    assert answer == {"q": text}
    assert wrong in errors.get("q", "") if wrong else errors == {}


def test_constraints_are_for_answers_and_only_a_required_question_must_have_one():
    optional = one(free('<Length minLength="3"/>'))
    assert fitted(optional, {}) == ({"q": ""}, {})
    assert fitted(optional, {"q": " \n "}) == ({"q": ""}, {})
    assert fitted(one(free(), required=REQUIRED), {"q": " "})[1] == {
        "q": "This question must be answered."
    }
    choice = selection("x", "y")
    assert fitted(one(choice), {}) == ({"q": []}, {})
    assert "must be answered" in fitted(one(choice, required=REQUIRED), {})[1]["q"]


TWO = "<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>"


@pytest.mark.parametrize(
    ("given", "kept", "wrong"),
    [
        ({"q": ["a", "b"]}, {"q": ["a", "b"]}, ""),
        ({"q": ["b", "a", "b"]}, {"q": ["a", "b"]}, ""),
        ({"q": "a"}, {"q": ["a"]}, "at least 2"),
        ({"q": ["a"], "q/other": "mine"}, {"q": ["a"], "q/other": "mine"}, ""),
        ({"q": ["a", "b", "c"], "q/other": "mine"}, None, "at most 3"),
        ({"q": ["a", "z"]}, {"q": ["a"]}, "answers given"),
        ({"q": ["a"], "q/other": "far too long"}, None, "at most 9"),
        ({"q": ["a", "b"], "stray": "x"}, {"q": ["a", "b"]}, ""),
    ],
)
def test_selections_are_counted_with_the_text_of_ones_own(given, kept, wrong):
    other = '<OtherSelection><Constraints><Length maxLength="9"/></Constraints></OtherSelection>'
    answer, errors = fitted(one(selection("a", "b", "c", before=TWO, other=other)), given)
    if kept is not None:
        assert answer == kept
    assert wrong in errors.get("q", "") if wrong else errors == {}


def test_without_counts_exactly_one_selection_is_taken():
    assert "at most 1" in fitted(one(selection("a", "b")), {"q": ["a", "b"]})[1]["q"]


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
    said = refusal(
        form_xml(question("a", free(), content=f"<FormattedContent>{escaped}</FormattedContent>")),
        InvalidXHTML,
    )
    assert said.startswith("There was an error parsing the XHTML data in your request.")
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


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\r"))


@given(st.dictionaries(NAMES, TEXTS, max_size=6))
def test_answers_without_a_form_come_back_as_they_were(answer):
    text = answers.to_xml(answer)
    text.encode("ascii")
    legal = {answers.legal(name): answers.legal(value) for name, value in answer.items()}
    assert answers.from_xml(text) == legal


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "words": TEXTS,
            "pick": st.lists(st.sampled_from(["red", "blue"]), unique=True),
            "pick/other": TEXTS.filter(bool),
        },
    )
)
def test_answers_to_a_form_come_back_as_they_were(answer):
    expected = {name: answers.legal(v) if isinstance(v, str) else v for name, v in answer.items()}
    if "pick/other" in answer:
        expected.setdefault("pick", [])
    assert answers.from_xml(answers.to_xml(answer, form.parse(EVERYTHING))) == expected


def test_the_xml_is_as_the_service_sent_it():
    text = answers.to_xml({"a": "caf\u00e9 <1>\r\n", "many": ["x", "y"], "none": []})
    assert text == (
        '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk'
        '.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText>caf&#233; &lt;1&gt;&#13;\n"
        "</FreeText></Answer><Answer><QuestionIdentifier>many</QuestionIdentifier><FreeText>x|y"
        "</FreeText></Answer><Answer><QuestionIdentifier>none</QuestionIdentifier><FreeText>"
        "</FreeText></Answer></QuestionFormAnswers>"
    )


def test_characters_that_xml_has_not_got_are_left_out():
    assert answers.from_xml(answers.to_xml({"a\x0b": "x\x00\x1f\ufffe\ud800y"})) == {"a": "xy"}


def test_an_answer_longer_than_a_question_may_be_is_read_too():
    long = {"a": "é" * 200_000}
    assert answers.from_xml(answers.to_xml(long)) == long
