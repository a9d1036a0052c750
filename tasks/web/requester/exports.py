"""Answers as data sets: choose a format that fits the task, and get a zip file, streamed."""

import re
from typing import Any

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.errors import InvalidInput
from marketplace.web.access import MemberRequest, requester_view
from tasks.annotations import elements
from tasks.annotations.elements import Element
from tasks.models import HIT, Assignment, Project
from tasks.results.exports import formats
from tasks.results.exports.labelled import Export, counting
from tasks.results.exports.zipped import zipped
from tasks.results.pages import elements_of
from tasks.web.requester.lookups import own_batch, own_project

_LABEL = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,126}\Z")
_REF, _METADATA = "-ref", "-metadata"


class ExportForm(forms.Form):
    """What to export, of which answers, and what the label is called in a manifest."""

    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect)
    element = forms.ChoiceField(label=_("Of this part of the task"))
    count = forms.ChoiceField(
        label=_("Answers that count"),
        choices=[
            ("approved", _("Approved answers only")),
            ("all", _("Also answers that wait for a review; rejected ones never count")),
        ],
        initial="approved",
        widget=forms.RadioSelect,
    )
    label = forms.CharField(
        label=_("Label attribute name"),
        max_length=127,
        required=False,
        help_text=_("What a manifest calls the label: letters, digits and hyphens."),
    )

    def __init__(self, *args: Any, found: list[Element], **options: Any) -> None:
        super().__init__(*args, **options)
        self.found = {element.name: element for element in found}
        tags = {element.tag for element in found}
        offered = [one for one in formats.FORMATS if tags.intersection(one.tags)]
        self.others = [one for one in formats.FORMATS if one not in offered]
        choices: Any = [(one.key, f"{one.name}: {one.about}") for one in offered]
        formats_field, element_field = self.fields["format"], self.fields["element"]
        assert isinstance(formats_field, forms.ChoiceField)
        assert isinstance(element_field, forms.ChoiceField)
        formats_field.choices = choices
        formats_field.initial = offered[0].key if offered else None
        names = [(element.name, f"{element.name} ({element.tag})") for element in found]
        element_field.choices = names
        if len(names) == 1:
            element_field.widget = forms.HiddenInput()
            element_field.initial = names[0][0]
        self.fields["label"].initial = label_from(found[0].name) if found else ""

    def clean(self) -> dict[str, Any]:
        """The element must fit the format, and the label's name Ground Truth's rules."""
        values: dict[str, Any] = super().clean() or {}
        element = self.found.get(values.get("element", ""))
        chosen = formats.BY_KEY.get(values.get("format", ""))
        if element is None or chosen is None:
            return values
        if element.tag not in chosen.tags:
            words = _now("%(format)s is %(fits)s Choose another format, or another part.")
            self.add_error("format", words % {"format": chosen.name, "fits": chosen.otherwise})
        label = values.get("label") or label_from(element.name)
        if element.tag == elements.SEMANTIC:
            label = label.removesuffix(_REF) + _REF
        elif label.endswith(_REF):
            self.add_error("label", _now("Only a mask's label attribute ends with “-ref”."))
        if _METADATA in label or not _LABEL.match(label):
            words = _now("Use letters, digits and hyphens between them, and not “-metadata”.")
            self.add_error("label", words)
        values["label"] = label
        return values


def label_from(name: str) -> str:
    """A label attribute's name made of an element's."""
    found = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").replace(_METADATA, "")
    return found.removesuffix(_REF)[:120].strip("-") or "label"


@requester_view()
@require_safe
def batch_exports(request: MemberRequest, batch_id: int) -> HttpResponseBase:
    """A batch's answers as a data set."""
    batch = own_batch(request, batch_id)
    assignments = Assignment.objects.filter(hit__batch=batch)
    shown = HIT.objects.filter(batch=batch).select_related("question").order_by("pk").first()
    context = {"batch": batch, "name": batch.name, "file": f"Batch_{batch.pk}"}
    return _exports(request, assignments, shown, context)


@requester_view()
@require_safe
def project_exports(request: MemberRequest, project_id: str) -> HttpResponseBase:
    """The answers of all batches of a project as one data set."""
    project = own_project(request, project_id)
    assignments = Assignment.objects.filter(hit__batch__project=project)
    context = {"project": project, "name": project.name, "file": f"Project_{project.public_id}"}
    return _exports(request, assignments, _latest(project), context)


def _latest(project: Project) -> HIT | None:
    """The first HIT of the newest batch that has any."""
    for batch in project.batches.filter(published_rows__gt=0).order_by("-pk")[:1]:
        return HIT.objects.filter(batch=batch).select_related("question").order_by("pk").first()
    return None


def _exports(
    request: HttpRequest, assignments: Any, shown: HIT | None, context: dict[str, Any]
) -> HttpResponseBase:
    try:
        found = elements_of(shown) if shown else []
    except InvalidInput:
        found = []
    form = ExportForm(request.GET if "format" in request.GET else None, found=found)
    if form.is_valid():
        return _download(form, assignments, name=context["name"], file=context["file"])
    context |= {"form": form, "found": found, "has_hits": shown is not None}
    return render(request, "tasks/requester/exports.html", context)


def _download(form: ExportForm, assignments: Any, *, name: str, file: str) -> HttpResponseBase:
    values = form.cleaned_data
    chosen = formats.BY_KEY[values["format"]]
    export = Export(
        assignments=counting(assignments, only_approved=values["count"] == "approved"),
        element_name=values["element"],
        label_name=values["label"],
        job_name=f"labeling-job/{slugify(name)[:63] or 'job'}",
    )
    tag = form.found[values["element"]].tag
    members = formats.members_of(export, chosen, tag)
    response = StreamingHttpResponse(
        zipped(members, at=clock.now()), content_type="application/zip"
    )
    response["Content-Disposition"] = f'attachment; filename="{file}_{chosen.key}.zip"'
    response["Cache-Control"] = "no-store"
    return response
