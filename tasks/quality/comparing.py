"""What makes two answers to one question the same answer.

MTurk's rules: spaces around a value don't matter; case and punctuation do; several values are a
set, and all of it must be the same. No answer is the empty set.
"""

from collections.abc import Mapping

Answer = Mapping[str, str | list[str]]
Values = frozenset[str]


def values_of(answer: Answer, question: str) -> Values:
    """What was answered to one question."""
    given = answer.get(question, "")
    parts = given if isinstance(given, list) else [given]
    return frozenset(text for part in parts if (text := str(part).strip()))


def percent(part: int, whole: int) -> int:
    """A score: whole percent, rounded down, as the documentation's 2 of 3 are 66."""
    return part * 100 // whole
