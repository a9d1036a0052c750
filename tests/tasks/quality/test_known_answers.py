"""ScoreMyKnownAnswers: what its parameters may be, what an answer scores, and what follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import InvalidInput
from tasks.quality import known_answers

KEY = {
    "Key": "AnswerKey",
    "MapEntries": [
        {"Key": "animal", "Values": ["cat"]},
        {"Key": "colours", "Values": ["black", "white"]},
        {"Key": "comment", "Values": []},
    ],
}
RIGHT = {"animal": "cat", "colours": ["white", "black"]}


def read(**values):
    return known_answers.read([KEY, *({"Key": k, "Values": [v]} for k, v in values.items())])


def judge(answer, **values):
    return known_answers.judge(read(**values), answer)


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        (RIGHT, 100),
        ({**RIGHT, "animal": "  cat\n"}, 100),
        ({**RIGHT, "animal": ["cat"]}, 100),
        ({**RIGHT, "animal": "Cat"}, 66),
        ({**RIGHT, "animal": "cat."}, 66),
        ({**RIGHT, "animal": ["cat", "dog"]}, 66),
        ({**RIGHT, "colours": "black"}, 66),
        ({**RIGHT, "colours": ["black", "white", "red"]}, 66),
        ({**RIGHT, "comment": "none"}, 66),
        ({**RIGHT, "comment": "  "}, 100),
        ({}, 33),
    ],
)
def test_an_answer_is_right_if_it_is_the_same_set_of_values_to_the_letter(answer, score):
    assert judge(answer).score == score


def test_spaces_in_the_key_do_not_matter_either():
    key = {"Key": "AnswerKey", "MapEntries": [{"Key": " animal ", "Values": [" cat "]}]}
    assert known_answers.judge(known_answers.read([key]), {"animal": "cat"}).score == 100


@pytest.mark.parametrize(
    ("limit", "approve", "reject", "extend"),
    [("0", True, False, False), ("66", True, False, False), ("67", False, True, True),
     ("101", False, True, True)],
)  # fmt: skip
def test_at_least_approves_and_less_than_rejects_and_extends(limit, approve, reject, extend):
    judged = judge(
        {**RIGHT, "animal": "dog"},
        ApproveIfKnownAnswerScoreIsAtLeast=limit,
        RejectIfKnownAnswerScoreIsLessThan=limit,
        ExtendIfKnownAnswerScoreIsLessThan=limit,
    )
    assert (judged.approve, judged.reject, judged.extend) == (approve, reject, extend)


def test_without_limits_nothing_is_decided():
    judged = judge({})
    assert (judged.approve, judged.reject, judged.extend) == (False, False, False)


def test_the_documented_defaults_of_extending():
    assert (read().extend_maximum, read().extend_seconds) == (5, 0)


def test_keys_with_spaces_and_numbers_with_spaces_are_read():
    policy = known_answers.read([
        KEY,
        {"Key": "ExtendMaximumAssignments ", "Values": [" 10 "]},
        {"Key": "RejectReason", "Values": ["You flunked", "math."]},
    ])  # fmt: skip
    assert (policy.extend_maximum, policy.reject_reason) == (10, "You flunked math.")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ApproveIfKnownAnswerScoreIsAtLeast", "102"),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "-1"),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "high"),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "9" * 5000),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "50,60"),
        ("ExtendMaximumAssignments", "1"),
        ("ExtendMaximumAssignments", "26"),
        ("ExtendMinimumTimeInSeconds", "59"),
        ("ExtendMinimumTimeInSeconds", "31536001"),
        ("RejectReason", "x" * 1025),
        ("RejectReason", "a\0b"),
        ("QuestionIds", "animal"),
    ],
)
def test_what_a_parameter_cannot_be_is_refused_by_its_name(key, value):
    with pytest.raises(InvalidInput, match=key):
        read(**{key: value})


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        [{"Key": "AnswerKey", "MapEntries": []}],
        [{"Key": "AnswerKey", "MapEntries": [{"Key": " ", "Values": ["a"]}]}],
        [{"Key": "AnswerKey", "MapEntries": [{"Key": "é" * 128, "Values": ["a"]}]}],
        [{"Key": "AnswerKey", "MapEntries": [{"Key": "a\0", "Values": ["a"]}]}],
        [KEY, KEY],
    ],
)
def test_an_answer_key_is_needed_once_and_whole(parameters):
    with pytest.raises(InvalidInput, match="AnswerKey"):
        known_answers.read(parameters)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "Key": st.sampled_from(sorted(known_answers._KNOWN)) | st.text(),
                "Values": st.lists(st.text() | st.integers().map(str)),
                "MapEntries": st.lists(
                    st.fixed_dictionaries(
                        {}, optional={"Key": st.text(), "Values": st.lists(st.text())}
                    )
                ),
            },
        )
    )
)
def test_whatever_comes_is_read_or_refused_in_words(parameters):
    try:
        policy = known_answers.read(parameters)
    except InvalidInput:
        return
    assert 0 <= known_answers.judge(policy, {}).score <= 100
