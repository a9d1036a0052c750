"""What workers type: what they look for, what is wrong with a HIT, what to pay out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace import money
from marketplace.web.fields import MoneyField
from payments.models import PayoutSettings
from tasks.models import HITReport
from tasks.queries.browse import PAGE_SIZES, Wanted

PAY_STEPS = (500, 800, 1200, 1500, 2000, 3000)


class BrowseForm(forms.Form):
    """The filters over the list of work."""

    q = forms.CharField(
        label=_("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("title, requester, keyword"), "data-key": "/"}
        ),
    )
    pay = forms.TypedChoiceField(
        label=_("Pay per hour"), required=False, coerce=int, empty_value=None
    )
    reward = MoneyField(label=_("Reward at least"), required=False)
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            ("newest", _("Newest")),
            ("pay", _("Pay per hour")),
            ("reward", _("Reward")),
            ("hits", _("Most HITs")),
        ],
    )
    size = forms.TypedChoiceField(
        label=_("On a page"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(size, str(size)) for size in PAGE_SIZES],
    )
    qualified = forms.BooleanField(label=_("I qualify"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pay"].choices = [  # type: ignore[attr-defined]
            ("", _("Any")),
            *(
                (cents, _("%(pay)s or more") % {"pay": money.show(cents, currency)})
                for cents in PAY_STEPS
            ),
        ]

    def wanted(self) -> Wanted:
        """What is asked for; what can't be understood is left out (and shown as an error)."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(
            search=asked.get("q") or "",
            least_cents_per_hour=asked.get("pay") or 0,
            least_reward_cents=asked.get("reward") or 0,
            only_qualified=asked.get("qualified") or False,
            sort=asked.get("sort") or "newest",
            size=asked.get("size") or PAGE_SIZES[0],
        )


class ReportForm(forms.Form):
    """What is wrong with a HIT."""

    reason = forms.ChoiceField(
        label=_("What is wrong with this HIT?"),
        choices=HITReport.Reason.choices,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The operator reads this. The requester is not told who reported it."),
    )


class PayoutForm(forms.Form):
    """How much to pay out now."""

    amount = MoneyField(label=_("Amount"), required=False)


class ScheduleForm(forms.Form):
    """When earnings go out by themselves, and from how much on."""

    schedule = forms.ChoiceField(
        label=_("Pay me out"), choices=PayoutSettings.Schedule.choices, widget=forms.RadioSelect
    )
    minimum = MoneyField(label=_("When there is at least"))
