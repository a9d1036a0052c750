"""Who may see, preview and accept: requirements evaluated in memory, over a worker's facts.

The ids, comparators and guarded actions are Mechanical Turk's.
Values that a requester or a test grants come with the qualification types of a later chapter;
`Facts.granted` is where they go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workers.models import Worker

LOCALE = "00000000000000000071"
PERCENT_APPROVED = "000000000000000000L0"
NUMBER_APPROVED = "00000000000000000040"

# The percentage reads 100 until this many assignments have been submitted: too few say nothing.
PERCENT_COUNTS_FROM = 100

NAMES = {
    LOCALE: "Location",
    PERCENT_APPROVED: "Approval rate (%)",
    NUMBER_APPROVED: "Approved HITs",
}

_GUARDS = {
    "accept": {"Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"},
    "preview": {"PreviewAndAccept", "DiscoverPreviewAndAccept"},
    "discover": {"DiscoverPreviewAndAccept"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What requirements are checked against."""

    country: str
    subdivision: str
    approved: int
    rejected: int
    granted: Mapping[str, int] = field(default_factory=dict)

    def value(self, qualification_type: str) -> int | None:
        """The worker's score for an integer qualification; None where there is none."""
        if qualification_type == NUMBER_APPROVED:
            return self.approved
        if qualification_type == PERCENT_APPROVED:
            reviewed = self.approved + self.rejected
            return 100 if reviewed < PERCENT_COUNTS_FROM else self.approved * 100 // reviewed
        return self.granted.get(qualification_type)


def facts_of(worker: Worker) -> Facts:
    """The facts of one worker."""
    return Facts(
        country=worker.country,
        subdivision=worker.subdivision,
        approved=worker.approved_count,
        rejected=worker.rejected_count,
    )


def unmet(
    requirements: Sequence[Mapping[str, Any]], facts: Facts, *, action: str
) -> list[Mapping[str, Any]]:
    """The requirements that stand between a worker and `action`: accept, preview or discover."""
    guards = _GUARDS[action]
    return [
        requirement
        for requirement in requirements
        if requirement.get("ActionsGuarded", "Accept") in guards and not is_met(requirement, facts)
    ]


def is_met(requirement: Mapping[str, Any], facts: Facts) -> bool:
    """Whether one requirement holds for these facts."""
    comparator = requirement["Comparator"]
    if requirement["QualificationTypeId"] == LOCALE:
        return _locale_met(comparator, requirement.get("LocaleValues", ()), facts)
    value = facts.value(requirement["QualificationTypeId"])
    if comparator == "Exists":
        return value is not None
    if comparator == "DoesNotExist":
        return value is None
    if value is None:
        return False
    return _integer_met(comparator, value, requirement.get("IntegerValues", ()))


def _integer_met(comparator: str, value: int, wanted: Sequence[int]) -> bool:
    match comparator:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "EqualTo":
            return value == wanted[0]
        case "NotEqualTo":
            return value != wanted[0]
        case "LessThan":
            return value < wanted[0]
        case "LessThanOrEqualTo":
            return value <= wanted[0]
        case "GreaterThan":
            return value > wanted[0]
        case "GreaterThanOrEqualTo":
            return value >= wanted[0]
    raise ValueError(f"unknown comparator {comparator}")


def _locale_met(comparator: str, places: Sequence[Mapping[str, str]], facts: Facts) -> bool:
    """US matches every state; US-PA takes the state as well."""
    here = any(
        place["Country"] == facts.country
        and place.get("Subdivision", facts.subdivision) == facts.subdivision
        for place in places
    )
    return here if comparator in ("EqualTo", "In") else not here


def in_words(requirement: Mapping[str, Any]) -> str:
    """A requirement as a person reads it: “Approval rate (%) is at least 95”."""
    name = NAMES.get(requirement["QualificationTypeId"], requirement["QualificationTypeId"])
    words = {
        "In": "is one of",
        "NotIn": "is none of",
        "EqualTo": "is",
        "NotEqualTo": "is not",
        "LessThan": "is below",
        "LessThanOrEqualTo": "is at most",
        "GreaterThan": "is above",
        "GreaterThanOrEqualTo": "is at least",
        "Exists": "has been granted",
        "DoesNotExist": "has not been granted",
    }[requirement["Comparator"]]
    places = [
        "-".join(filter(None, [place["Country"], place.get("Subdivision", "")]))
        for place in requirement.get("LocaleValues", ())
    ]
    values = places or [str(value) for value in requirement.get("IntegerValues", ())]
    return " ".join([name, words, ", ".join(values)]).strip()
