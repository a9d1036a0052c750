"""Layouts as a worker will see them: each is the whole response of an address of its own, shown
in a frame that can reach nothing else."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput
from marketplace.web.access import MemberRequest, requester_view
from tasks.actions.publish_batch import rows_of
from tasks.batch_file import Row
from tasks.models import Batch, Project
from tasks.questions import layout as layouts
from tasks.questions.gallery import template_named
from tasks.questions.templates import Template, template_asked, template_of
from tasks.terms import MAX_LAYOUT_BYTES, check_layout
from tasks.web.requester.files import here_of
from tasks.web.requester.gallery import sample_rows
from tasks.web.requester.lookups import own_batch, own_project
from tasks.web.worker.frame import frame_response, place_for, words_frame

SAMPLE = "sample:"


def sample_row(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable: the one given, or the variable's own name in brackets."""
    return {name: given.get(f"{SAMPLE}{name}") or f"[{name}]" for name in template.variables}


def as_given(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The first of some sample rows, as the editor would send it; nothing if there is none."""
    return {f"{SAMPLE}{name}": value for name, value in rows[0].items()} if rows else {}


@requester_view(Role.MANAGER)
@require_POST
def draft_frame(request: MemberRequest) -> HttpResponse:
    """The layout as it stands in the editor, not saved yet."""
    source, language = request.POST.get("layout", ""), request.POST.get("language", "")
    template = Template(source=source[:MAX_LAYOUT_BYTES], language=language)
    named = request.POST.get("files_of", "").replace("\0", "")
    mine = Project.objects.filter(requester=request.acting.requester, public_id=named).first()
    return _shown(request, template, None, mine.pk if mine else None, given=request.POST)


@requester_view(Role.MANAGER)
@require_POST
def draft_check(request: MemberRequest) -> HttpResponse:
    """What is wrong with the layout in the editor, and what its writer may have overlooked: words
    to stand beside its preview."""
    source, language = request.POST.get("layout", ""), request.POST.get("language", "")
    template = Template(source=source, language=language)
    problems: list[str] = []
    context: dict[str, object] = {"problems": problems}
    try:
        check_layout(source)
        row = sample_row(template, request.POST)
        template.fill(row)
    except InvalidInput as error:
        problems.append(error.message)
    else:
        empty = [name for name in row if not request.POST.get(f"{SAMPLE}{name}")]
        context |= {"variables": list(row), "empty": empty, "asks": layouts.asks(source)}
    return render(request, "tasks/requester/_draft_check.html", context)


@requester_view()
@require_safe
def gallery_frame(request: MemberRequest, slug: str, row: int) -> HttpResponse:
    """A template of the gallery with its sample row `row`, 1 being the first."""
    found = template_named(slug)
    rows = found.rows(here=here_of(request)) if found else []
    if found is None or not 0 < row <= len(rows):
        raise Http404
    return _shown(request, found.template, Row(number=row, inputs=rows[row - 1]))


@requester_view()
@require_safe
def project_frame(request: MemberRequest, project_id: str) -> HttpResponse:
    """The layout of a project with its first sample row, as its editor begins."""
    project = own_project(request, project_id)
    rows = sample_rows(request, project=project, start=None)
    return _shown(request, template_of(project), None, project.pk, given=as_given(rows))


@requester_view()
@require_safe
def row_frame(request: MemberRequest, batch_id: int, row: int) -> HttpResponse:
    """The layout filled in with row `row` (1 the first) of a batch's file."""
    batch = own_batch(request, batch_id)
    template = template_asked(batch.question) if batch.question else template_of(batch.project)
    return _shown(request, template, batch_row(batch, row), batch.project_id)


def batch_row(batch: Batch, row: int) -> Row:
    """One row of the file, 1 being the first; a 404 beyond the last."""
    found = next(rows_of(batch, start=row - 1, count=1), None) if row > 0 else None
    if found is None:
        raise Http404
    return found


def _shown(
    request: MemberRequest,
    template: Template,
    row: Row | None,
    project_id: int | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    """The layout with this row; without one, with a sample of the values that are given."""
    here = here_of(request)
    place = place_for(request, assignment_id=layouts.PREVIEW_ASSIGNMENT, hit_id="")
    try:
        row = row or Row(number=1, inputs=sample_row(template, given))
        filled = template.fill(row.inputs, row.line, files_of=project_id, here=here)
    except InvalidInput as error:
        return words_frame(request, error.message)
    return frame_response(request, layouts.page(filled, place))
