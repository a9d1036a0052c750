"""Where a person lives: ISO 3166-1 countries and ISO 3166-2 subdivisions, as form choices."""

import re
from functools import cache
from typing import Any

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
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


@cache
def _all_subdivisions() -> str:
    """Every region's option, in a group that says which country it belongs to."""
    names = dict(countries())
    groups = []
    for code, places in sorted(subdivisions().items(), key=lambda item: names.get(item[0], "")):
        options = format_html_join(
            "", '<option value="{}-{}">{}</option>', ((code, part, name) for part, name in places)
        )
        label = names.get(code, code)
        groups.append(
            format_html('<optgroup label="{}" data-for="{}">{}</optgroup>', label, code, options)
        )
    return "".join(groups)


class SubdivisionSelect(forms.Select):
    """A select of every country's regions, narrowed by a script to the chosen country's.

    It is drawn once and kept: Django's own way costs a fifth of a second for 3,600 options.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The cached options with the chosen one marked."""
        options = _all_subdivisions()
        if value and re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", str(value)):
            options = options.replace(f'value="{value}"', f'value="{value}" selected', 1)
        flat = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        # Safe: the options were escaped when they were drawn, and the value is a code.
        return format_html(
            '<select{}><option value="">{}</option>{}</select>',
            flat,
            _("Choose…"),
            mark_safe(options),
        )


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
        self.fields["subdivision"].choices = [  # type: ignore[attr-defined]
            ("", ""),
            *(
                (f"{code}-{part}", name)
                for code, places in subdivisions().items()
                for part, name in places
            ),
        ]
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
