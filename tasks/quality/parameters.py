"""Reading the parameters of a review policy, in the shape that the MTurk API gives them.

[{"Key": …, "Values": […], "MapEntries": [{"Key": …, "Values": […]}]}]. What Amazon's clients got
away with is tolerated: spaces around keys, one value with commas, T and F, two other spellings.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.errors import InvalidInput

MAX_REASON = 1024
"""Characters of the reason that a worker is shown, as for one given by hand."""
MAX_QUESTION_ID = 255
YEAR = 31_536_000

_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_SPELLINGS = {
    "QuestionIDs": "QuestionIds",
    "ApproveIfWorkerAgreementScoreIsNotLessThan": "ApproveIfWorkerAgreementScoreIsAtLeast",
}
_TRUTHS = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class Parameters:
    """A policy's parameters by name; every reader raises InvalidInput naming the parameter.

    `member` is what the policy is called in CreateHIT.
    """

    def __init__(
        self, policy: str, member: str, given: Sequence[Mapping[str, Any]], known: set[str]
    ) -> None:
        self._policy = policy
        self._member = member
        self._values: dict[str, list[str]] = {}
        self._entries: dict[str, list[Mapping[str, Any]]] = {}
        for parameter in given:
            key = str(parameter.get("Key") or "").strip()
            key = _SPELLINGS.get(key, key)
            if key not in known:
                raise self.refusal(key, "is not one of this policy's: " + ", ".join(sorted(known)))
            if key in self._values:
                raise self.refusal(key, "is given twice")
            self._values[key] = [self._text(key, v) for v in parameter.get("Values") or ()]
            self._entries[key] = list(parameter.get("MapEntries") or ())

    def refusal(self, key: str, why: str) -> InvalidInput:
        """The error for one parameter."""
        return InvalidInput(
            f"The parameter {key[:80]!r} of {self._policy} {why}. Correct it, and create the HIT "
            "again.",
            field=key[:80],
            parameter=self._member,
        )

    def _text(self, key: str, value: object) -> str:
        text = str(value)
        if "\0" in text:
            raise self.refusal(key.replace("\0", ""), "has a NUL character in it")
        return text.encode("utf-8", "replace").decode()

    def has(self, key: str) -> bool:
        """Whether it was given a value; an empty one counts as none."""
        return any(value.strip() for value in self._values.get(key, ()))

    def texts(self, key: str) -> list[str]:
        """Its values, also where they came as one with commas."""
        found = [part.strip() for value in self._values.get(key, ()) for part in value.split(",")]
        return [part for part in found if part]

    def reason(self, key: str) -> str:
        """A sentence for the worker; several values are its parts."""
        text = " ".join(self._values.get(key, ())).strip()
        if len(text) > MAX_REASON:
            raise self.refusal(key, f"has {len(text)} characters; {MAX_REASON} are possible")
        return text

    def number(self, key: str, *, least: int = -(10**9), most: int = 10**9) -> int | None:
        """A whole number, or None where it was not given."""
        if not self.has(key):
            return None
        texts = self.texts(key)
        if len(texts) != 1 or not _WHOLE.fullmatch(texts[0]):
            raise self.refusal(key, f"is {', '.join(texts)[:40]!r}, not one whole number")
        if not least <= int(texts[0]) <= most:
            raise self.refusal(key, f"is {texts[0]}; it can be {least} to {most}")
        return int(texts[0])

    def truth(self, key: str) -> bool:
        """T, F, true or false; not given is false."""
        if not self.has(key):
            return False
        text = ",".join(self.texts(key))
        if text.upper() not in _TRUTHS:
            raise self.refusal(key, f"is {text[:40]!r}; it can be T or F")
        return _TRUTHS[text.upper()]

    def question_id(self, key: str, text: object) -> str:
        """An identifier of a question."""
        name = self._text(key, text).strip()
        if not name or len(name.encode()) > MAX_QUESTION_ID:
            raise self.refusal(
                key, f"has a question id that is empty or over {MAX_QUESTION_ID} bytes"
            )
        return name

    def answer_key(self, key: str) -> dict[str, list[str]]:
        """{question id: the values of its right answer, sorted} of the map entries."""
        found: dict[str, list[str]] = {}
        for entry in self._entries.get(key, ()):
            question = self.question_id(key, entry.get("Key") or "")
            if question in found:
                raise self.refusal(key, f"has the question {question[:80]!r} twice")
            values = {self._text(key, value).strip() for value in entry.get("Values") or ()}
            found[question] = sorted(values - {""})
        return found
