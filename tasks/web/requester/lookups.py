"""What a requester's page is about, looked up under the requester: somebody else's is a 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from marketplace.errors import NotFound
from marketplace.web.access import MemberRequest
from tasks.models import HIT, Assignment, Batch, Project


def own_project(request: MemberRequest, project_id: str) -> Project:
    """The requester's project, on the side that the page shows; not an archived one."""
    mine = Project.objects.select_related("requester").filter(
        requester=request.acting.requester, archived_at=None
    )
    project = get_object_or_404(mine, public_id=project_id)
    _require_side(request, project.is_sandbox)
    return project


def own_batch(request: MemberRequest, batch_id: int) -> Batch:
    """The requester's batch, on the side that the page shows."""
    mine = Batch.objects.select_related("project", "requester", "hit_type").filter(
        requester=request.acting.requester
    )
    if batch_id >= 2**63:
        raise Http404
    batch = get_object_or_404(mine, pk=batch_id)
    _require_side(request, batch.is_sandbox)
    return batch


def own_answer(batch: Batch, assignment_id: str) -> Assignment:
    """A submitted assignment of the batch."""
    submitted = Assignment.objects.filter(hit__batch=batch, submitted_at__isnull=False)
    related = submitted.select_related("hit", "hit__hit_type", "worker")
    return get_object_or_404(related, public_id=assignment_id)


def own_submission(request: MemberRequest, assignment_id: str) -> Assignment:
    """What a worker submitted to any HIT of the requester's, on the side that the page shows."""
    related = Assignment.objects.select_related(
        "worker", "hit__hit_type", "hit__question", "hit__batch"
    )
    mine = related.filter(
        hit__hit_type__requester=request.acting.requester, submitted_at__isnull=False
    )
    assignment = get_object_or_404(mine, public_id=assignment_id)
    _require_side(request, assignment.hit.hit_type.is_sandbox)
    return assignment


def own_hit(request: MemberRequest, hit_id: str) -> HIT:
    """A HIT of the requester's, of a batch or made by a program, on the side that the page
    shows."""
    mine = HIT.objects.select_related("hit_type", "question", "batch").filter(
        hit_type__requester=request.acting.requester
    )
    hit = get_object_or_404(mine, public_id=hit_id)
    _require_side(request, hit.hit_type.is_sandbox)
    return hit


def _require_side(request: MemberRequest, is_sandbox: bool) -> None:
    if is_sandbox != request.is_sandbox:
        raise NotFound(
            _("This is in the sandbox, and you are on the live side. Switch to the sandbox first.")
            if is_sandbox
            else _("This is on the live side, and you are in the sandbox. Go to live first.")
        )
