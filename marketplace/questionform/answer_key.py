"""AnswerKey: how a qualification test is graded without anybody looking at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from lxml import etree

from marketplace.questionform.errors import MalformedXML
from marketplace.questionform.form import Form, Selection, token_of
from marketplace.questionform.xml import checked, text_of

_LARGEST = 2**31 - 1
"""A qualification's value is an integer of 32 bits in the API."""


@dataclass(frozen=True, slots=True)
class Option:
    """Exactly these selections, no more and no fewer, are worth `score`."""

    selections: frozenset[str]
    score: int


@dataclass(frozen=True, slots=True)
class Question:
    """`default` is the score of every answer that no option names."""

    identifier: str
    options: tuple[Option, ...]
    default: int = 0


@dataclass(frozen=True, slots=True)
class Percentage:
    """The sum as a percentage of `maximum`."""

    maximum: int


@dataclass(frozen=True, slots=True)
class Scale:
    """The sum times `multiplier`."""

    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class Ranges:
    """The value of the first range (lower, upper, value; both ends in it) that has the sum."""

    ranges: tuple[tuple[int, int, int], ...]
    otherwise: int


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Without a mapping, the sum itself is the value."""

    questions: tuple[Question, ...]
    mapping: Percentage | Scale | Ranges | None = None


def parse(text: str) -> AnswerKey:
    """Raises MalformedXML."""
    root = checked(text, "AnswerKey")
    questions = tuple(_question(one) for one in root.findall("{*}Question"))
    names = [question.identifier for question in questions]
    if len(set(names)) != len(names):
        raise MalformedXML(
            "cvc-identity-constraint.4.2.2: A QuestionIdentifier is used more than once."
        )
    mapping = root.find("{*}QualificationValueMapping")
    return AnswerKey(questions, None if mapping is None else _mapping(mapping[0]))


def check_against(key: AnswerKey, form: Form) -> None:
    """Raises MalformedXML unless every answer to the form can be graded by the key.

    A test graded by itself asks for selections only, without a text of the worker's own; and
    the key knows no question or selection that the test doesn't have.
    """
    known: dict[str, frozenset[str]] = {}
    for question in form.questions:
        if not isinstance(question.answer, Selection) or question.answer.other:
            raise MalformedXML(
                f"Question '{question.identifier}' of the test takes a free answer, which an "
                "answer key can't grade. Use selections only, or leave the answer key out."
            )
        known[question.identifier] = frozenset(
            option.identifier for option in question.answer.options
        )
    for asked in key.questions:
        if asked.identifier not in known:
            raise MalformedXML(
                f"The answer key names question '{asked.identifier}', which the test hasn't got."
            )
        for option in asked.options:
            for selection in sorted(option.selections - known[asked.identifier]):
                raise MalformedXML(
                    f"The answer key names selection '{selection}' of question "
                    f"'{asked.identifier}', which the test hasn't got."
                )


def score(key: AnswerKey, answer: Mapping[str, str | list[str]]) -> int:
    """The qualification's value for an answer, an integer of 32 bits; halves are rounded up."""
    return _value(
        key.mapping,
        sum(_score_of(question, answer.get(question.identifier)) for question in key.questions),
    )


def highest(key: AnswerKey) -> int:
    """No answer has a larger value than this one. The best answer may have a smaller one, where
    no sum falls into the best range."""
    if isinstance(key.mapping, Ranges):
        return max([key.mapping.otherwise, *(value for _low, _high, value in key.mapping.ranges)])
    scores = [[one.default, *(option.score for option in one.options)] for one in key.questions]
    # A multiplier may be negative: then the smallest sum is worth most.
    return max(_value(key.mapping, sum(map(pick, scores))) for pick in (min, max))


def _value(mapping: Percentage | Scale | Ranges | None, total: int) -> int:
    if isinstance(mapping, Percentage):
        value = _rounded(Fraction(total * 100, mapping.maximum))
    elif isinstance(mapping, Scale):
        value = _rounded(total * Fraction(mapping.multiplier))
    elif isinstance(mapping, Ranges):
        fitting = (value for low, high, value in mapping.ranges if low <= total <= high)
        value = next(fitting, mapping.otherwise)
    else:
        value = total
    return max(-_LARGEST - 1, min(_LARGEST, value))


def _score_of(question: Question, given: str | list[str] | None) -> int:
    chosen = frozenset([given] if isinstance(given, str) else given or [])
    matching = (option.score for option in question.options if option.selections == chosen)
    return next(matching, question.default)


def _rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def _question(element: etree._Element) -> Question:
    return Question(
        identifier=token_of(element, "QuestionIdentifier"),
        options=tuple(
            Option(
                frozenset(
                    " ".join((one.text or "").split())
                    for one in option.findall("{*}SelectionIdentifier")
                ),
                int(text_of(option, "AnswerScore")),
            )
            for option in element.findall("{*}AnswerOption")
        ),
        default=int(text_of(element, "DefaultScore", "0")),
    )


def _mapping(element: etree._Element) -> Percentage | Scale | Ranges:
    if (maximum := element.find("{*}MaximumSummedScore")) is not None:
        return Percentage(int(maximum.text or "1"))
    if (multiplier := element.find("{*}SummedScoreMultiplier")) is not None:
        return Scale(Decimal((multiplier.text or "1").strip()))
    return Ranges(
        tuple(
            (
                int(text_of(one, "InclusiveLowerBound")),
                int(text_of(one, "InclusiveUpperBound")),
                int(text_of(one, "QualificationValue")),
            )
            for one in element.findall("{*}SummedScoreRange")
        ),
        int(text_of(element, "OutOfRangeQualificationValue")),
    )
