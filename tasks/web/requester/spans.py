"""A length of time in a form: a number and its unit, kept in seconds."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

UNITS = [(60, _("minutes")), (3600, _("hours")), (86_400, _("days"))]
LONGEST = 31_536_000


class SpanWidget(forms.MultiWidget):
    """The number, then the unit."""

    template_name = "tasks/requester/_span.html"

    def __init__(self) -> None:
        number = forms.NumberInput(
            attrs={"min": 0, "step": 1, "class": "short", "aria-label": _("Number")}
        )
        unit = forms.Select(choices=UNITS, attrs={"aria-label": _("Unit")})
        super().__init__([number, unit])

    def decompress(self, value: int | None) -> list[Any]:
        """Seconds in the largest unit that divides them; odd seconds are rounded up."""
        if value is None:
            return [None, 60]
        for size, _name in reversed(UNITS):
            if value and value % size == 0:
                return [value // size, size]
        return [-(-value // 60), 60]


class SpanField(forms.MultiValueField):
    """Seconds, as a number of minutes, hours or days."""

    widget = SpanWidget

    def __init__(self, **options: Any) -> None:
        number = forms.IntegerField(min_value=0, max_value=LONGEST)
        unit = forms.TypedChoiceField(choices=UNITS, coerce=int)
        super().__init__([number, unit], **options)

    def compress(self, data_list: list[Any]) -> int | None:
        """The two parts as seconds."""
        if not data_list:
            return None
        number, unit = data_list
        if number is None or unit in (None, ""):
            raise ValidationError(_("Give a number and its unit."))
        return int(number) * int(unit)
