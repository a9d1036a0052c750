"""Answers to a QuestionForm: held to every constraint, whoever sends them."""

import pytest

from marketplace.questionform.fitting import fitted
from tests.questionform.samples import REQUIRED, free, one, selection


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
