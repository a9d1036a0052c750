"""A requester confirms that a worker here is one of its former workers at Mechanical Turk.

Nobody can prove an Amazon id any more, so two must agree: the worker states it, the requester
confirms. Scores become grants of qualification types of the same name, on the live side; a block
stays a block. What was granted here already is newer, and stays.
"""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Requester, Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState
from tasks.models import FormerWorker
from workers.actions.block_worker import block_worker
from workers.actions.grant_qualification import grant_qualification
from workers.actions.qualification_types import NameTaken, create_qualification_type
from workers.models import Qualification, QualificationType, Worker
from workers.queries import types_of
from workers.states import QualificationStatus

BLOCKED = "Blocked"


def link_former_worker(*, by: Acting, former_id: int, worker_id: str, at: datetime) -> FormerWorker:
    """Take the worker for the former worker who they say they were. A second time changes nothing.

    Raises NotFound, and WrongState where the worker doesn't state this id (any more) or the
    former worker is somebody else here already.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        former = (
            FormerWorker.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=former_id, requester=by.requester)
            .first()
        )
        if former is None:
            raise NotFound("There is no such former worker of yours.")
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
