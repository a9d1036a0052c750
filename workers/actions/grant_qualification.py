"""A requester gives a worker a qualification of its own type, changes its value, or revokes it."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput
from workers.actions.tell_worker import tell_worker
from workers.models import Qualification, QualificationType, Worker
from workers.queries import granted_qualification_of, own_type
from workers.states import QualificationStatus

MAX_REASON = 2000
INTEGERS = range(-(2**31), 2**31)


def grant_qualification(
    *,
    by: Acting,
    kind: QualificationType,
    worker: Worker,
    value: int = 1,
    is_told: bool = True,
    at: datetime,
) -> Qualification:
    """Give the worker this value of the type, whatever value there was; `is_told` sends a mail.

    A pending request of the worker's is left as it is (AssociateQualificationWithWorker).
    Raises NotAllowed for another's type, WrongState for a deleted one, InvalidInput.
    """
    by.require(Role.REVIEWER)
    kind = own_type(by.requester, kind.public_id, is_sandbox=bool(kind.is_sandbox))
    if value not in INTEGERS:
        raise InvalidInput("A qualification's value is a whole number of 32 bits.", field="value")
    with transaction.atomic():
        granted, before = write_grant(kind=kind, worker=worker, value=value, at=at)
        trail.record(
            action="grant_qualification",
            actor=by.trail,
            subject=("worker", worker.public_id),
            at=at,
            type=kind.public_id,
            value=value,
            before=before,
        )
        if is_told:
            tell_granted(granted, worker=worker, at=at)
    return granted


def revoke_qualification(
    *, by: Acting, kind: QualificationType, worker: Worker, reason: str = "", at: datetime
) -> Qualification:
    """Take the worker's qualification away; the worker sees the reason.

    Raises NotFound where there never was one, WrongState where it is revoked already.
    """
    by.require(Role.REVIEWER)
    reason = checked_reason(reason)
    kind = own_type(by.requester, kind.public_id, is_sandbox=bool(kind.is_sandbox))
    with transaction.atomic():
        lock_worker(worker)
        held = granted_qualification_of(kind, worker)
        write_revocation(held, reason=reason, at=at)
        trail.record(
            action="revoke_qualification",
            actor=by.trail,
            subject=("worker", worker.public_id),
            at=at,
            reason=reason,
            type=kind.public_id,
            before=held.value,
        )
    return held


def checked_reason(reason: str) -> str:
    """The reason without blanks around it. Raises InvalidInput where it is too long."""
    reason = reason.strip()
    if len(reason) > MAX_REASON or "\0" in reason:
        raise InvalidInput(f"The reason has at most {MAX_REASON:,} characters.", field="reason")
    return reason


def lock_worker(worker: Worker) -> None:
    """What a worker holds and asks for changes under the lock of the worker's row."""
    Worker.objects.select_for_update(no_key=True).get(pk=worker.pk)


def write_grant(
    *, kind: QualificationType, worker: Worker, value: int, at: datetime
) -> tuple[Qualification, int | None]:
    """Write the grant, within the caller's transaction: (it, the value before or None)."""
    lock_worker(worker)
    held = Qualification.objects.filter(type=kind, worker=worker).first()
    if held is None:
        made = Qualification.objects.create(
            type=kind, worker=worker, value=value, granted_at=at, changed_at=at
        )
        return made, None
    before = held.value if held.status == QualificationStatus.GRANTED else None
    if before is None:
        held.status, held.granted_at = QualificationStatus.GRANTED, at
        held.revoked_at, held.reason = None, ""
    held.value, held.changed_at = value, at
    held.save()
    return held, before


def write_revocation(held: Qualification, *, reason: str, at: datetime) -> None:
    """Write it, within the caller's transaction. GrantTime stays."""
    held.status, held.revoked_at, held.changed_at = QualificationStatus.REVOKED, at, at
    held.reason = reason
    held.save()


def tell_granted(granted: Qualification, *, worker: Worker, at: datetime) -> None:
    """A mail to the worker that a qualification is there, with its value."""
    kind = granted.type
    tell_worker(
        worker=worker,
        is_sandbox=bool(kind.is_sandbox),
        kind="qualification",
        subject=f"You have the qualification “{kind.name}”",
        text=(
            f"{kind.owner.name if kind.owner else 'The marketplace'} granted you the "
            f"qualification “{kind.name}” with the value {granted.value}.\n\n{kind.description}"
        ),
        key=f"qualification:{granted.pk}:{at.isoformat()}",
        at=at,
    )
