"""QuestionForm: read whole, and refused where it makes no sense."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.questionform import form
from marketplace.questionform.errors import MalformedXML
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
    free,
    one,
    question,
    selection,
)
from tests.questionform.samples import form as form_xml


def refusal(text):
    with pytest.raises(MalformedXML) as caught:
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
