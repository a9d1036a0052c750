"""What a requester fills in about qualifications."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.questionform import simple
from tasks.web.requester.spans import SpanField
from tasks.web.requester.test_builder import DraftedTest, draft_in, draft_of, is_buildable
from workers.actions import qualification_types as rules
from workers.actions.grant_qualification import MAX_REASON
from workers.models import QualificationType
from workers.states import TypeStatus

WAYS = [
    ("ask", _("They ask, and you decide")),
    ("auto", _("They ask, and have it at once")),
    ("test", _("They take a test")),
]
HERE, XML = "here", "xml"
WRITTEN = [
    (HERE, _("Put it together here")),
    (XML, _("Write it as XML: Mechanical Turk's QuestionForm and AnswerKey")),
]
_SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
EXAMPLE_TEST = f"""<QuestionForm xmlns="{_SCHEMAS}/2017-11-06/QuestionForm.xsd">
  <Question>
    <QuestionIdentifier>sky</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>What colour is the sky on a clear day?</Text></QuestionContent>
    <AnswerSpecification>
      <SelectionAnswer>
        <StyleSuggestion>radiobutton</StyleSuggestion>
        <Selections>
          <Selection><SelectionIdentifier>blue</SelectionIdentifier><Text>Blue</Text></Selection>
          <Selection><SelectionIdentifier>red</SelectionIdentifier><Text>Red</Text></Selection>
        </Selections>
      </SelectionAnswer>
    </AnswerSpecification>
  </Question>
</QuestionForm>
"""
EXAMPLE_KEY = f"""<AnswerKey xmlns="{_SCHEMAS}/2005-10-01/AnswerKey.xsd">
  <Question>
    <QuestionIdentifier>sky</QuestionIdentifier>
    <AnswerOption>
      <SelectionIdentifier>blue</SelectionIdentifier>
      <AnswerScore>1</AnswerScore>
    </AnswerOption>
  </Question>
  <QualificationValueMapping>
    <PercentageMapping><MaximumSummedScore>1</MaximumSummedScore></PercentageMapping>
  </QualificationValueMapping>
</AnswerKey>
"""
_XML = {"rows": 14, "class": "mono", "spellcheck": "false", "autocapitalize": "off"}


class OptionalSpan(SpanField):
    """A span that may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, require_all_fields=False, **options)
        for part in self.fields:
            part.required = False

    def compress(self, data_list: list[Any]) -> int | None:
        """Seconds, or None where no number was given."""
        return None if not data_list or data_list[0] is None else super().compress(data_list)


def _value(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=-(2**31), max_value=2**31 - 1, **options)


