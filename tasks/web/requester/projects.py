"""Projects: listed, made, changed, copied, archived."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock, money
from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput
from marketplace.money import currency_of
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.paging import page_newest_first
from tasks.actions.save_project import (
    archive_project,
    copy_project,
    create_project,
    update_project,
)
from tasks.models import Language
from tasks.queries.batches import batches_of
from tasks.queries.files import files_of
from tasks.queries.projects import hit_type_of, projects_of
from tasks.questions.gallery import template_named
from tasks.questions.templates import Template, template_of
from tasks.web.requester.frames import SAMPLE, as_given, sample_row
from tasks.web.requester.gallery import as_csv, sample_file, sample_rows
from tasks.web.requester.lookups import own_project
from tasks.web.requester.project_form import ProjectForm
from tasks.web.requester.rights import rights_of
from workers.eligibility import ADULT, MASTERS, NAMES, in_words_of
from workers.queries import types_of
from workers.states import TypeStatus

PAGE = 25
MOST_KINDS = 200


@requester_view()
@require_safe
def projects(request: MemberRequest) -> HttpResponse:
    """The requester's projects."""
    mine = projects_of(request.acting.requester, is_sandbox=request.is_sandbox)
    page = page_newest_first(request, mine, size=PAGE)
    currency = currency_of(is_sandbox=request.is_sandbox)
    context = {"page": page, "currency": currency, **rights_of(request)}
    return render(request, "tasks/requester/projects.html", context)


@requester_view()
@require_safe
def project(request: MemberRequest, project_id: str) -> HttpResponse:
    """One project: its terms, ids, preview and batches."""
    found = own_project(request, project_id)
    mine = batches_of(request.acting.requester, is_sandbox=request.is_sandbox)
    context = {
        "project": found,
        "hit_type": hit_type_of(found),
        "variables": template_of(found).variables,
        "has_sample": bool(sample_rows(request, project=found, start=None)),
        "requirements": in_words_of(found.requirements),
        "fee_cents": money.fee_cents(found.reward_cents),
        "currency": currency_of(is_sandbox=found.is_sandbox),
        "batches": mine.filter(project=found)[:5],
        "file_count": files_of(found).count(),
        **rights_of(request),
    }
    return render(request, "tasks/requester/project.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def new_project(request: MemberRequest) -> HttpResponse:
    """The form of a project that isn't there yet."""
    start = template_named((request.POST or request.GET).get("template", ""))
    form = ProjectForm(request.POST or None, start=start, kinds=_kinds(request))
    if to := _conversion(request):
        return _converted(request, form, to, {"start": start})
    if form.is_valid():
        with refusals_shown_in(form):
            made = create_project(
                by=request.acting,
                is_sandbox=request.is_sandbox,
                values=form.values(),
                at=clock.now(),
            )
            messages.success(request, _("The project is saved. Next: upload a file."))
            return redirect("requester:project", made.public_id)
    return _form_page(request, form, {"start": start})


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def edit_project(request: MemberRequest, project_id: str) -> HttpResponse:
    """The form of a project."""
    found = own_project(request, project_id)
    form = ProjectForm(request.POST or None, project=found, kinds=_kinds(request))
    if to := _conversion(request):
        return _converted(request, form, to, {"project": found})
    if form.is_valid():
        with refusals_shown_in(form):
            update_project(by=request.acting, project=found, values=form.values(), at=clock.now())
            messages.success(request, _("The project is saved."))
            return redirect("requester:project", found.public_id)
    return _form_page(request, form, {"project": found})


def _conversion(request: MemberRequest) -> str | None:
    """The language that the layout is to be put into, instead of saving the project."""
    to = request.POST.get("convert")
    return to if to in Language.values else None


def _converted(
    request: MemberRequest, form: ProjectForm, to: str, context: dict[str, Any]
) -> HttpResponse:
    notes = form.convert(to)
    context |= {"notes": notes, "is_converted": "layout" not in form.errors}
    return _form_page(request, form, context)


def _kinds(request: MemberRequest) -> list[tuple[str, str]]:
    """The qualifications that a project can ask for by its form."""
    mine = types_of(request.acting.requester, is_sandbox=request.is_sandbox)
    active = mine.filter(status=TypeStatus.ACTIVE).order_by("name")[:MOST_KINDS]
    return [
        *((kind, str(NAMES[kind])) for kind in (MASTERS[request.is_sandbox], ADULT)),
        *active.values_list("public_id", "name"),
    ]


def _form_page(request: MemberRequest, form: ProjectForm, context: dict[str, Any]) -> HttpResponse:
    template = Template(
        source=str(form["layout"].value() or ""), language=str(form["language"].value() or "")
    )
    rows = sample_rows(request, project=context.get("project"), start=context.get("start"))
    given = {name: str(value) for name, value in request.POST.items() if name.startswith(SAMPLE)}
    given = given or as_given(rows)
    try:
        row = sample_row(template, given)
    except InvalidInput:
        row = {}
    context |= {
        "form": form,
        "sample": [(name, given.get(f"{SAMPLE}{name}", "")) for name in row],
        "rows": rows,
        "sections": [
            (_("What it is"), [form[name] for name in form.PROPERTIES]),
            (_("Pay"), [form[name] for name in form.PAY]),
            (_("Times"), [form[name] for name in form.TIMES]),
            (_("Who may do it"), [form[name] for name in form.WORKERS]),
        ],
        "currency": currency_of(is_sandbox=request.is_sandbox),
    }
    return render(request, "tasks/requester/project_form.html", context)


@requester_view(Role.MANAGER)
@require_POST
def copy(request: MemberRequest, project_id: str) -> HttpResponse:
    """A second project like this one."""
    found = own_project(request, project_id)
    made = copy_project(by=request.acting, project=found, at=clock.now())
    messages.success(request, _("This is the copy. The project it came from is unchanged."))
    return redirect("requester:edit_project", made.public_id)


@requester_view(Role.MANAGER)
@require_POST
def archive(request: MemberRequest, project_id: str) -> HttpResponse:
    """Take the project off the list."""
    found = own_project(request, project_id)
    archive_project(by=request.acting, project=found, at=clock.now())
    messages.success(request, _("“%(name)s” is archived.") % {"name": found.name})
    return redirect("requester:projects")


@requester_view()
@require_safe
def sample_csv(request: MemberRequest, project_id: str) -> HttpResponse:
    """A file to fill in: the layout's variables as the header, and a row of examples."""
    found = own_project(request, project_id)
    names = template_of(found).variables
    start = template_named(found.template)
    if start and set(names) <= set(start.columns):  # its samples still fit
        return sample_file(request, start)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerow([f"{name} of the first HIT" for name in names])
    return as_csv(text.getvalue(), "sample.csv")
