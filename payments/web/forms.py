"""What is filled in about money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.web.fields import MoneyField
from payments.models import Reason

# What a requester's statement can hold; the rest are workers' and the operator's.
REASONS = (
    Reason.DEPOSIT,
    Reason.PLAY_GRANT,
    Reason.BATCH_HOLD,
    Reason.BATCH_RELEASE,
    Reason.HOLD,
    Reason.RELEASE,
    Reason.REHOLD,
    Reason.BONUS,
    Reason.BONUS_FEE,
)


class DepositForm(forms.Form):
    """How much to add."""

    amount = MoneyField(label=_("Amount"))


class StatementForm(forms.Form):
    """Which lines of the statement to show; anything left empty shows all."""

    reason = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Everything")), *((reason.value, reason.label) for reason in REASONS)],
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def chosen(self) -> dict[str, Any]:
        """Lookups on transfers."""
        if not self.is_valid():
            return {}
        data = self.cleaned_data
        lookups = {
            "reason": data["reason"],
            "at__date__gte": data["since"],
            "at__date__lte": data["until"],
        }
        return {name: value for name, value in lookups.items() if value}
