"""What a requester fills in about notifications."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.actions.subscribe import VERSIONS
from tasks.models import EventKind, Transport

KINDS = [(kind.value, kind.label) for kind in EventKind if kind is not EventKind.PING]
TRANSPORTS = [
    (Transport.HTTPS.value, _("An https address of yours")),
    (Transport.SQS.value, _("An Amazon SQS queue")),
    (Transport.SNS.value, _("An Amazon SNS topic")),
]


class NotificationForm(forms.Form):
    """Where a HIT type's events are told, and which."""

    transport = forms.ChoiceField(
        label=_("Send to"), choices=TRANSPORTS, initial=Transport.HTTPS, widget=forms.RadioSelect
    )
    destination = forms.CharField(
        label=_("Address, queue URL or topic ARN"),
        max_length=2048,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("https://… for an address or a queue, arn:aws:sns:… for a topic."),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        choices=KINDS,
        initial=[EventKind.SUBMITTED.value, EventKind.REVIEWABLE.value],
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.ChoiceField(
        label=_("Version of the document"), choices=[(version, version) for version in VERSIONS]
    )


class NewNotificationForm(NotificationForm):
    """The same for a HIT type that is named first."""

    hit_type_id = forms.RegexField(
        r"^[A-Z0-9]{1,64}$",
        label=_("HIT type ID"),
        widget=forms.TextInput(
            attrs={"list": "hit-types", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("Every batch of a project with the same terms has the same HIT type."),
        error_messages={"invalid": _("A HIT type ID is capital letters and digits.")},
    )
    field_order = ("hit_type_id",)


class TestForm(forms.Form):
    """Which event a test makes up."""

    kind = forms.ChoiceField(
        label=_("Event"), choices=[(kind.value, kind.label) for kind in reversed(EventKind)]
    )


class CredentialsForm(forms.Form):
    """Keys of the requester's own at Amazon."""

    access_key_id = forms.CharField(
        label=_("Access key ID"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Secret access key"),
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("It is kept encrypted and shown to nobody again."),
    )
    region = forms.CharField(
        label=_("Region"),
        max_length=30,
        initial="us-east-1",
        help_text=_("For queues and topics whose address names none."),
    )
