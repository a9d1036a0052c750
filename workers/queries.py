"""Looking workers and qualifications up, as rules and pages need them."""

from collections.abc import Collection

from django.db.models import Count, Q, QuerySet

from marketplace.accounts.models import Requester
from marketplace.errors import NotAllowed, NotFound, WrongState
from workers.models import (
    Qualification,
    QualificationRequest,
    QualificationType,
    Worker,
    WorkerBlock,
)
from workers.states import QualificationStatus, RequestStatus, TypeStatus

_NOT_OWNER = "AWS.MechanicalTurk.PermissionDeniedException"


def worker_by_id(public_id: str) -> Worker:
    """The worker. Raises NotFound in Mechanical Turk's words."""
    found = Worker.objects.select_related("user").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            f"The Worker {public_id[:64]} does not exist. Check the WorkerId.",
            turk_code="AWS.MechanicalTurk.InvalidParameterValue",
        )
    return found


def of_side(is_sandbox: bool) -> Q:
    """Types of one side; the marketplace's own may be of both."""
    return Q(is_sandbox=is_sandbox) | Q(is_sandbox=None)


def type_by_id(public_id: str, *, is_sandbox: bool) -> QualificationType:
    """A type of this side, whoever's. Raises NotFound, and WrongState for a deleted one."""
    found = (
        QualificationType.objects.select_related("owner", "test")
        .filter(of_side(is_sandbox), public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound(
            f"QualificationType {public_id[:64]} does not exist.", thing="qualification_type"
        )
    if found.deleted_at is not None:
        raise WrongState(
            f"QualificationType {found.public_id} is currently in the state 'Disposed'.",
            thing="qualification_type",
            turk_words="This operation can be called with a status of: Active,Inactive.",
        )
    return found


def own_type(requester: Requester, public_id: str, *, is_sandbox: bool) -> QualificationType:
    """The requester's own type. Raises as type_by_id, and NotAllowed for another's."""
    found = type_by_id(public_id, is_sandbox=is_sandbox)
    if found.owner_id != requester.pk:
        raise NotAllowed(
            f"QualificationType {found.public_id} belongs to somebody else: only the owner of a "
            "QualificationType can do this.",
            turk_code=_NOT_OWNER,
        )
    return found


def usable_types(public_ids: Collection[str], *, is_sandbox: bool) -> dict[str, bool]:
    """{id: whether it is active} of those types that exist on this side."""
    rows = QualificationType.objects.filter(
        of_side(is_sandbox), public_id__in=public_ids, deleted_at=None
    ).values_list("public_id", "status")
    return {public_id: status == TypeStatus.ACTIVE for public_id, status in rows}


def types_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[QualificationType]:
    """The requester's types that are not deleted."""
    return QualificationType.objects.filter(owner=requester, is_sandbox=is_sandbox, deleted_at=None)


def types_matching(
    text: str, *, is_sandbox: bool, owner: Requester | None, must_be_requestable: bool
) -> QuerySet[QualificationType]:
    """Types that are not deleted with `text` in the name, description or keywords, in any case.

    Of `owner`, or of everybody where that is None.
    """
    found = QualificationType.objects.filter(of_side(is_sandbox), deleted_at=None)
    if owner is not None:
        found = found.filter(owner=owner)
    if must_be_requestable:
        found = found.filter(is_requestable=True, status=TypeStatus.ACTIVE)
    if text := text.strip():
        found = found.filter(
            Q(name__icontains=text) | Q(description__icontains=text) | Q(keywords__icontains=text)
        )
    return found.select_related("owner", "test")


def requestable_types(text: str, *, is_sandbox: bool) -> QuerySet[QualificationType]:
    """What workers of a side can request, but for suspended requesters' types."""
    found = types_matching(text, is_sandbox=is_sandbox, owner=None, must_be_requestable=True)
    return found.filter(is_sandbox=is_sandbox, owner__suspended_at=None)


def qualification_of(kind: QualificationType, worker: Worker) -> Qualification:
    """The worker's qualification of the type, revoked or not. Raises NotFound."""
    found = Qualification.objects.filter(type=kind, worker=worker).first()
    if found is None:
        raise NotFound("You requested a Qualification that does not exist.", thing="qualification")
    return found


def granted_qualification_of(kind: QualificationType, worker: Worker) -> Qualification:
    """The worker's qualification of the type. Raises NotFound, and WrongState once revoked."""
    found = qualification_of(kind, worker)
    if found.status != QualificationStatus.GRANTED:
        raise WrongState(
            "This Qualification is currently in the state 'Revoked'.",
            thing="qualification",
            turk_words="This operation can be called with a status of: Granted.",
        )
    return found


def holders_of(kind: QualificationType, status: str) -> QuerySet[Qualification]:
    """The qualifications of a type with this status, with their workers."""
    return Qualification.objects.filter(type=kind, status=status).select_related("worker", "type")


def requests_waiting(
    requester: Requester, *, is_sandbox: bool, kind: QualificationType | None = None
) -> QuerySet[QualificationRequest]:
    """Requests that wait for the requester, of all its types or of one."""
    found = QualificationRequest.objects.filter(
        status=RequestStatus.SUBMITTED, type__owner=requester, type__is_sandbox=is_sandbox
    )
    if kind is not None:
        found = found.filter(type=kind)
    return found.select_related("worker", "type", "test")


def own_request(requester: Requester, public_id: str, *, is_sandbox: bool) -> QualificationRequest:
    """A request for one of the requester's types, however it stands. Raises NotFound."""
    found = (
        QualificationRequest.objects.select_related("worker__user", "type", "test")
        .filter(public_id=public_id, type__owner=requester, type__is_sandbox=is_sandbox)
        .first()
    )
    if found is None:
        raise NotFound(
            f"QualificationRequest {public_id[:64]} does not exist.", thing="qualification_request"
        )
    return found


def blocks_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[WorkerBlock]:
    """The requester's blocks that hold, with their workers."""
    return WorkerBlock.objects.filter(
        requester=requester, is_sandbox=is_sandbox, unblocked_at=None
    ).select_related("worker")


def blocking(worker_id: int, *, is_sandbox: bool) -> QuerySet[WorkerBlock, int]:
    """The requesters, by primary key, who have blocked the worker."""
    held = WorkerBlock.objects.filter(worker_id=worker_id, is_sandbox=is_sandbox, unblocked_at=None)
    return held.values_list("requester_id", flat=True)


def held_by(worker: Worker, *, is_sandbox: bool) -> QuerySet[Qualification]:
    """What the worker holds or held on one side, with its types."""
    return Qualification.objects.filter(
        Q(type__is_sandbox=is_sandbox) | Q(type__is_sandbox=None), worker=worker
    ).select_related("type__owner", "type__test")


def requests_of(worker: Worker, *, is_sandbox: bool) -> QuerySet[QualificationRequest]:
    """The worker's tries on one side, with their types."""
    return QualificationRequest.objects.filter(
        worker=worker, type__is_sandbox=is_sandbox
    ).select_related("type__owner", "test")


def type_for_worker(worker: Worker, public_id: str, *, is_sandbox: bool) -> QualificationType:
    """A type that the worker can ask for, holds or has asked for. Raises NotFound."""
    known = (
        Q(is_requestable=True, status=TypeStatus.ACTIVE, deleted_at=None)
        | Q(pk__in=Qualification.objects.filter(worker=worker).values("type"))
        | Q(pk__in=QualificationRequest.objects.filter(worker=worker).values("type"))
    )
    found = (
        QualificationType.objects.select_related("owner", "test")
        .filter(known, of_side(is_sandbox), public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such qualification, or it has been closed.")
    return found


def counts_of_types(types: Collection[int]) -> dict[int, tuple[int, int]]:
    """{type: (workers who hold it, requests that wait)}."""
    held = (
        Qualification.objects.filter(type__in=types, status=QualificationStatus.GRANTED)
        .values("type")
        .annotate(n=Count("pk"))
    )
    waiting = (
        QualificationRequest.objects.filter(type__in=types, status=RequestStatus.SUBMITTED)
        .values("type")
        .annotate(n=Count("pk"))
    )
    holders = {row["type"]: row["n"] for row in held}
    asking = {row["type"]: row["n"] for row in waiting}
    return {pk: (holders.get(pk, 0), asking.get(pk, 0)) for pk in types}
