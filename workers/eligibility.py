"""Who may see, preview and accept: requirements evaluated in memory, over a worker's facts.

The ids, comparators and guarded actions are Mechanical Turk's. Values of the types that it had
itself follow from what is known of a worker; all others are granted (workers.models.Qualification)
and are read only where a requirement names one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workers.models import Qualification, QualificationType, Worker
from workers.states import QualificationStatus, TypeStatus

LOCALE = "00000000000000000071"
PERCENT_APPROVED = "000000000000000000L0"
NUMBER_APPROVED = "00000000000000000040"
ADULT = "00000000000000000060"
MASTERS = {False: "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", True: "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"}
"""By is_sandbox."""

# Retired by Amazon, and still in old programs. Of what was submitted, abandoned and returned no
# percentage is kept here, so that nobody is kept out by one: they read as for a flawless worker.
PERCENT_REJECTED = "000000000000000000S0"
_FIXED = {
    "00000000000000000000": 100,  # submitted
    "00000000000000000070": 0,  # abandoned
    "000000000000000000E0": 0,  # returned
}

# The percentage reads 100 until this many assignments have been reviewed: too few say nothing.
PERCENT_COUNTS_FROM = 100

NAMES = {
    LOCALE: gettext_lazy("Location"),
    PERCENT_APPROVED: gettext_lazy("Approval rate (%)"),
    NUMBER_APPROVED: gettext_lazy("Approved HITs"),
    ADULT: gettext_lazy("Adult content"),
    PERCENT_REJECTED: gettext_lazy("Rejection rate (%)"),
    "00000000000000000000": gettext_lazy("Submission rate (%)"),
    "00000000000000000070": gettext_lazy("Abandonment rate (%)"),
    "000000000000000000E0": gettext_lazy("Return rate (%)"),
    MASTERS[False]: gettext_lazy("Masters"),
    MASTERS[True]: gettext_lazy("Masters"),
}
COMPUTED = frozenset({LOCALE, PERCENT_APPROVED, NUMBER_APPROVED, ADULT, PERCENT_REJECTED, *_FIXED})
"""Types whose value follows from what is known of a worker; no grant of them is looked up."""

_GUARDS = {
    "accept": {"Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"},
    "preview": {"PreviewAndAccept", "DiscoverPreviewAndAccept"},
    "discover": {"DiscoverPreviewAndAccept"},
}

Requirement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What requirements are checked against. `granted` is {type's public id: value}."""

    country: str
    subdivision: str
    approved: int
    rejected: int
    is_adult: bool = False
    granted: Mapping[str, int] = field(default_factory=dict)
    worker_id: int | None = None

    def value(self, qualification_type: str) -> int | None:
        """The worker's score for an integer qualification; None where there is none."""
        if qualification_type == NUMBER_APPROVED:
            return self.approved
        if qualification_type == PERCENT_APPROVED:
            return self._percent_approved()
        if qualification_type == PERCENT_REJECTED:
            return 100 - self._percent_approved()
        if qualification_type == ADULT:
            return 1 if self.is_adult else None
        return _FIXED.get(qualification_type, self.granted.get(qualification_type))

    @property
    def reviewed(self) -> int:
        """How many assignments were approved or rejected."""
        return self.approved + self.rejected

    def _percent_approved(self) -> int:
        if self.reviewed < PERCENT_COUNTS_FROM:
            return 100
        return self.approved * 100 // self.reviewed


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A qualification type as requirements name it."""

    name: str
    is_requestable: bool = False


def facts_of(worker: Worker, requirements: Sequence[Requirement] | None = None) -> Facts:
    """The facts of one worker, as far as `requirements` look at them; None: all of them.

    Costs one query where a granted qualification is asked, else none.

    A revoked qualification is none. One whose type was made inactive or deleted still counts:
    Mechanical Turk keeps those, since HITs that ask for them may be under way, and lets no new
    HIT ask for them (tasks.requirements).
    """
    held = Qualification.objects.filter(worker=worker, status=QualificationStatus.GRANTED)
    asked = None if requirements is None else _granted_types(requirements)
    if asked is not None:
        held = held.filter(type__public_id__in=asked)
    is_needed = asked is None or bool(asked)
    return Facts(
        country=worker.country,
        subdivision=worker.subdivision,
        approved=worker.approved_count,
        rejected=worker.rejected_count,
        is_adult=worker.is_adult,
        granted=dict(held.values_list("type__public_id", "value")) if is_needed else {},
        worker_id=worker.pk,
    )


def kinds_in(requirements: Iterable[Requirement]) -> dict[str, Kind]:
    """{id: kind} of the types that the requirements name. Costs a query where any was granted."""
    asked = _granted_types(requirements)
    if not asked:
        return {}
    rows = QualificationType.objects.filter(public_id__in=asked)
    return {
        kind.public_id: Kind(
            name=kind.name,
            is_requestable=kind.is_requestable
            and kind.deleted_at is None
            and kind.status == TypeStatus.ACTIVE,
        )
        for kind in rows
    }


def _granted_types(requirements: Iterable[Requirement]) -> set[str]:
    return {requirement["QualificationTypeId"] for requirement in requirements} - COMPUTED


def unmet(
    requirements: Sequence[Requirement], facts: Facts, *, action: str
) -> list[Mapping[str, Any]]:
    """The requirements that stand between a worker and `action`: accept, preview or discover."""
    guards = _GUARDS[action]
    return [
        requirement
        for requirement in requirements
        if requirement.get("ActionsGuarded", "Accept") in guards and not is_met(requirement, facts)
    ]


def is_met(requirement: Requirement, facts: Facts) -> bool:
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


def in_words(requirement: Requirement, kinds: Mapping[str, Kind] | None = None) -> str:
    """A requirement as a person reads it: “Approval rate (%) is at least 95”.

    `kinds` (kinds_in) has the names of granted types.
    """
    kind = requirement["QualificationTypeId"]
    known = (kinds or {}).get(kind)
    name = known.name if known else str(NAMES.get(kind, kind))
    words = {
        "In": _("is one of"),
        "NotIn": _("is none of"),
        "EqualTo": _("is"),
        "NotEqualTo": _("is not"),
        "LessThan": _("is below"),
        "LessThanOrEqualTo": _("is at most"),
        "GreaterThan": _("is above"),
        "GreaterThanOrEqualTo": _("is at least"),
        "Exists": _("has been granted"),
        "DoesNotExist": _("has not been granted"),
    }[requirement["Comparator"]]
    places = [
        "-".join(filter(None, [place["Country"], place.get("Subdivision", "")]))
        for place in requirement.get("LocaleValues", ())
    ]
    values = places or [str(value) for value in requirement.get("IntegerValues", ())]
    return " ".join([name, words, ", ".join(values)]).strip()


def in_words_of(requirements: Sequence[Requirement]) -> list[str]:
    """All of them in words, with the names of granted types looked up."""
    kinds = kinds_in(requirements)
    return [in_words(requirement, kinds) for requirement in requirements]
