"""What people type about themselves, their team and their programs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import ROLE_RANK, AccessKey, Role, User


class SignupForm(forms.Form):
    """Asked for at sign-up beside e-mail and password (allauth adds those)."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Requesters and workers don't see it; your team does."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    sides = forms.MultipleChoiceField(
        label=_("What do you want to do here?"),
        choices=[
            ("work", _("Do work and be paid for it")),
            ("post", _("Post work and pay people for it")),
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose one or both. You can add the other later."),
    )
    field_order = ("name", "email", "password1", "sides")

    def signup(self, request: object, user: User) -> None:
        """allauth calls this once it has saved the person."""
        user.name = " ".join(self.cleaned_data["name"].split())
        user.wants_to_work = "work" in self.cleaned_data["sides"]
        user.wants_to_post = "post" in self.cleaned_data["sides"]
        user.save(update_fields=["name", "wants_to_work", "wants_to_post"])


class NameForm(forms.Form):
    """A name of the person's own."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class RequesterForm(forms.Form):
    """An organisation to post work as."""

    name = forms.CharField(
        label=_("Name that workers see"),
        max_length=120,
        help_text=_("A company, a lab, or your own name. It stands on every HIT you post."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.REVIEWER)

    def clean_role(self) -> Role:
        """The role as the rules name it."""
        return Role(self.cleaned_data["role"])


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def clean_role(self) -> Role:
        """The role as the rules name it."""
        return Role(self.cleaned_data["role"])


class SecretNameForm(forms.Form):
    """What a key or token is for."""

    name = forms.CharField(
        label=_("What it is for"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["placeholder"] = _("nightly import")


class KeyForm(SecretNameForm):
    """What a key is for, and what it may do: no more than its maker may."""

    role = forms.ChoiceField(label=_("May"), required=False, initial=Role.MANAGER)
    side = forms.ChoiceField(
        label=_("Where"),
        choices=AccessKey.Side.choices,
        required=False,
        initial=AccessKey.Side.BOTH,
    )

    def __init__(self, *args: Any, maker: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            # The API has nothing that takes an owner.
            (role.value, role.label)
            for role in (Role.MANAGER, Role.REVIEWER, Role.VIEWER)
            if ROLE_RANK[role] <= ROLE_RANK[maker]
        ]

    def clean_role(self) -> Role:
        """The role as the rules name it."""
        return Role(self.cleaned_data["role"] or Role.MANAGER)

    def clean_side(self) -> AccessKey.Side:
        """The side as the rules name it."""
        return AccessKey.Side(self.cleaned_data["side"] or AccessKey.Side.BOTH)
