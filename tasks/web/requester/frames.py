"""Layouts as a worker will see them: each is the whole response of an address of its own, shown
in a frame that can reach nothing else."""

from collections.abc import Mapping

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import Role
from marketplace.web.access import MemberRequest, requester_view
from tasks.actions.publish_batch import rows_of
from tasks.files.references import with_addresses
from tasks.models import Batch
from tasks.questions import layout as layouts
from tasks.terms import MAX_LAYOUT_BYTES
from tasks.web.requester.lookups import own_batch, own_project
from tasks.web.worker.frame import frame_response, place_for

SAMPLE = "sample:"


def sample_row(layout: str, given: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable: the one given, or the variable's own name in brackets."""
    names = layouts.variables_in(layout)
    return {name: given.get(f"{SAMPLE}{name}") or f"[{name}]" for name in names}


@requester_view(Role.MANAGER)
@require_POST
def draft_frame(request: MemberRequest) -> HttpResponse:
    """The layout as it stands in the editor, not saved yet."""
    layout = request.POST.get("layout", "")[:MAX_LAYOUT_BYTES]
    return _shown(request, layout, sample_row(layout, request.POST), None)


@requester_view()
@require_safe
def project_frame(request: MemberRequest, project_id: str) -> HttpResponse:
    """The layout of a project with a sample row."""
    project = own_project(request, project_id)
    return _shown(request, project.layout, sample_row(project.layout, {}), project.pk)


@requester_view()
@require_safe
def row_frame(request: MemberRequest, batch_id: int, row: int) -> HttpResponse:
    """The layout filled in with row `row` (1 the first) of a batch's file."""
    batch = own_batch(request, batch_id)
    inputs = row_inputs(batch, row)
    content = batch.question.content if batch.question else batch.project.layout
    return _shown(request, content, inputs, batch.project_id)


def row_inputs(batch: Batch, row: int) -> dict[str, str]:
    """One row of the file, 1 being the first; a 404 beyond the last."""
    found = next(rows_of(batch, start=row - 1, count=1), None) if row > 0 else None
    if found is None:
        raise Http404
    return found


def _shown(
    request: MemberRequest, layout: str, inputs: Mapping[str, str], project_id: int | None
) -> HttpResponse:
    here = f"{request.scheme}://{request.get_host()}"
    layout, inputs = with_addresses([layout, inputs], project_id, here=here)
    place = place_for(request, assignment_id=layouts.PREVIEW_ASSIGNMENT, hit_id="")
    return frame_response(request, layouts.page(layouts.fill(layout, inputs), place))
