"""What may be asked of workers: Mechanical Turk's QualificationRequirements, checked in one place.

A requirement is kept in one form, so that the same one said in other words (the deprecated
RequiredToPreview, the default spelled out, members in another order) gives the same HIT type.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.errors import InvalidInput, NotFound, WrongState
from workers.eligibility import COMPUTED, LOCALE
from workers.queries import usable_types

MOST = 10
MOST_INTEGERS = 15
MOST_LOCALES = 30
VISIBILITIES = ("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept")
COMPARATORS = (
    "In", "NotIn", "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan",
    "GreaterThanOrEqualTo", "Exists", "DoesNotExist",
)  # fmt: skip
_PRESENCE = ("Exists", "DoesNotExist")
_SETS = ("In", "NotIn")
_OF_LOCALES = ("In", "NotIn", "EqualTo", "NotEqualTo")

Requirement = dict[str, Any]


def normalised(requirements: Sequence[Mapping[str, Any]]) -> list[Requirement]:
    """The requirements in the form in which they are kept. Raises InvalidInput, with
    field="requirements", for what can't be one."""
    if not isinstance(requirements, Sequence) or len(requirements) > MOST:
        raise _refusal(f"There can be at most {MOST} requirements.")
    return [_normalised(requirement) for requirement in requirements]


def require_usable(requirements: Sequence[Mapping[str, Any]], *, is_sandbox: bool) -> None:
    """Raise where HITs of this side can't ask for these types: NotFound for one that doesn't
    exist here, WrongState for an inactive one. Other requesters' types may be asked for."""
    asked = {requirement["QualificationTypeId"] for requirement in requirements} - COMPUTED
    if not asked:
        return
    found = usable_types(asked, is_sandbox=is_sandbox)
    for kind in sorted(asked):
        if kind not in found:
            raise NotFound(
                f"QualificationType {kind[:64]} does not exist.",
                thing="qualification_type",
                field="requirements",
            )
        if not found[kind]:
            raise WrongState(
                f"QualificationType {kind} is currently in the state 'Inactive'. "
                "HITs can ask for it with a status of: Active",
                thing="qualification_type",
                field="requirements",
            )


def _normalised(requirement: Mapping[str, Any]) -> Requirement:
    kind, comparator = requirement.get("QualificationTypeId"), requirement.get("Comparator")
    if not isinstance(kind, str) or not 0 < len(kind) <= 64 or "\0" in kind:
        raise _refusal("A requirement names its QualificationTypeId.")
    if comparator not in COMPARATORS:
        raise _refusal(f"There is no comparator “{str(comparator)[:40]}”.")
    guarded = requirement.get("ActionsGuarded")
    if guarded is None:
        guarded = VISIBILITIES[1 if requirement.get("RequiredToPreview") else 0]
    if guarded not in VISIBILITIES:
        raise _refusal("ActionsGuarded is not one of the three.")
    integers = list(requirement.get("IntegerValues") or ())
    places = list(requirement.get("LocaleValues") or ())
    kept: Requirement = {"QualificationTypeId": kind, "Comparator": comparator}
    if kind == LOCALE:
        kept["LocaleValues"] = _places(comparator, places, integers)
    elif comparator in _PRESENCE:
        _require_none(comparator, integers, places)
    else:
        kept["IntegerValues"] = _integers(comparator, integers, places)
    return {**kept, "ActionsGuarded": guarded}


def _places(comparator: str, places: list[Any], integers: list[Any]) -> list[dict[str, str]]:
    if comparator not in _OF_LOCALES:
        raise _refusal(f"A location can be EqualTo, NotEqualTo, In or NotIn, not {comparator}.")
    if integers:
        raise _refusal("A location takes LocaleValues, and no IntegerValues.")
    _require_number(comparator, len(places), "LocaleValues", MOST_LOCALES)
    return [_place(place) for place in places]


def _place(place: Any) -> dict[str, str]:
    country = place.get("Country") if isinstance(place, Mapping) else None
    part = place.get("Subdivision") if isinstance(place, Mapping) else None
    if not isinstance(country, str) or not _is_code(country, 2, 2) or not country.isalpha():
        raise _refusal("A place has a Country of two capital letters, as ISO 3166-1 has them.")
    if part is None:
        return {"Country": country}
    if not isinstance(part, str) or not _is_code(part, 1, 3):
        raise _refusal(f"There is no subdivision “{str(part)[:10]}” in ISO 3166-2.")
    return {"Country": country, "Subdivision": part}


def _is_code(text: str, least: int, most: int) -> bool:
    is_short = least <= len(text) <= most
    return is_short and text.isascii() and text.isalnum() and text == text.upper()


def _integers(comparator: str, integers: list[Any], places: list[Any]) -> list[int]:
    if places:
        raise _refusal("LocaleValues go with the location only.")
    _require_number(comparator, len(integers), "IntegerValues", MOST_INTEGERS)
    for value in integers:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not -(2**31) <= value < 2**31:
            raise _refusal("IntegerValues are whole numbers of 32 bits.")
    return integers


def _require_number(comparator: str, given: int, name: str, most: int) -> None:
    least, most = (1, most) if comparator in _SETS else (1, 1)
    if not least <= given <= most:
        wanted = f"1 to {most}" if most > 1 else "exactly 1"
        hint = " Use In for several." if comparator == "EqualTo" and given > 1 else ""
        raise _refusal(f"A requirement with {comparator} has {wanted} {name}, not {given}.{hint}")


def _require_none(comparator: str, integers: list[Any], places: list[Any]) -> None:
    if integers or places:
        raise _refusal(f"A requirement with {comparator} takes no values.")


def _refusal(message: str) -> InvalidInput:
    return InvalidInput(message, field="requirements")
