"""AnswerKey: what a test is worth, to the point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.questionform import answer_key, form
from marketplace.questionform.errors import MalformedXML
from tests.questionform import samples
from tests.questionform.samples import free, key, keyed, question, selection

MANY = "<MaxSelectionCount>3</MaxSelectionCount>"


def score(given, *questions, mapping=""):
    return answer_key.score(answer_key.parse(key(*questions, mapping=mapping)), given)


def percentage(maximum):
    return (
        f"<PercentageMapping><MaximumSummedScore>{maximum}</MaximumSummedScore></PercentageMapping>"
    )


def scale(multiplier):
    return (
        f"<ScaleMapping><SummedScoreMultiplier>{multiplier}</SummedScoreMultiplier></ScaleMapping>"
    )


def ranges(*rows, otherwise):
    inside = "".join(
        f"<SummedScoreRange><InclusiveLowerBound>{low}</InclusiveLowerBound>"
        f"<InclusiveUpperBound>{high}</InclusiveUpperBound>"
        f"<QualificationValue>{value}</QualificationValue></SummedScoreRange>"
        for low, high, value in rows
    )
    return (
        f"<RangeMapping>{inside}<OutOfRangeQualificationValue>{otherwise}"
        "</OutOfRangeQualificationValue></RangeMapping>"
    )


ONE = keyed("a", ("x y", 5), ("x", 2), ("z", -3), default=1)


@pytest.mark.parametrize(
    ("chosen", "worth"),
    [
        (["x", "y"], 5),
        (["y", "x", "x"], 5),
        (["x"], 2),
        ("x", 2),
        (["y"], 1),
        (["x", "y", "z"], 1),
        (["z"], -3),
        ([], 1),
        (None, 1),
    ],
)
def test_exactly_the_named_selections_earn_an_options_score(chosen, worth):
    assert score({} if chosen is None else {"a": chosen}, ONE) == worth


def test_the_default_score_is_zero_and_scores_add_up():
    two = (keyed("a", ("x", 5)), keyed("b", ("y", 7)))
    assert score({"a": ["x"], "b": ["y"]}, *two) == 12
    assert score({"a": ["y"], "b": ["y"]}, *two) == 7
    assert score({}, *two) == 0


@pytest.mark.parametrize(
    ("total", "mapping", "value"),
    [
        (1, percentage(3), 33),
        (2, percentage(3), 67),
        (1, percentage(8), 13),
        (1, percentage(200), 1),
        (-1, percentage(200), 0),
        (-3, percentage(200), -1),
        (5, percentage(4), 125),
        (3, scale("2"), 6),
        (1, scale("2.5"), 3),
        (1, scale("2.4999"), 2),
        (-1, scale("2.5"), -2),
        (3, scale("-1"), -3),
        (10, ranges((1, 9, 1), (10, 20, 2), otherwise=0), 2),
        (20, ranges((1, 9, 1), (10, 20, 2), otherwise=0), 2),
        (9, ranges((1, 9, 1), (10, 20, 2), otherwise=0), 1),
        (21, ranges((1, 9, 1), (10, 20, 2), otherwise=-7), -7),
        (5, ranges((1, 9, 1), (5, 5, 2), otherwise=0), 1),
        (2**31 - 1, scale("1000"), 2**31 - 1),
        (-(2**31), scale("1000"), -(2**31)),
    ],
)
def test_a_sum_is_mapped_to_the_value_with_halves_rounded_up(total, mapping, value):
    assert score({"a": ["x"]}, keyed("a", ("x", total)), mapping=mapping) == value


@pytest.mark.parametrize(
    "text",
    [
        key(),
        key(keyed("a")),
        key(keyed("a", ("", 1))),
        key(keyed("a", ("x", "many"))),
        key(keyed("a", ("x", 2**31))),
        key(keyed("a", ("x", 1)), keyed("a", ("y", 1))),
        key(ONE, mapping=percentage(0)),
        key(ONE, mapping=percentage("")),
        key(ONE, mapping=scale("INF")),
        key(ONE, mapping=scale("9" * 40)),
        key(ONE, mapping=ranges(otherwise=0)),
        key(ONE, mapping=percentage(1) + scale(1)),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(text):
    with pytest.raises(MalformedXML):
        answer_key.parse(text)


TEST = samples.form(question("a", selection("x", "y", "z", before=MANY)))


@pytest.mark.parametrize(
    ("test", "grading", "why"),
    [
        (TEST, key(ONE), ""),
        (samples.form(question("a", free())), key(ONE), "takes a free answer"),
        (
            samples.form(question("a", selection("x", "y", "z", other="<OtherSelection/>"))),
            key(ONE),
            "takes a free answer",
        ),
        (
            samples.form(question("a", selection("x", "y", "z")), question("b", free())),
            key(ONE),
            "Question 'b'",
        ),
        (TEST, key(ONE, keyed("b", ("x", 1))), "question 'b'"),
        (TEST, key(keyed("a", ("x", 1), ("w y", 1))), "selection 'w'"),
    ],
)
def test_a_key_fits_a_test_of_selections_that_it_knows(test, grading, why):
    if not why:
        answer_key.check_against(answer_key.parse(grading), form.parse(test))
        return
    with pytest.raises(MalformedXML, match=why):
        answer_key.check_against(answer_key.parse(grading), form.parse(test))


@given(st.dictionaries(st.sampled_from("abc"), st.text() | st.lists(st.text())))
def test_any_answer_has_a_score(answer):
    assert isinstance(score(answer, ONE, keyed("b", ("y", 7)), mapping=percentage(7)), int)


@pytest.mark.parametrize(
    ("mapping", "highest"),
    [
        ("", 12),
        (percentage(12), 100),
        (percentage(24), 50),
        (scale("1.5"), 18),
        (scale("-1"), 3),
        (ranges((0, 5, 80), (6, 12, 40), otherwise=10), 80),
        (ranges((0, 5, 20), otherwise=90), 90),
    ],
)
def test_the_highest_value_is_what_the_best_answer_has(mapping, highest):
    two = (ONE, keyed("b", ("y", 7)))
    assert answer_key.highest(answer_key.parse(key(*two, mapping=mapping))) == highest


@given(
    answer=st.fixed_dictionaries(
        {"a": st.sets(st.sampled_from("xyz")).map(list), "b": st.sampled_from("yz")}
    ),
    mapping=st.sampled_from(
        ["", percentage(7), scale("-2.5"), scale("3"), ranges((2, 5, 9), (6, 20, 3), otherwise=1)]
    ),
)
def test_no_answer_is_worth_more_than_the_highest_value(answer, mapping):
    graded = answer_key.parse(key(ONE, keyed("b", ("y", 7)), mapping=mapping))
    assert answer_key.score(graded, answer) <= answer_key.highest(graded)
