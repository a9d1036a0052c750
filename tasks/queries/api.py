"""What the REST API reads besides what the pages read. Nothing here writes."""

from django.db.models import QuerySet

from marketplace.accounts.models import Requester
from marketplace.errors import NotFound
from tasks.models import HIT, Assignment, Batch, Project
from workers.models import Worker


def project_of(requester: Requester, public_id: str) -> Project:
    """One of a requester's projects, on either side. Raises NotFound."""
    found = Project.objects.filter(requester=requester, public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such project.")
    return found


def batch_of(requester: Requester, pk: int) -> Batch:
    """One of a requester's batches. Raises NotFound."""
    found = (
        Batch.objects.filter(requester=requester, pk=pk)
        .select_related("project", "hit_type", "requester")
        .first()
    )
    if found is None:
        raise NotFound("There is no such batch.")
    return found


def hits_of(
    requester: Requester, *, is_sandbox: bool, group_id: str = "", status: str = ""
) -> QuerySet[HIT]:
    """A requester's HITs on one side, of one group where its id is given."""
    found = HIT.objects.filter(hit_type__requester=requester, hit_type__is_sandbox=is_sandbox)
    if group_id:
        found = found.filter(hit_type__public_id=group_id)
    return _with_status(found, status)


def hits_in(batch: Batch, *, status: str = "") -> QuerySet[HIT]:
    """A batch's HITs."""
    return _with_status(HIT.objects.filter(batch=batch), status)


def _with_status(hits: QuerySet[HIT], status: str) -> QuerySet[HIT]:
    chosen = hits.filter(status=status) if status else hits
    return chosen.select_related("hit_type")


def hit_of(requester: Requester, public_id: str) -> HIT:
    """One of a requester's HITs. Raises NotFound."""
    found = (
        HIT.objects.filter(hit_type__requester=requester, public_id=public_id)
        .select_related("hit_type")
        .first()
    )
    if found is None:
        raise NotFound("There is no such HIT.")
    return found


def submissions_in(batch: Batch, *, status: str = "") -> QuerySet[Assignment]:
    """What workers have submitted to a batch, in the order of its HITs: page by (hit_id, id)."""
    return _submissions(Assignment.objects.filter(hit__batch=batch), status)


def submissions_to(hit: HIT, *, status: str = "") -> QuerySet[Assignment]:
    """What workers have submitted to a HIT."""
    return _submissions(Assignment.objects.filter(hit=hit), status)


def _submissions(found: QuerySet[Assignment], status: str) -> QuerySet[Assignment]:
    chosen = found.filter(status=status) if status else found.filter(submitted_at__isnull=False)
    return chosen.select_related("worker", "hit__hit_type").prefetch_related("files")


def submission_of(requester: Requester, public_id: str) -> Assignment:
    """One assignment submitted to a requester. Raises NotFound."""
    found = (
        Assignment.objects.filter(
            hit__hit_type__requester=requester, public_id=public_id, submitted_at__isnull=False
        )
        .select_related("worker", "hit__hit_type")
        .prefetch_related("files")
        .first()
    )
    if found is None:
        raise NotFound("There is no such assignment, or it was not submitted.")
    return found


def history_of(worker: Worker, *, is_sandbox: bool, status: str = "") -> QuerySet[Assignment]:
    """Everything that a worker has ever accepted on one side."""
    found = Assignment.objects.filter(worker=worker, hit__hit_type__is_sandbox=is_sandbox)
    if status:
        found = found.filter(status=status)
    return found.select_related("hit__hit_type__requester").defer("hit__hit_type__search")
