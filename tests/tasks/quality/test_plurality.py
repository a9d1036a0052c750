"""SimplePlurality: what its parameters may be, what workers agree on, and what follows."""

import pytest

from marketplace.errors import InvalidInput
from tasks.quality import plurality

NEEDED = {"QuestionIds": "A,B,C,D", "QuestionAgreementThreshold": "50"}

# The example of the documentation.
EXAMPLE = {
    "one": {"A": "coat", "B": "blue", "C": "large", "D": "Furry"},
    "two": {"A": "sweater", "B": "blue", "C": "large", "D": "fur"},
    "three": {"A": "coat", "B": "green", "C": "large", "D": "furr"},
}


def read(**values):
    given = {**NEEDED, **values}
    return plurality.read([
        {"Key": key, "Values": value if isinstance(value, list) else [value]}
        for key, value in given.items()
        if value is not None
    ])  # fmt: skip


def judge(answers, **values):
    return plurality.judge(read(**values), answers)


def test_the_example_of_the_documentation():
    judged = judge(EXAMPLE)
    found = {
        question: agreed and (*agreed.values, agreed.score)
        for question, agreed in judged.agreed.items()
    }
    assert found == {"A": ("coat", 66), "B": ("blue", 66), "C": ("large", 100), "D": None}
    assert judged.score == 75
    assert [worker.score for worker in judged.workers.values()] == [100, 66, 66]
    assert (judged.workers["two"].correct, judged.workers["two"].incorrect) == (2, 1)


@pytest.mark.parametrize(
    ("threshold", "agreed"), [("65", True), ("66", False), ("99", False), ("100", False)]
)
def test_a_question_is_agreed_on_above_the_threshold(threshold, agreed):
    judged = judge(EXAMPLE, QuestionAgreementThreshold=threshold)
    assert (judged.agreed["A"] is not None) is agreed
    assert judged.agreed["C"] is not None  # 100 stands for unanimous


def test_answers_are_compared_as_sets_of_trimmed_values():
    answers = {
        "one": {"A": ["x", "y"]}, "two": {"A": ["y ", " x"]}, "three": {"A": "x"},
    }  # fmt: skip
    agreed = judge(answers, QuestionIds="A").agreed["A"]
    assert agreed is not None
    assert (agreed.values, agreed.score) == (frozenset("xy"), 66)


def test_a_tie_is_no_agreement():
    answers = {"one": {"A": "x"}, "two": {"A": "y"}}
    judged = judge(answers, QuestionIds="A", QuestionAgreementThreshold="10")
    assert judged.agreed == {"A": None}


def test_answers_over_256_characters_are_not_used():
    answers = {"one": {"A": "x"}, "two": {"A": "y" * 257}, "three": {"A": "y" * 257}}
    judged = judge(answers, QuestionIds="A")
    agreed = judged.agreed["A"]
    assert agreed is not None
    assert (agreed.values, agreed.score) == (frozenset("x"), 100)
    assert judged.workers["two"].score is None


@pytest.mark.parametrize(
    ("approve", "reject", "expected"),
    [("66", "66", [(True, False), (True, False)]), ("67", "67", [(True, False), (False, True)])],
)
def test_workers_are_approved_at_least_and_rejected_below_their_score(approve, reject, expected):
    judged = judge(
        EXAMPLE,
        ApproveIfWorkerAgreementScoreIsAtLeast=approve,
        RejectIfWorkerAgreementScoreIsLessThan=reject,
    )
    assert [(w.approve, w.reject) for w in judged.workers.values()][:2] == expected


def test_nobody_is_judged_where_nothing_was_agreed():
    answers = {"one": {"A": "x"}, "two": {"A": "y"}}
    judged = judge(
        answers,
        QuestionIds="A",
        ApproveIfWorkerAgreementScoreIsAtLeast="0",
        RejectIfWorkerAgreementScoreIsLessThan="101",
    )
    assert [(w.score, w.approve, w.reject) for w in judged.workers.values()] == [
        (None, False, False)
    ] * 2


@pytest.mark.parametrize(("limit", "extend"), [("75", False), ("76", True), (None, False)])
def test_a_hit_is_extended_below_its_agreement_score(limit, extend):
    more = {"ExtendMaximumAssignments": "9", "ExtendMinimumTimeInSeconds": "3600"}
    assert judge(EXAMPLE, ExtendIfHITAgreementScoreIsLessThan=limit, **more).extend is extend


def test_a_hit_without_an_answer_agrees_on_nothing_and_is_not_extended():
    more = {"ExtendMaximumAssignments": "9", "ExtendMinimumTimeInSeconds": "3600"}
    judged = judge({}, ExtendIfHITAgreementScoreIsLessThan="100", **more)
    assert (judged.score, judged.extend) == (0, False)
    assert set(judged.agreed.values()) == {None}


@pytest.mark.parametrize("question_ids", ["A, B", ["A", "B"], ["A,B"], ["A ", "B", "A"]], ids=str)
def test_question_ids_come_as_a_list_or_with_commas(question_ids):
    assert read(QuestionIds=question_ids).questions == ["A", "B"]


def test_spellings_found_in_the_wild_are_understood():
    policy = read(
        QuestionIds=None,
        QuestionIDs="A",
        ApproveIfWorkerAgreementScoreIsNotLessThan="99",
        **{"ExtendMaximumAssignments ": "10"},
        ExtendAssignments="1",
    )
    assert (policy.questions, policy.approve_at_least, policy.extend_maximum) == (["A"], 99, 10)


@pytest.mark.parametrize(
    ("text", "truth"), [("T", True), ("true", True), ("F", False), ("False", False), (None, False)]
)
def test_truth_is_written_in_several_ways(text, truth):
    assert read(DisregardAssignmentIfRejected=text).disregard_rejected is truth


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("QuestionIds", {"QuestionIds": None}),
        ("QuestionIds", {"QuestionIds": " , "}),
        ("QuestionIds", {"QuestionIds": "x" * 256}),
        ("QuestionAgreementThreshold", {"QuestionAgreementThreshold": None}),
        ("QuestionAgreementThreshold", {"QuestionAgreementThreshold": "0.5"}),
        ("DisregardAssignmentIfRejected", {"DisregardAssignmentIfRejected": "maybe"}),
        ("ExtendIfHITAgreementScoreIsLessThan", {"ExtendIfHITAgreementScoreIsLessThan": "0"}),
        ("ExtendMaximumAssignments", {"ExtendIfHITAgreementScoreIsLessThan": "50",
                                      "ExtendMinimumTimeInSeconds": "60"}),
        ("ExtendMinimumTimeInSeconds", {"ExtendIfHITAgreementScoreIsLessThan": "50",
                                        "ExtendMaximumAssignments": "5"}),
        ("ExtendAssignments", {"ExtendAssignments": "2"}),
        ("AnswerKey", {"AnswerKey": "x"}),
    ],
)  # fmt: skip
def test_what_a_parameter_cannot_be_is_refused_by_its_name(key, values):
    with pytest.raises(InvalidInput, match=key):
        read(**values)
