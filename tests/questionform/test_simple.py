"""Simple tests: what is written grades as meant, and comes back as it was."""

import pytest

from marketplace.questionform import answer_key, form
from marketplace.questionform.simple import ONE, SEVERAL, TEXT, Asked, Choice, read, written
from tests.questionforms import KEY, OPEN_TEST, TEST

SKY = Asked("Sky & sea <on a clear day>?", ONE, (Choice("Blue", True), Choice("Red")), 3)
PRIMES = Asked("Which are prime?", SEVERAL, (Choice("2", True), Choice("3", True), Choice("4")))
TASTE = Asked("Which do you like?", ONE, (Choice("This"), Choice("That")))
WHY = Asked("Why?", TEXT)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"q1": "c1", "q2": ["c1", "c2"], "q3": "c1"}, 100),
        ({"q1": "c1", "q2": ["c1"], "q3": "c2"}, 75),
        ({"q1": "c2", "q2": ["c2", "c1"]}, 25),
        ({"q1": "c2", "q2": ["c1", "c2", "c3"]}, 0),
    ],
)
def test_the_value_is_the_share_of_the_points(answer, value):
    test, key = written((SKY, PRIMES, TASTE))
    parsed = answer_key.parse(key)
    answer_key.check_against(parsed, form.parse(test))
    assert answer_key.score(parsed, answer) == value


def test_any_of_two_right_choices_will_do_where_one_is_chosen():
    _test, key = written((Asked("?", ONE, (Choice("a", True), Choice("b", True), Choice("c"))),))
    parsed = answer_key.parse(key)
    assert [answer_key.score(parsed, {"q1": name}) for name in ("c1", "c2", "c3")] == [100, 100, 0]


@pytest.mark.parametrize("asked", [(SKY, PRIMES, TASTE), (WHY, TASTE), (WHY,)])
def test_what_was_written_is_read_again(asked):
    texts = written(asked)
    again = read(*texts)
    assert [(one.text, one.kind, one.points) for one in again] == [
        (one.text, one.kind, one.points) for one in asked
    ]
    assert written(again) == texts
    assert bool(texts[1]) == (SKY in asked)


def test_names_that_are_there_stay():
    named = Asked("?", ONE, (Choice("a", identifier="c1"), Choice("b"), Choice("c")), 1, "q1")
    test, _key = written((Asked("!", TEXT), named))
    assert [one.identifier for one in form.parse(test).questions] == ["q2", "q1"]
    options = form.parse(test).questions[1].answer.options
    assert [one.identifier for one in options] == ["c1", "c2", "c3"]


@pytest.mark.parametrize(
    ("test", "key"),
    [
        (TEST, KEY),  # an overview
        (OPEN_TEST, ""),  # another number of lines
        ("<oops", ""),
        (written((SKY,))[0].replace("radiobutton", "dropdown"), ""),
        (written((SKY,))[0].replace("true", "false"), ""),
        (written((SKY,))[0], written((SKY,))[1].replace("SummedScore>3", "SummedScore>4")),
        (written((SKY,))[0], KEY),
    ],
)  # fmt: skip
def test_what_is_more_is_left_to_xml(test, key):
    assert read(test, key) is None
