"""Where a person lives: ISO 3166-1 countries and ISO 3166-2 subdivisions, as form choices."""

from functools import cache

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, str]]


@cache
def countries() -> Choices:
    """(alpha-2 code, name) of every country, by name."""
    named = [
        (country.alpha_2, getattr(country, "common_name", country.name))
        for country in pycountry.countries
    ]
    return sorted(named, key=lambda choice: choice[1])


@cache
def subdivisions() -> dict[str, Choices]:
    """{country: [(the code's part after the hyphen, name)]}, first-level divisions, by name."""
    found: dict[str, Choices] = {}
    for place in pycountry.subdivisions:
        if place.parent_code is None:
            code = place.code.partition("-")[2]
            found.setdefault(place.country_code, []).append((code, place.name))
    return {country: sorted(places, key=lambda c: c[1]) for country, places in found.items()}


class SubdivisionSelect(forms.Select):
    """A select whose groups say which country they belong to, so that a script can narrow it."""

    template_name = "marketplace/subdivision_select.html"


class PlaceForm(forms.Form):
    """Country and, where the country has them, state or region. The values are codes:

    country "US", subdivision "CA" (of US-CA), as workers.become_worker takes them.
    """

    country = forms.ChoiceField(
        label=_("Country you live in"),
        choices=lambda: [("", _("Choose…")), *countries()],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    subdivision = forms.ChoiceField(
        label=_("State or region"),
        required=False,
        widget=SubdivisionSelect(attrs={"data-depends-on": "id_country"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = dict(countries())
        groups = sorted(
            (names.get(code, code), [(f"{code}-{part}", name) for part, name in places])
            for code, places in subdivisions().items()
        )
        self.fields["subdivision"].choices = [("", _("Choose…")), *groups]  # type: ignore[attr-defined]
        self.fields["subdivision"].widget.attrs["data-depends-on"] = self["country"].auto_id

    def clean_subdivision(self) -> str:
        """The code's last part; refuses a region of another country."""
        chosen: str = self.cleaned_data["subdivision"]
        if not chosen:
            return ""
        country, _hyphen, part = chosen.partition("-")
        if country != self.cleaned_data.get("country"):
            raise ValidationError(_("This region is not in the country you chose."))
        return part
