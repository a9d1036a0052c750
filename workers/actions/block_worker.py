"""A requester blocks a worker from its HITs, or lets the worker back."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, LimitReached
from workers.actions.grant_qualification import checked_reason
from workers.models import Worker, WorkerBlock
from workers.queries import blocks_of

MOST_BLOCKS = 100_000
"""Of one requester at a time (CreateWorkerBlock)."""


def block_worker(
    *, by: Acting, worker: Worker, is_sandbox: bool, reason: str, at: datetime
) -> WorkerBlock:
    """The worker can accept no more of the requester's HITs on this side; what is in work can
    be finished. Blocking a blocked worker replaces the reason, which the worker never sees.

    Raises InvalidInput without a reason, LimitReached at MOST_BLOCKS.
    """
    by.require(Role.MANAGER)
    reason = checked_reason(reason)
    if not reason:
        raise InvalidInput("Say why: the reason is kept for you.", field="reason")
    with transaction.atomic():
        if blocks_of(by.requester, is_sandbox=is_sandbox)[MOST_BLOCKS - 1 : MOST_BLOCKS]:
            raise LimitReached(f"You can block up to {MOST_BLOCKS:,} Workers. Unblock some first.")
        block, _made = WorkerBlock.objects.update_or_create(
            requester=by.requester,
            worker=worker,
            is_sandbox=is_sandbox,
            defaults={
                "reason": reason,
                "blocked_at": at,
                "unblocked_at": None,
                "unblock_reason": "",
            },
        )
        _record("block_worker", by, worker, reason, at)
    return block


def unblock_worker(
    *, by: Acting, worker: Worker, is_sandbox: bool, reason: str = "", at: datetime
) -> None:
    """Let the worker back. Of a worker who isn't blocked there is nothing to change."""
    by.require(Role.MANAGER)
    reason = checked_reason(reason)
    with transaction.atomic():
        held = blocks_of(by.requester, is_sandbox=is_sandbox).filter(worker=worker)
        if held.update(unblocked_at=at, unblock_reason=reason):
            _record("unblock_worker", by, worker, reason, at)


def _record(action: str, by: Acting, worker: Worker, reason: str, at: datetime) -> None:
    trail.record(
        action=action,
        actor=by.trail,
        subject=("worker", worker.public_id),
        at=at,
        reason=reason,
        requester=by.requester.public_id,
    )
