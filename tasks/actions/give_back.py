"""Work that ends without an answer: returned by the worker, or abandoned at its deadline.

The slot opens again for others, or, where the HIT has expired, its money goes back.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.errors import NotFound, WrongState
from payments import ledger
from payments.models import AccountKind
from tasks import escrow
from tasks.locks import lock_assignments, lock_hits
from tasks.models import HIT, Assignment
from tasks.states import AssignmentStatus
from workers.models import Worker

GRACE = timedelta(seconds=30)
"""After the deadline a submission still counts for this long: the network isn't the worker's
fault. The slot is free for others when it is over."""


def return_assignment(*, worker: Worker, assignment_id: str, at: datetime) -> Assignment:
    """The worker gives the HIT back, without penalty. Doing it twice changes nothing.

    Raises NotFound for somebody else's, WrongState where it was submitted.
    """
    with transaction.atomic():
        found = lock_assignments(Assignment.objects.filter(public_id=assignment_id, worker=worker))
        if not found:
            raise NotFound("There is no such assignment of yours.")
        assignment = found[0]
        if assignment.status in (AssignmentStatus.RETURNED, AssignmentStatus.ABANDONED):
            return assignment
        if assignment.status != AssignmentStatus.ACCEPTED:
            raise WrongState("You have submitted this already; it can't be returned.")
        _give_back(found, AssignmentStatus.RETURNED, at)
    return assignment


def abandon_overdue(
    *,
    at: datetime,
    hit_type_id: int | None = None,
    hit_id: int | None = None,
    limit: int = 200,
    skip: int = 0,
) -> int:
    """Take back assignments whose time ran out; how many. Rows that others hold are skipped.

    A deadline holds by the clock: accepting calls this for its own group or HIT, so that
    capacity past its deadline is free before any sweep.
    """
    overdue = Assignment.objects.filter(
        status=AssignmentStatus.ACCEPTED, deadline_at__lt=at - GRACE
    )
    if hit_type_id is not None:
        overdue = overdue.filter(hit__hit_type_id=hit_type_id)
    if hit_id is not None:
        overdue = overdue.filter(hit_id=hit_id)
    with transaction.atomic():
        due = overdue.order_by("deadline_at").values_list("pk", flat=True)
        chosen = list(due[skip : skip + limit])
        found = lock_assignments(overdue.filter(pk__in=chosen), skip_locked=True)
        _give_back(found, AssignmentStatus.ABANDONED, at)
    return len(found)


def _give_back(assignments: list[Assignment], status: AssignmentStatus, at: datetime) -> None:
    """Inside a transaction that holds the assignments' locks."""
    if not assignments:
        return
    for assignment in assignments:
        assignment.move_to(status, at=at)
    Assignment.objects.bulk_update(assignments, ["status", "ended_at"])
    slots = Counter(assignment.hit_id for assignment in assignments)
    hits = lock_hits(slots)
    expired: dict[HIT, int] = {}
    for hit in hits.values():
        hit.accepted_count -= slots[hit.pk]
        if hit.expires_at > at:
            hit.open_slots += slots[hit.pk]
        else:
            expired[hit] = slots[hit.pk]
    release_slots(expired, at)
    HIT.objects.bulk_update(hits.values(), ["accepted_count", "open_slots", "escrow_moves"])


def release_slots(unused: dict[HIT, int], at: datetime) -> None:
    """Return the money of slots that nobody will fill: {locked HIT: slots}."""
    owners = {(h.hit_type.requester.public_id, h.hit_type.currency) for h in unused}
    accounts = {owner: ledger.account(AccountKind.REQUESTER, *owner) for owner in owners}
    moves = [
        escrow.release(
            hit,
            slots=slots,
            requester=accounts[hit.hit_type.requester.public_id, hit.hit_type.currency],
        )
        for hit, slots in unused.items()
        if slots
    ]
    ledger.post(moves, at=at)
