"""SimplePlurality/2011-09-01: a HIT's assignments are judged by whether they agree.

Source: AWS documentation, “HIT Review Policies”. Where it is silent: the most given answer is
the agreed one if it is above the threshold and alone at the top; a worker of whom no agreed
question is left has no score, and nothing is decided about their work. A HIT that nobody did is
not extended: it was let expire.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.quality.comparing import Answer, Values, percent, values_of
from tasks.quality.parameters import YEAR, Parameters

NAME = "SimplePlurality/2011-09-01"
MEMBER = "HITReviewPolicy"
LONGEST_ANSWER = 256
"""Characters: answers longer than this are not used."""
_KNOWN = {
    "QuestionIds", "QuestionAgreementThreshold", "DisregardAssignmentIfRejected",
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan", "ExtendIfHITAgreementScoreIsLessThan",
    "ExtendMaximumAssignments", "ExtendMinimumTimeInSeconds", "ExtendAssignments",
    "ApproveIfWorkerAgreementScoreIsAtLeast", "RejectIfWorkerAgreementScoreIsLessThan",
    "RejectReason",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Plurality:
    """The policy, read and checked. Scores in whole percent; None is “never”."""

    questions: list[str]
    threshold: int
    disregard_rejected: bool = False
    disregard_known_below: int | None = None
    extend_below: int | None = None
    extend_maximum: int = 0
    extend_seconds: int = 0
    approve_at_least: int | None = None
    reject_below: int | None = None
    reject_reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """The answer that a question's workers agree on, and how many of them in percent."""

    values: Values
    score: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """How one assignment stands to the agreed answers; `score` None: to none of them."""

    correct: int
    incorrect: int
    score: int | None
    approve: bool
    reject: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the assignments agree on, by question; each assignment by its name; and the HIT."""

    agreed: dict[str, Agreed | None]
    workers: dict[str, Worker]
    score: int
    extend: bool


def read(parameters: Sequence[Mapping[str, Any]]) -> Plurality:
    """The policy from the MTurk API's parameters. Raises InvalidInput naming the parameter."""
    given = Parameters(NAME, MEMBER, parameters, _KNOWN)
    questions = [given.question_id("QuestionIds", name) for name in given.texts("QuestionIds")]
    if not questions:
        raise given.refusal("QuestionIds", "is missing: name the questions to compare")
    threshold = given.number("QuestionAgreementThreshold")
    if threshold is None:
        raise given.refusal("QuestionAgreementThreshold", "is missing")
    given.number("ExtendAssignments", least=1, most=1)  # in Amazon's own sample; always one
    extend_below = given.number("ExtendIfHITAgreementScoreIsLessThan", least=1, most=100)
    maximum = given.number("ExtendMaximumAssignments", least=1)
    seconds = given.number("ExtendMinimumTimeInSeconds", least=60, most=YEAR)
    if extend_below is not None:
        for key, value in (
            ("ExtendMaximumAssignments", maximum),
            ("ExtendMinimumTimeInSeconds", seconds),
        ):
            if value is None:
                raise given.refusal(
                    key, "is needed with ExtendIfHITAgreementScoreIsLessThan, and is missing"
                )
    return Plurality(
        questions=list(dict.fromkeys(questions)),
        threshold=threshold,
        disregard_rejected=given.truth("DisregardAssignmentIfRejected"),
        disregard_known_below=given.number("DisregardAssignmentIfKnownAnswerScoreIsLessThan"),
        extend_below=extend_below,
        extend_maximum=maximum or 0,
        extend_seconds=seconds or 0,
        approve_at_least=given.number("ApproveIfWorkerAgreementScoreIsAtLeast"),
        reject_below=given.number("RejectIfWorkerAgreementScoreIsLessThan"),
        reject_reason=given.reason("RejectReason"),
    )


def judge(policy: Plurality, answers: Mapping[str, Answer]) -> Judged:
    """Compare {assignment: answer}; the caller leaves out what the policy disregards."""
    given = {question: _usable(answers, question) for question in policy.questions}
    agreed = {question: _agreed(policy, given[question]) for question in policy.questions}
    found = sum(answer is not None for answer in agreed.values())
    score = percent(found, len(policy.questions))
    return Judged(
        agreed=agreed,
        workers={name: _worker(policy, name, given, agreed) for name in answers},
        score=score,
        extend=_below(score, policy.extend_below) and bool(answers),
    )


def _usable(answers: Mapping[str, Answer], question: str) -> dict[str, Values]:
    """{assignment: what it answers to the question}, without answers too long to be compared."""
    found = {name: values_of(answer, question) for name, answer in answers.items()}
    return {
        name: values
        for name, values in found.items()
        if sum(len(value) for value in values) <= LONGEST_ANSWER
    }


def _agreed(policy: Plurality, given: Mapping[str, Values]) -> Agreed | None:
    if not given:
        return None
    first, *rest = Counter(given.values()).most_common(2)
    if rest and rest[0][1] == first[1]:
        return None
    score = percent(first[1], len(given))
    # “Greater than”, but 100 stands for unanimous in the documentation's own examples.
    if score > policy.threshold or (score == 100 and policy.threshold == 100):
        return Agreed(values=first[0], score=score)
    return None


def _worker(
    policy: Plurality,
    name: str,
    given: Mapping[str, Mapping[str, Values]],
    agreed: Mapping[str, Agreed | None],
) -> Worker:
    verdicts = [
        given[question][name] == answer.values
        for question, answer in agreed.items()
        if answer is not None and name in given[question]
    ]
    score = percent(sum(verdicts), len(verdicts)) if verdicts else None
    return Worker(
        correct=sum(verdicts),
        incorrect=len(verdicts) - sum(verdicts),
        score=score,
        approve=_at_least(score, policy.approve_at_least),
        reject=_below(score, policy.reject_below),
    )


def _at_least(score: int | None, limit: int | None) -> bool:
    return score is not None and limit is not None and score >= limit


def _below(score: int | None, limit: int | None) -> bool:
    return score is not None and limit is not None and score < limit
