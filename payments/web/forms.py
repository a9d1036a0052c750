"""What is filled in about money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.web.fields import MoneyField
from payments.models import Reason, SavedMethod

# What a requester's statement can hold; the rest are workers' and the operator's.
REASONS = (
    Reason.DEPOSIT,
    Reason.DEPOSIT_FREED,
    Reason.REFUND,
    Reason.REFUND_RETURNED,
    Reason.DISPUTE,
    Reason.DISPUTE_RETURNED,
    Reason.LOSS_REPAID,
    Reason.PLAY_GRANT,
    Reason.BATCH_HOLD,
    Reason.BATCH_RELEASE,
    Reason.HOLD,
    Reason.RELEASE,
    Reason.REHOLD,
    Reason.BONUS,
    Reason.BONUS_FEE,
)


class RefundForm(forms.Form):
    """How much to take back."""

    amount = MoneyField(label=_("Amount"))


class DepositForm(forms.Form):
    """How much to add; and for an owner, from what, and whether to keep that."""

    SAVED, PAGE = "saved", "page"
    amount = MoneyField(label=_("Amount"))
    pay_with = forms.ChoiceField(label=_("Pay with"), widget=forms.RadioSelect, required=False)
    keep = forms.BooleanField(
        label=_("Save this card or bank account for next time"),
        required=False,
        help_text=_("It can be charged by one click then, or top the balance up by itself."),
    )

    def __init__(self, *args: Any, saved: SavedMethod | None, may_save: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if saved is None:
            del self.fields["pay_with"]
        else:
            choices = [(self.SAVED, saved.words), (self.PAGE, _("Another card or bank account"))]
            self.fields["pay_with"].choices = choices  # type: ignore[attr-defined]
            self.fields["pay_with"].initial = self.SAVED
            self.fields["keep"].label = _("Save the other one in its place")
        if not may_save:
            del self.fields["keep"]

    @property
    def is_from_saved(self) -> bool:
        """Whether the saved method is to be charged."""
        return self.cleaned_data.get("pay_with") == self.SAVED


class ChargeForm(forms.Form):
    """The press of the button that charges the saved method, as it was shown."""

    amount = MoneyField(widget=forms.HiddenInput)
    method = forms.UUIDField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)


class TopUpForm(forms.Form):
    """When to top up, and by how much."""

    threshold = MoneyField(
        label=_("When the balance falls below"),
        help_text=_("What is on its way to the balance, or on hold, counts as if it were there."),
    )
    amount = MoneyField(label=_("Add"))
    cap = MoneyField(
        label=_("At most in a month"),
        required=False,
        help_text=_("Of top-ups alone, in a calendar month (UTC). Empty: no limit."),
    )
    method = forms.UUIDField(widget=forms.HiddenInput, required=False)
    is_confirmed = forms.BooleanField(widget=forms.HiddenInput, required=False)


class BillingForm(forms.Form):
    """Whom invoices are made out to."""

    name = forms.CharField(label=_("Name"), required=False, max_length=120)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    tax_id = forms.CharField(
        label=_("Tax number"), required=False, max_length=60, help_text=_("Such as a VAT id.")
    )


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

    def clean(self) -> None:
        """From is not after To."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the day in “From”."))

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
