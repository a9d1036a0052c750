"""ScoreMyKnownAnswers/2011-09-01: an assignment is judged by the questions whose answer is known.

Source: AWS documentation, “Assignment Review Policies”. One sentence there says “equal or less”
for rejection; the bounds (0 never, 101 always) and the parameter's own name say less than.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.quality.comparing import Answer, percent, values_of
from tasks.quality.parameters import YEAR, Parameters

NAME = "ScoreMyKnownAnswers/2011-09-01"
MEMBER = "AssignmentReviewPolicy"
_KNOWN = {
    "AnswerKey", "ApproveIfKnownAnswerScoreIsAtLeast", "ApproveReason",
    "RejectIfKnownAnswerScoreIsLessThan", "RejectReason", "ExtendIfKnownAnswerScoreIsLessThan",
    "ExtendMaximumAssignments", "ExtendMinimumTimeInSeconds",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAnswers:
    """The policy, read and checked. Scores in whole percent; None is “never”."""

    key: dict[str, list[str]]
    approve_at_least: int | None = None
    approve_reason: str = ""
    reject_below: int | None = None
    reject_reason: str = ""
    extend_below: int | None = None
    extend_maximum: int = 5
    extend_seconds: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What one assignment is worth, and what the policy wants done about it."""

    correct: dict[str, bool]
    score: int
    approve: bool
    reject: bool
    extend: bool


def read(parameters: Sequence[Mapping[str, Any]]) -> KnownAnswers:
    """The policy from the MTurk API's parameters. Raises InvalidInput naming the parameter."""
    given = Parameters(NAME, MEMBER, parameters, _KNOWN)
    key = given.answer_key("AnswerKey")
    if not key:
        raise given.refusal("AnswerKey", "is missing: give MapEntries of questions and answers")
    return KnownAnswers(
        key=key,
        approve_at_least=given.number("ApproveIfKnownAnswerScoreIsAtLeast", least=0, most=101),
        approve_reason=given.reason("ApproveReason"),
        reject_below=given.number("RejectIfKnownAnswerScoreIsLessThan", least=0, most=101),
        reject_reason=given.reason("RejectReason"),
        extend_below=given.number("ExtendIfKnownAnswerScoreIsLessThan", least=0, most=101),
        extend_maximum=given.number("ExtendMaximumAssignments", least=2, most=25) or 5,
        extend_seconds=given.number("ExtendMinimumTimeInSeconds", least=60, most=YEAR) or 0,
    )


def judge(policy: KnownAnswers, answer: Answer) -> Judged:
    """Score one answer and decide."""
    correct = {
        question: values_of(answer, question) == frozenset(values)
        for question, values in policy.key.items()
    }
    score = percent(sum(correct.values()), len(correct))
    return Judged(
        correct=correct,
        score=score,
        approve=policy.approve_at_least is not None and score >= policy.approve_at_least,
        reject=policy.reject_below is not None and score < policy.reject_below,
        extend=policy.extend_below is not None and score < policy.extend_below,
    )
