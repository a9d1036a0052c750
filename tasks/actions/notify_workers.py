"""A requester writes to workers whose work it has judged."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput
from tasks.models import Assignment
from tasks.states import AssignmentStatus
from workers.actions.tell_worker import tell_worker
from workers.models import Worker

MAX_SUBJECT, MAX_TEXT, MOST_WORKERS = 200, 4096, 100


def notify_workers(
    *,
    by: Acting,
    is_sandbox: bool,
    worker_ids: Collection[str],
    subject: str,
    text: str,
    at: datetime,
) -> dict[str, str]:
    """Send one message to each of the workers, by public id; from the sandbox nothing goes out
    (tell_worker), and all else is as it is live. Returns {worker id: why not} of
    those it could not be sent to: unknown ones, and ones whose work was never approved or
    rejected by this requester on this side. Raises InvalidInput.
    """
    by.require(Role.MANAGER)
    wanted = list(dict.fromkeys(worker_ids))
    _check(subject, text, wanted)
    found = {
        worker.public_id: worker
        for worker in _judged(by, is_sandbox).filter(public_id__in=wanted).order_by("pk")
    }
    with transaction.atomic():
        trail.record(
            action="notify_workers",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            workers=list(found),
            title=subject,
        )
        for public_id, worker in found.items():
            tell_worker(
                worker=worker,
                is_sandbox=is_sandbox,
                kind="message",
                subject=subject.strip(),
                text=f"{text.strip()}\n\n– {by.requester.name}",
                key=f"message:{by.requester.public_id}:{at.isoformat()}:{public_id}",
                at=at,
            )
    return {
        public_id: f"{public_id} can't be notified: you can only write to Workers whose work "
        "you have approved or rejected."
        for public_id in wanted
        if public_id not in found
    }


def _judged(by: Acting, is_sandbox: bool) -> QuerySet[Worker]:
    """Workers whose work the requester has approved or rejected."""
    judged = Assignment.objects.filter(
        worker=OuterRef("pk"),
        hit__hit_type__requester=by.requester,
        hit__hit_type__is_sandbox=is_sandbox,
        status__in=[AssignmentStatus.APPROVED, AssignmentStatus.REJECTED],
    )
    return Worker.objects.filter(Exists(judged)).select_related("user")


def _check(subject: str, text: str, wanted: list[str]) -> None:
    for name, value, most in (("subject", subject, MAX_SUBJECT), ("text", text, MAX_TEXT)):
        if not 1 <= len(value.strip()) <= most or "\0" in value:
            raise InvalidInput(f"The {name} has 1 to {most:,} characters.", field=name)
    if not 1 <= len(wanted) <= MOST_WORKERS:
        raise InvalidInput(f"Write to 1 to {MOST_WORKERS} Workers at once.", field="worker_ids")