class QualificationForm(forms.Form):
    """A qualification type, new or there already."""

    name = forms.CharField(
        label=_("Name"),
        max_length=rules.MAX_NAME,
        help_text=_("Workers see it. It can't be changed later."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=rules.MAX_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it says of a worker, and how to get it."),
    )
    keywords = forms.CharField(
        label=_("Keywords"),
        max_length=rules.MAX_KEYWORDS,
        required=False,
        help_text=_("Separated by commas. They can't be changed later."),
    )
    status = forms.ChoiceField(
        label=_("Status"), choices=TypeStatus.choices, widget=forms.RadioSelect
    )
    way = forms.ChoiceField(
        label=_("How workers get it"),
        choices=WAYS,
        widget=forms.RadioSelect,
        help_text=_("Whatever you choose, you can give it to workers yourself."),
    )
    auto_granted_value = _value(
        label=_("Value that they have at once"), required=False, widget=forms.NumberInput
    )
    retry_delay_seconds = OptionalSpan(
        label=_("They can try again after"),
        help_text=_("Empty: one try, ever. Once tries are allowed, they can't be ended."),
    )
    written = forms.ChoiceField(
        label=_("How you write it"), choices=WRITTEN, required=False, widget=forms.RadioSelect
    )
    test = forms.CharField(
        label=_("Test"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_XML),
        help_text=_("A QuestionForm, as XML."),
    )
    answer_key = forms.CharField(
        label=_("Answer key"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_XML | {"rows": 8}),
        help_text=_("An AnswerKey, as XML: the test is graded at once. Without one, you grade."),
    )
    test_seconds = OptionalSpan(label=_("Time for the test"))

    def __init__(self, *args: Any, kind: QualificationType | None = None, **kwargs: Any) -> None:
        self.kind = kind
        self.is_drafting = False
        asked = simple.read(kind.test.questions, kind.test.answer_key) if kind and kind.test else ()
        self.is_simple = is_buildable(asked)
        kwargs["initial"] = _initial(kind) | {"written": HERE if self.is_simple else XML}
        super().__init__(*args, **kwargs)
        self.draft = draft_of(asked) if asked and self.is_simple else DraftedTest()
        if self.is_bound:
            self.draft = draft_in(self.data)  # type: ignore[arg-type]
        if kind is not None:
            del self.fields["name"], self.fields["keywords"]

    def build(self, act: str) -> None:
        """Carry out a button of the builder: nothing is saved, and nothing complained of."""
        self.is_drafting = True
        self.draft.change(act)

    def full_clean(self) -> None:
        if self.is_drafting:
            self._errors = ErrorDict()
        else:
            super().full_clean()

    @property
    def about(self) -> list[forms.BoundField]:
        """The fields on what it is."""
        names = ("name", "description", "keywords", "status")
        return [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """Refuses a test that isn't there, or was."""
        data: dict[str, Any] = super().clean() or {}
        way = data.get("way")
        has_test = bool(self.kind and self.kind.test_id)
        if way == "test" and data.get("written") == HERE:
            asked = self.draft.asked()
            if asked is None:
                self.add_error("written", _now("The test isn't complete: see below."))
            else:
                data["test"], data["answer_key"] = simple.written(asked)
        elif way == "test" and not data.get("test", "").strip():
            self.add_error("test", _now("Put the questions of the test here."))
        if way and way != "test" and has_test:
            self.add_error("way", _now("A test can be replaced, and not taken away."))
        return data

    def values(self) -> dict[str, Any]:
        """What the rules take. What belongs to another way is left out."""
        data = dict(self.cleaned_data)
        way = data.pop("way")
        del data["written"]
        if way != "test":
            data |= {"test": "", "answer_key": "", "test_seconds": None}
        if way != "auto":
            data["auto_granted_value"] = None
        return {**data, "is_auto_granted": way == "auto"}


def _initial(kind: QualificationType | None) -> dict[str, Any]:
    if kind is None:
        return {
            "status": TypeStatus.ACTIVE,
            "way": "ask",
            "test": EXAMPLE_TEST,
            "answer_key": EXAMPLE_KEY,
            "test_seconds": 3600,
        }
    test = kind.test
    return {
        "description": kind.description,
        "status": kind.status,
        "way": "test" if test else "auto" if kind.is_auto_granted else "ask",
        "auto_granted_value": kind.auto_granted_value,
        "retry_delay_seconds": kind.retry_delay_seconds,
        "test": test.questions if test else "",
        "answer_key": test.answer_key if test else "",
        "test_seconds": test.seconds if test else 3600,
    }


class GrantForm(forms.Form):
    """A value for one worker."""

    worker_id = forms.CharField(label=_("Worker ID"), max_length=64)
    value = _value(label=_("Value"), initial=100)
    is_told = forms.BooleanField(label=_("Tell the worker by e-mail"), required=False, initial=True)


class AcceptForm(forms.Form):
    """The value that a request is granted with."""

    value = _value(label=_("Value"), initial=100)


class WhyForm(forms.Form):
    """A reason that the worker sees, if one is given."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The worker sees it."),
    )


class WorkerGrantForm(forms.Form):
    """One of the requester's types and a value, for the worker whose page it is."""

    type = forms.ChoiceField(label=_("Qualification"))
    value = _value(label=_("Value"), initial=100)
    is_told = forms.BooleanField(label=_("Tell the worker by e-mail"), required=False, initial=True)


def worker_grant_form(
    types: Sequence[QualificationType], data: Mapping[str, Any] | None = None
) -> WorkerGrantForm:
    """The form with these types to choose from."""
    form = WorkerGrantForm(data)
    choices = forms.ChoiceField(
        label=_("Qualification"), choices=[(kind.public_id, kind.name) for kind in types]
    )
    form.fields["type"] = choices
    return form
