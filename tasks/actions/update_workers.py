"""A file of workers comes back with changes: read and shown first, then carried out whole."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput, NotFound, WrongState
from tasks.results.worker_files import read
from workers.actions.block_worker import block_worker, unblock_worker
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.models import QualificationType, Worker, WorkerFile
from workers.queries import types_of

REASON = "Changed by an uploaded file."


def upload_workers(
    *, by: Acting, user: User | None, file: IO[bytes], is_sandbox: bool, at: datetime
) -> WorkerFile:
    """Read what the file would change, and keep that; nothing is changed yet.

    Raises InvalidInput for a file that is no CSV file.
    """
    by.require(Role.MANAGER)
    try:
        reading = read(file, requester=by.requester, is_sandbox=is_sandbox)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="file") from error
    return WorkerFile.objects.create(
        requester=by.requester,
        is_sandbox=is_sandbox,
        uploaded_by=user,
        created_at=at,
        changes=[asdict(change) for change in reading.changes],
        problems=[asdict(problem) for problem in reading.problems],
    )


def apply_workers(*, by: Acting, kept: WorkerFile, at: datetime) -> int:
    """Carry the file out, all of it or nothing; how many changes it were.

    Raises WrongState for one with problems, and one that was carried out before; and what any
    of the changes is refused with, as where somebody else revoked meanwhile.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        locked = (
            WorkerFile.objects.select_for_update(no_key=True)
            .filter(pk=kept.pk, requester=by.requester)
            .first()
        )
        if locked is None:
            raise NotFound("There is no such file.")
        if locked.applied_at is not None:
            raise WrongState("This file has been carried out already.")
        if locked.problems:
            raise WrongState("The file has problems. Correct it and upload it again.")
        changes: list[Mapping[str, Any]] = locked.changes
        named = Worker.objects.filter(public_id__in={change["worker_id"] for change in changes})
        workers = {worker.public_id: worker for worker in named.select_related("user")}
        kinds = {
            kind.public_id: kind for kind in types_of(by.requester, is_sandbox=locked.is_sandbox)
        }
        # Workers' rows are locked one by one as changes come to them: in the order of their ids.
        for change in sorted(changes, key=lambda each: workers[each["worker_id"]].pk):
            _carry_out(by, change, workers[change["worker_id"]], kinds, locked.is_sandbox, at)
        locked.applied_at = at
        locked.save(update_fields=["applied_at"])
        trail.record(
            action="update_workers",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            file=locked.pk,
            changes=len(changes),
        )
    return len(changes)


def _carry_out(
    by: Acting,
    change: Mapping[str, Any],
    worker: Worker,
    kinds: Mapping[str, QualificationType],
    is_sandbox: bool,
    at: datetime,
) -> None:
    match change["what"]:
        case "block":
            block_worker(by=by, worker=worker, is_sandbox=is_sandbox, reason=REASON, at=at)
            return
        case "unblock":
            unblock_worker(by=by, worker=worker, is_sandbox=is_sandbox, reason=REASON, at=at)
            return
    kind = kinds.get(change["type_id"])
    if kind is None:
        raise WrongState(f"The qualification “{change['type_name']}” has been deleted since.")
    if change["what"] == "revoke":
        revoke_qualification(by=by, kind=kind, worker=worker, at=at)
    else:
        grant_qualification(
            by=by, kind=kind, worker=worker, value=change["value"], is_told=False, at=at
        )
