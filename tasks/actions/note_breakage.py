"""A task's page broke while a worker had it."""

from datetime import datetime

from marketplace.errors import InvalidInput, NotFound
from tasks.models import Assignment, Breakage
from tasks.models.breakage import DETAIL
from tasks.states import AssignmentStatus
from workers.models import Worker


def note_breakage(
    *, worker: Worker, assignment_id: str, kind: str, detail: str, at: datetime
) -> None:
    """Keep what broke first, for the requester; once the work has ended, nothing is kept.

    Raises InvalidInput for a kind that there isn't, NotFound for somebody else's assignment.
    """
    found = Assignment.objects.filter(public_id=assignment_id, worker=worker)
    assignment = found.select_related("hit").only("status", "hit__hit_type_id").first()
    if assignment is None:
        raise NotFound("There is no such assignment of yours.")
    if kind not in Breakage.Kind.values:
        raise InvalidInput("Say what broke: load, script or page.", field="kind")
    if assignment.status != AssignmentStatus.ACCEPTED:
        return
    words = "".join(letter if letter.isprintable() else " " for letter in detail)[:DETAIL]
    Breakage.objects.get_or_create(
        assignment=assignment,
        defaults={
            "hit_type_id": assignment.hit.hit_type_id,
            "kind": kind,
            "detail": words,
            "seen_at": at,
        },
    )
