"""The form of a project: its properties, who may do it, and its layout."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from marketplace.web.fields import MoneyField
from marketplace.web.places import countries
from tasks.models import Language, Project
from tasks.questions.gallery import GalleryTemplate, template_named
from tasks.questions.liquid_convert import convert
from tasks.web.requester.asked import AskedField, is_shown
from tasks.web.requester.spans import SpanField
from workers.eligibility import LOCALE, NUMBER_APPROVED, PERCENT_APPROVED

VISIBILITY = [
    ("Accept", _("Public: everybody sees and previews it")),
    ("PreviewAndAccept", _("Private: everybody sees it, only those who may do it preview it")),
    ("DiscoverPreviewAndAccept", _("Hidden: only those who may do it see it")),
]
STARTER_LAYOUT = """<p>${text}</p>

<p>Does this text say something good, or something bad?</p>
<p>
  <label><input type="radio" name="feeling" value="good" required> Good</label>
  <label><input type="radio" name="feeling" value="bad"> Bad</label>
</p>
"""
STARTER = {
    "max_assignments": 3,
    "assignment_seconds": 10 * 60,
    "lifetime_seconds": 7 * 86_400,
    "auto_approve_seconds": 3 * 86_400,
    "visibility": "Accept",
    "language": Language.LAYOUT,
    "layout": STARTER_LAYOUT,
}

Requirement = Mapping[str, Any]


class ProjectForm(forms.Form):
    """Everything a project says. `values()` is what the actions take."""

    name = forms.CharField(
        label=_("Project name"), max_length=120, help_text=_("For you; workers don't see it.")
    )
    title = forms.CharField(
        label=_("Title"), max_length=128, help_text=_("What workers see in the list of work.")
    )
    description = forms.CharField(
        label=_("Description"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    keywords = forms.CharField(
        label=_("Keywords"), max_length=1000, required=False, help_text=_("Separated by commas.")
    )
    reward_cents = MoneyField(label=_("Reward per assignment"))
    max_assignments = forms.IntegerField(
        label=_("Assignments per HIT"),
        min_value=1,
        max_value=1_000_000_000,
        help_text=_("How many different workers do each HIT."),
    )
    assignment_seconds = SpanField(
        label=_("Time allotted"), help_text=_("To do one, from accepting to submitting.")
    )
    lifetime_seconds = SpanField(
        label=_("Expires in"), help_text=_("How long HITs can be accepted after publishing.")
    )
    auto_approve_seconds = SpanField(
        label=_("Approve by itself after"),
        help_text=_("What you haven't reviewed by then is approved and paid. At most 30 days."),
    )
    country = forms.MultipleChoiceField(
        label=_("Workers live in"),
        required=False,
        choices=countries,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Choose one or several; none means anywhere."),
    )
    approval_rate = forms.IntegerField(
        label=_("Approval rate at least (%)"), min_value=0, max_value=100, required=False
    )
    approved_hits = forms.IntegerField(
        label=_("Approved HITs at least"), min_value=0, max_value=2**31 - 1, required=False
    )
    qualification_1 = AskedField(label=_("Qualification"))
    qualification_2 = AskedField(label=_("Another qualification"))
    qualification_3 = AskedField(label=_("One more qualification"))
    visibility = forms.ChoiceField(
        label=_("Who may see it"),
        choices=VISIBILITY,
        widget=forms.RadioSelect,
        help_text=_("Makes a difference only with a requirement above."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language, widget=forms.RadioSelect, required=False
    )
    layout = forms.CharField(
        label=_("Layout"),
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 18,
                "class": "mono",
                "spellcheck": "false",
                "autocapitalize": "off",
                "data-editor": "",
            }
        ),
        help_text=_(
            "HTML. <code>${name}</code>, in Liquid <code>{{ task.input.name }}</code>, stands for "
            "a column of your file. Tab indents; press Esc, then Tab, to leave the editor."
        ),
    )

    template = forms.CharField(widget=forms.HiddenInput, required=False)

    PROPERTIES = ("name", "title", "description", "keywords")
    PAY = ("reward_cents", "max_assignments")
    TIMES = ("assignment_seconds", "lifetime_seconds", "auto_approve_seconds")
    QUALIFICATIONS = ("qualification_1", "qualification_2", "qualification_3")
    WORKERS = ("country", "approval_rate", "approved_hits", *QUALIFICATIONS, "visibility")

    def __init__(
        self,
        *args: Any,
        project: Project | None = None,
        start: GalleryTemplate | None = None,
        kinds: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """A new project begins as the gallery's `start`, if there is one. `kinds` are the
        qualifications to choose from, (id, name)."""
        asked = project.requirements if project else []
        shown = [r for r in asked if is_shown(r, kinds)][: len(self.QUALIFICATIONS)]
        self.others = [r for r in asked if not _is_ours(r) and r not in shown]
        initial = _initial(project) if project else STARTER | (start.values() if start else {})
        rows = dict(zip(self.QUALIFICATIONS, shown, strict=False))
        kwargs["initial"] = {**initial, **rows}
        super().__init__(*args, **kwargs)
        for name in self.QUALIFICATIONS:
            self.fields[name].offer(kinds)  # type: ignore[attr-defined]

    def clean_template(self) -> str:
        """A template that the gallery has, or none."""
        named = self.cleaned_data["template"]
        return named if template_named(named) else ""

    def convert(self, to: str) -> list[str]:
        """Put the layout, as it was sent, into the other language, and leave everything else as it
        is, unchecked. Returns what the requester should know of it."""
        found = convert(self.data.get("layout", ""), to)
        self._errors = ErrorDict()
        if found.problems:
            self._errors["layout"] = self.error_class(found.problems)
        else:
            data = QueryDict(mutable=True)
            data.update(self.data)
            data["layout"], data["language"] = found.text, to
            self.data = data
        return found.notes

    def values(self) -> dict[str, Any]:
        """The project's fields, the requirements in the MTurk API's shape."""
        data = dict(self.cleaned_data)
        if not data["language"]:  # left as it is
            del data["language"]
        guard = data.pop("visibility")
        asked = {name: data.pop(name) for name in ("country", "approval_rate", "approved_hits")}
        rows = [row for name in self.QUALIFICATIONS if (row := data.pop(name))]
        more = [{**requirement, "ActionsGuarded": guard} for requirement in [*rows, *self.others]]
        return {**data, "requirements": [*_requirements(asked, guard), *more]}


def _requirements(asked: Mapping[str, Any], guard: str) -> list[Requirement]:
    found: list[Requirement] = []
    if asked["country"]:
        found.append(
            {
                "QualificationTypeId": LOCALE,
                "Comparator": "In",
                "LocaleValues": [{"Country": code} for code in asked["country"]],
                "ActionsGuarded": guard,
            }
        )
    for kind, name in ((PERCENT_APPROVED, "approval_rate"), (NUMBER_APPROVED, "approved_hits")):
        if asked[name] is not None:
            found.append(
                {
                    "QualificationTypeId": kind,
                    "Comparator": "GreaterThanOrEqualTo",
                    "IntegerValues": [asked[name]],
                    "ActionsGuarded": guard,
                }
            )
    return found


def _is_ours(requirement: Requirement) -> bool:
    """Whether the form can show it; others, made through the API, are kept as they are."""
    kind, comparator = requirement.get("QualificationTypeId"), requirement.get("Comparator")
    if kind == LOCALE:
        places = requirement.get("LocaleValues", [])
        return comparator in ("In", "EqualTo") and not any("Subdivision" in p for p in places)
    return kind in (PERCENT_APPROVED, NUMBER_APPROVED) and comparator == "GreaterThanOrEqualTo"


def _initial(project: Project) -> dict[str, Any]:
    """The project as the form shows it."""
    shown: Sequence[Requirement] = [r for r in project.requirements if _is_ours(r)]
    initial = {
        name: getattr(project, name) for name in ProjectForm.base_fields if hasattr(project, name)
    }
    initial["visibility"] = next(
        (r.get("ActionsGuarded", "Accept") for r in project.requirements), "Accept"
    )
    for requirement in shown:
        kind = requirement["QualificationTypeId"]
        if kind == LOCALE:
            initial["country"] = [place["Country"] for place in requirement["LocaleValues"]]
        else:
            name = "approval_rate" if kind == PERCENT_APPROVED else "approved_hits"
            initial[name] = requirement["IntegerValues"][0]
    return initial
