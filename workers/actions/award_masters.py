"""Staff make a worker a Master, or take it back."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from workers.actions.grant_qualification import lock_worker, write_grant, write_revocation
from workers.eligibility import MASTERS
from workers.models import Qualification, QualificationType, Worker
from workers.states import QualificationStatus


def award_masters(*, staff: User, worker: Worker, reason: str, at: datetime) -> None:
    """From now on the worker is a Master, on both sides."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        lock_worker(worker)
        if is_master(worker):
            raise WrongState("This worker is a Master already.")
        for kind in QualificationType.objects.filter(public_id__in=MASTERS.values()):
            write_grant(kind=kind, worker=worker, value=1, at=at)
        _record("award_masters", staff, worker, reason, at)


def withdraw_masters(*, staff: User, worker: Worker, reason: str, at: datetime) -> None:
    """The worker is no Master any more; the worker sees the reason."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        lock_worker(worker)
        if not is_master(worker):
            raise WrongState("This worker is no Master.")
        for held in _held(worker):
            write_revocation(held, reason=reason, at=at)
        _record("withdraw_masters", staff, worker, reason, at)


def is_master(worker: Worker) -> bool:
    """Whether the worker is a Master now."""
    return bool(_held(worker))


def _held(worker: Worker) -> list[Qualification]:
    return list(
        Qualification.objects.filter(
            worker=worker,
            type__public_id__in=MASTERS.values(),
            status=QualificationStatus.GRANTED,
        ).order_by("pk")
    )


def _record(action: str, staff: User, worker: Worker, reason: str, at: datetime) -> None:
    trail.record(
        action=action,
        actor=trail.actor_of(staff),
        subject=("worker", worker.public_id),
        at=at,
        reason=reason,
    )
