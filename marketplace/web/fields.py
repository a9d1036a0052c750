"""Form fields that more than one app's pages need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.errors import InvalidInput
from marketplace.money import WRITTEN, dollars, parse_cents


class MoneyField(forms.CharField):
    """An amount as a person types it, "0.25" or "$1,200"; its clean value is cents."""

    def __init__(self, **options: Any) -> None:
        attrs = {
            "inputmode": "decimal",
            "size": 10,
            "autocomplete": "off",
            "pattern": rf"\s*\$?\s*({WRITTEN.pattern})\s*",
            "title": _("An amount like 0.25 or 1,200.00"),
        }
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(max_length=20, **options)

    def prepare_value(self, value: Any) -> Any:
        """Cents as plain dollars; what was typed as it was typed."""
        return dollars(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """The cents, or None where nothing was typed and nothing is needed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_cents(text)
        except InvalidInput as error:
            raise ValidationError(error.message) from error
