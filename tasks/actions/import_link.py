"""A requester confirms that a worker here is one of its former workers at Mechanical Turk.

Nobody can prove an Amazon id any more, so two must agree: the worker states it, the requester
confirms. Scores become grants of qualification types of the same name, on the live side; a block
stays a block. What was granted here already is newer, and stays. A link made by mistake is undone,
with what came along and hasn't been changed since.
"""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Requester, Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState
from tasks.models import FormerWorker
from workers.actions.block_worker import block_worker, unblock_worker
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.actions.qualification_types import NameTaken, create_qualification_type
from workers.models import Qualification, QualificationType, Worker
from workers.queries import blocks_of, types_of
from workers.states import QualificationStatus

BLOCKED = "Blocked"
UNLINKED = "It came from Mechanical Turk with a former worker ID that was confirmed by mistake."


def link_former_worker(*, by: Acting, former_id: int, worker_id: str, at: datetime) -> FormerWorker:
    """Take the worker for the former worker who they say they were. A second time changes nothing.

    Raises NotFound, and WrongState where the worker doesn't state this id (any more) or the
    former worker is somebody else here already.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        former = _own(by.requester, former_id)
        worker = Worker.objects.filter(
            public_id=worker_id, former_mturk_id=former.amazon_id
        ).first()
        if worker is None:
            raise WrongState(
                f"No worker {worker_id[:20]} states the former id {former.amazon_id} any more. "
                "Nothing was changed."
            )
        if former.worker_id == worker.pk:
            return former
        if former.worker_id is not None:
            raise WrongState(f"{former.amazon_id} is linked to another worker already.")
        former.worker, former.linked_at = worker, at
        former.save(update_fields=["worker", "linked_at"])
        trail.record(
            action="link_former_worker",
            actor=by.trail,
            subject=("worker", worker.public_id),
            at=at,
            former=former.pk,
        )
        _grant_scores(by, former, worker, at)
        if former.block_status == BLOCKED:
            reason = "Blocked on Mechanical Turk."
            block_worker(by=by, worker=worker, is_sandbox=False, reason=reason, at=at)
    return former


def unlink_former_worker(*, by: Acting, former_id: int, at: datetime) -> Worker | None:
    """The former worker is nobody here again: the scores that linking granted are revoked and its
    block is lifted, but for those that were changed since. Returns who it was.

    Raises NotFound. Where nobody is linked nothing changes.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        former = _own(by.requester, former_id)
        worker, linked_at = former.worker, former.linked_at
        if worker is None or linked_at is None:
            return None
        former.worker = former.linked_at = None
        former.save(update_fields=["worker", "linked_at"])
        trail.record(
            action="unlink_former_worker",
            actor=by.trail,
            subject=("worker", worker.public_id),
            at=at,
            former=former.pk,
        )
        came_along = Qualification.objects.filter(
            type__in=types_of(by.requester, is_sandbox=False),
            worker=worker,
            status=QualificationStatus.GRANTED,
            granted_at=linked_at,
            changed_at=linked_at,
        )
        for held in came_along.select_related("type").order_by("pk"):
            revoke_qualification(by=by, kind=held.type, worker=worker, reason=UNLINKED, at=at)
        blocks = blocks_of(by.requester, is_sandbox=False)
        if blocks.filter(worker=worker, blocked_at=linked_at).exists():
            unblock_worker(by=by, worker=worker, is_sandbox=False, reason=UNLINKED, at=at)
    return worker


def _own(requester: Requester, former_id: int) -> FormerWorker:
    """Locked."""
    found = (
        FormerWorker.objects.select_for_update(no_key=True, of=("self",))
        .select_related("worker")
        .filter(pk=former_id, requester=requester)
        .first()
    )
    if found is None:
        raise NotFound("There is no such former worker of yours.")
    return found


def _grant_scores(by: Acting, former: FormerWorker, worker: Worker, at: datetime) -> None:
    for name, score in sorted(former.scores.items()):
        kind = _type_named(by, name, at)
        held = Qualification.objects.filter(
            type=kind, worker=worker, status=QualificationStatus.GRANTED
        )
        if not held.exists():
            grant_qualification(by=by, kind=kind, worker=worker, value=score, at=at)


def _type_named(by: Acting, name: str, at: datetime) -> QualificationType:
    """The requester's live type of this name, made where there is none."""
    if found := _find(by.requester, name):
        return found
    values = {"name": name, "description": f"{name}, as it was on Mechanical Turk."}
    try:
        return create_qualification_type(by=by, is_sandbox=False, values=values, at=at)
    except NameTaken:  # a moment ago, by somebody else
        made = _find(by.requester, name)
        assert made is not None
        return made


def _find(requester: Requester, name: str) -> QualificationType | None:
    return types_of(requester, is_sandbox=False).filter(name=name).first()
