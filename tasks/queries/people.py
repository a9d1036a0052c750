"""The workers that a requester knows, on one side: what they did for it, hold of it, and blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from marketplace.accounts.models import Requester
from marketplace.errors import NotFound
from tasks.models import Assignment, Bonus
from tasks.queries.results import Rates, rates_of
from workers.models import Qualification, QualificationType, Worker, WorkerBlock
from workers.states import QualificationStatus

NEVER, BLOCKED, UNBLOCKED = "Never Blocked", "Blocked", "Unblocked"
"""As Mechanical Turk's file of workers says it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A worker as one requester sees them; `values` go with the types that were asked for."""

    worker: Worker
    rates: Rates
    block: str
    values: list[int | None]


def submitted_to(requester: Requester, *, is_sandbox: bool) -> QuerySet[Assignment]:
    """Everything that was submitted to the requester on one side."""
    return Assignment.objects.filter(
        hit__hit_type__requester=requester,
        hit__hit_type__is_sandbox=is_sandbox,
        submitted_at__isnull=False,
    )


def workers_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[Worker]:
    """All who submitted to the requester."""
    return Worker.objects.filter(
        contributions__requester=requester, contributions__is_sandbox=is_sandbox
    )


def people(
    workers: Sequence[Worker],
    *,
    requester: Requester,
    is_sandbox: bool,
    types: Sequence[QualificationType],
    at: datetime,
) -> list[Person]:
    """These workers as the requester sees them, in the order given. Three queries."""
    ids = [worker.pk for worker in workers]
    rates = rates_of(ids, requester_id=requester.pk, is_sandbox=is_sandbox, at=at)
    blocks = WorkerBlock.objects.filter(
        requester=requester, is_sandbox=is_sandbox, worker__in=ids
    ).values_list("worker_id", "unblocked_at")
    block_of = {pk: BLOCKED if until is None else UNBLOCKED for pk, until in blocks}
    held = Qualification.objects.filter(
        worker__in=ids, type__in=types, status=QualificationStatus.GRANTED
    ).values_list("worker_id", "type_id", "value")
    values = {(worker, kind): value for worker, kind, value in held}
    return [
        Person(
            worker=worker,
            rates=rates[worker.pk],
            block=block_of.get(worker.pk, NEVER),
            values=[values.get((worker.pk, kind.pk)) for kind in types],
        )
        for worker in workers
    ]


def known_worker(requester: Requester, public_id: str, *, is_sandbox: bool) -> Worker:
    """A worker who submitted to the requester, holds or held a qualification of its, or was
    blocked by it. Raises NotFound for all others: what they did is nobody's business."""
    worker = Worker.objects.select_related("user").filter(public_id=public_id).first()
    if worker is not None and (
        workers_of(requester, is_sandbox=is_sandbox).filter(pk=worker.pk).exists()
        or Qualification.objects.filter(
            worker=worker, type__owner=requester, type__is_sandbox=is_sandbox
        ).exists()
        or WorkerBlock.objects.filter(
            worker=worker, requester=requester, is_sandbox=is_sandbox
        ).exists()
    ):
        return worker
    raise NotFound("There is no such worker among those who worked for you on this side.")


def bonus_cents(requester: Requester, worker: Worker, *, is_sandbox: bool) -> int:
    """What the requester gave the worker on top, in cents."""
    paid = Bonus.objects.filter(
        assignment__in=submitted_to(requester, is_sandbox=is_sandbox).filter(worker=worker)
    )
    return paid.aggregate(cents=Sum("amount_cents"))["cents"] or 0
