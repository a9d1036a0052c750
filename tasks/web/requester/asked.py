"""A requirement on a granted qualification, as one row of a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

Kinds = Sequence[tuple[str, str]]

HOW = [
    ("Exists", _("has been granted")),
    ("DoesNotExist", _("has not been granted")),
    ("GreaterThanOrEqualTo", _("is at least")),
    ("GreaterThan", _("is above")),
    ("LessThanOrEqualTo", _("is at most")),
    ("LessThan", _("is below")),
    ("EqualTo", _("is")),
    ("NotEqualTo", _("is not")),
]
_WITHOUT_VALUE = ("Exists", "DoesNotExist")


def is_shown(requirement: Mapping[str, Any], kinds: Kinds) -> bool:
    """Whether a row can show the requirement; what it can't show is kept as it is."""
    return requirement["QualificationTypeId"] in dict(kinds) and requirement["Comparator"] in dict(
        HOW
    )


class AskedWidget(forms.MultiWidget):
    """The qualification, the comparison, the number."""

    template_name = "tasks/requester/_span.html"

    def __init__(self) -> None:
        super().__init__(
            [
                forms.Select(attrs={"aria-label": _("Qualification")}),
                forms.Select(choices=HOW, attrs={"aria-label": _("Comparison")}),
                forms.NumberInput(attrs={"class": "short", "aria-label": _("Value")}),
            ]
        )

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        """A requirement's parts."""
        if not value:
            return ["", "Exists", None]
        numbers = value.get("IntegerValues") or [None]
        return [value["QualificationTypeId"], value["Comparator"], numbers[0]]


class AskedField(forms.MultiValueField):
    """A requirement in the MTurk API's shape, or None where no qualification is chosen."""

    widget = AskedWidget

    def __init__(self, **options: Any) -> None:
        parts: list[forms.Field] = [
            forms.ChoiceField(required=False),
            forms.ChoiceField(choices=HOW, required=False),
            forms.IntegerField(min_value=-(2**31), max_value=2**31 - 1, required=False),
        ]
        super().__init__(parts, required=False, require_all_fields=False, **options)

    def offer(self, kinds: Kinds) -> None:
        """What can be chosen, (id, name)."""
        choices = [("", _("none")), *kinds]
        self.fields[0].choices = choices  # type: ignore[attr-defined]
        self.widget.widgets[0].choices = choices  # type: ignore[attr-defined]

    def compress(self, data_list: list[Any]) -> dict[str, Any] | None:
        """The requirement; refuses a comparison without its number."""
        kind, how, number = [*data_list, None, None, None][:3]
        if not kind:
            return None
        asked = {"QualificationTypeId": kind, "Comparator": how or "Exists"}
        if asked["Comparator"] in _WITHOUT_VALUE:
            return asked
        if number is None:
            raise ValidationError(_now("Give the value to compare with."))
        return {**asked, "IntegerValues": [number]}
