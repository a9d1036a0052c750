"""What a requester fills in about batches and answers."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.web.fields import MoneyField
from tasks.actions.decide import MAX_FEEDBACK
from tasks.terms import MAX_ASSIGNMENTS
from tasks.web.requester.spans import SpanField


class CsvField(forms.FileField):
    """An uploaded CSV file within the installation's limit."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput(attrs={"accept": ".csv,text/csv"})
        super().__init__(widget=widget, allow_empty_file=False, **options)

    def clean(self, data: Any, initial: Any = None) -> UploadedFile:
        """The file; refuses one that is too large."""
        file: UploadedFile = super().clean(data, initial)
        most = settings.MANYHANDS_MAX_UPLOAD_BYTES
        if (file.size or 0) > most:
            raise forms.ValidationError(
                _now("The file has %(size)s; at most %(most)s can be uploaded. Split it.")
                % {"size": filesizeformat(file.size or 0), "most": filesizeformat(most)}
            )
        return file


class UploadForm(forms.Form):
    """A batch's file."""

    file = CsvField(label=_("CSV file"))
    name = forms.CharField(
        label=_("Batch name"),
        max_length=120,
        required=False,
        help_text=_("For you; workers don't see it. Left empty: the project's name and the date."),
    )


class DecisionsForm(forms.Form):
    """A results file with decisions in it."""

    file = CsvField(label=_("Results file with Approve and Reject filled in"))


class ImportForm(forms.Form):
    """A file saved from Mechanical Turk."""

    file = CsvField(label=_("CSV file, as Mechanical Turk made it"))


class ConfirmForm(forms.Form):
    """The total that was seen and agreed to, in cents."""

    confirmed_cents = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class ExtendForm(forms.Form):
    """More time."""

    longer = SpanField(label=_("How much longer"))

    def clean_longer(self) -> timedelta:
        """The time to add."""
        return timedelta(seconds=self.cleaned_data["longer"])


class AddForm(forms.Form):
    """More assignments."""

    extra = forms.IntegerField(
        label=_("Assignments to add to each HIT"), min_value=1, max_value=MAX_ASSIGNMENTS, initial=1
    )


class ReasonForm(forms.Form):
    """Why work is rejected: the worker reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_FEEDBACK,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BonusForm(forms.Form):
    """A bonus on one assignment."""

    amount = MoneyField(label=_("Bonus"))
    reason = forms.CharField(
        label=_("What it is for"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The worker reads it."),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)
