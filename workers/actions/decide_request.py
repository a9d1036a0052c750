"""The requester decides on a worker's request for a qualification."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from workers.actions.grant_qualification import (
    INTEGERS,
    checked_reason,
    lock_worker,
    tell_granted,
    write_grant,
)
from workers.actions.tell_worker import tell_worker
from workers.models import QualificationRequest
from workers.queries import own_request
from workers.states import RequestStatus


def accept_request(
    *, by: Acting, request: QualificationRequest, value: int = 1, at: datetime
) -> QualificationRequest:
    """Grant what was asked for, with this value; the worker gets a mail.

    Raises NotFound for another's, WrongState where it doesn't wait, InvalidInput.
    """
    by.require(Role.REVIEWER)
    if value not in INTEGERS:
        raise InvalidInput("A qualification's value is a whole number of 32 bits.", field="value")
    with transaction.atomic():
        locked = _locked(by, request)
        locked.move_to(RequestStatus.GRANTED, at=at)
        locked.value = value
        locked.save()
        granted, _before = write_grant(kind=locked.type, worker=locked.worker, value=value, at=at)
        # GrantTime is the time of the latest accepted request, by the API reference.
        granted.granted_at = at
        granted.save(update_fields=["granted_at"])
        _record("accept_request", by, locked, at)
        tell_granted(granted, worker=locked.worker, at=at)
    return locked


def reject_request(
    *, by: Acting, request: QualificationRequest, reason: str = "", at: datetime
) -> QualificationRequest:
    """Refuse what was asked for; the worker gets a mail with the reason. Raises as accepting."""
    by.require(Role.REVIEWER)
    reason = checked_reason(reason)
    with transaction.atomic():
        locked = _locked(by, request)
        locked.move_to(RequestStatus.REJECTED, at=at)
        locked.reason = reason
        locked.save()
        _record("reject_request", by, locked, at)
        tell_worker(
            worker=locked.worker,
            is_sandbox=bool(locked.type.is_sandbox),
            kind="qualification",
            subject=f"Your request for “{locked.type.name}” was declined",
            text=f"{by.requester.name} declined your request for the qualification "
            f"“{locked.type.name}”." + (f"\n\n{reason}" if reason else ""),
            key=f"qualification-request:{locked.public_id}",
            at=at,
        )
    return locked


def _locked(by: Acting, request: QualificationRequest) -> QualificationRequest:
    lock_worker(request.worker)
    locked = own_request(by.requester, request.public_id, is_sandbox=bool(request.type.is_sandbox))
    if locked.status != RequestStatus.SUBMITTED:
        raise WrongState(
            f"This QualificationRequest is currently in the state '{locked.status}'.",
            thing="qualification_request",
            turk_words="This operation can be called with a status of: Submitted.",
        )
    return locked


def _record(action: str, by: Acting, request: QualificationRequest, at: datetime) -> None:
    trail.record(
        action=action,
        actor=by.trail,
        subject=("worker", request.worker.public_id),
        at=at,
        reason=request.reason,
        type=request.type.public_id,
        request=request.public_id,
        value=request.value,
    )
