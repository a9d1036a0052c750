"""QuestionFormAnswers: an answer as XML, and back."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.questionform import answers, form
from tests.questionform.samples import EVERYTHING

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
