"""What time does by itself: each function takes a bounded number of due rows, and running it
twice, or on two machines, changes nothing."""

from datetime import datetime, timedelta
from typing import Protocol

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from payments import ledger
from payments.models import AccountKind
from tasks import escrow
from tasks.actions.decide import approve_assignments
from tasks.actions.give_back import release_slots
from tasks.locks import lock_assignments, lock_hits
from tasks.models import HIT, Assignment, Event, PolicyAction
from tasks.states import AssignmentStatus


class Step(Protocol):
    """One bounded round of clock work; how many rows it took.

    It takes the `limit` rows that have been due longest, after the first `skip` of them.
    """

    def __call__(self, *, at: datetime, limit: int = ..., skip: int = ...) -> int: ...


JUDGED_WITHIN = timedelta(minutes=10)
"""How long the clock waits for a HIT's review policy: a worker's pay never hangs on it."""

DISPOSE_AFTER = timedelta(days=120)
"""A finished HIT is kept this long after it ended, as on Mechanical Turk."""


def expire_hits(*, at: datetime, limit: int = 500, skip: int = 0) -> int:
    """Close the free slots of HITs whose time is up, and return their money; how many HITs."""
    with transaction.atomic():
        due = HIT.objects.filter(open_slots__gt=0, expires_at__lte=at).order_by("expires_at")
        taken = (
            HIT.objects.filter(pk__in=list(due.values_list("pk", flat=True)[skip : skip + limit]))
            .filter(open_slots__gt=0, expires_at__lte=at)
            .select_for_update(no_key=True, skip_locked=True)
            .order_by("pk")
        )
        hits = lock_hits(taken.values_list("pk", flat=True))
        unused = {hit: hit.open_slots for hit in hits.values()}
        for hit in hits.values():
            hit.open_slots = 0
        release_slots(unused, at)
        HIT.objects.bulk_update(hits.values(), ["open_slots", "escrow_moves"])
    return len(hits)


def auto_approve(*, at: datetime, limit: int = 50, skip: int = 0) -> int:
    """Approve what nobody reviewed in time; how many. A review policy at work goes first."""
    judging = Q(auto_approve_at__gt=at - JUDGED_WITHIN) & (
        Q(Exists(Event.objects.filter(audience="policy", hit_id=OuterRef("hit_id"))))
        | Q(Exists(PolicyAction.objects.filter(status="Intended", policy__hit=OuterRef("hit_id"))))
    )
    due = (
        Assignment.objects.filter(status=AssignmentStatus.SUBMITTED, auto_approve_at__lte=at)
        .exclude(judging)
        .order_by("auto_approve_at")
    )
    ids = list(due.values_list("public_id", flat=True)[skip : skip + limit])
    if ids:
        approve_assignments(by=None, assignment_ids=ids, at=at)
    return len(ids)


def release_rejected(*, at: datetime, limit: int = 200, skip: int = 0) -> int:
    """Return the money of rejected work once the time for appeals is over; how many."""
    with transaction.atomic():
        due = Assignment.objects.filter(held_until__lte=at).order_by("held_until")
        chosen = list(due.values_list("pk", flat=True)[skip : skip + limit])
        found = lock_assignments(
            Assignment.objects.filter(pk__in=chosen, held_until__lte=at), skip_locked=True
        )
        hits = lock_hits(assignment.hit_id for assignment in found)
        moves = []
        for assignment in found:
            assignment.hit = hits[assignment.hit_id]
            assignment.held_until = None
            group = assignment.hit.hit_type
            moves.append(
                escrow.release_rejected(
                    assignment,
                    requester=ledger.account(
                        AccountKind.REQUESTER, group.requester.public_id, group.currency
                    ),
                )
            )
        Assignment.objects.bulk_update(found, ["held_until"])
        ledger.post(moves, at=at)
    return len(found)


def dispose_hits(*, at: datetime, limit: int = 1000, skip: int = 0) -> int:
    """Dispose of HITs that have been finished for 120 days; how many."""
    finished = HIT.objects.filter(
        disposed_at=None, open_slots=0, accepted_count=0, submitted_count=0
    ).filter(expires_at__lt=at - DISPOSE_AFTER)
    recent = Q(assignments__submitted_at__gte=at - DISPOSE_AFTER)
    chosen = list(
        finished.exclude(recent).order_by("pk").values_list("pk", flat=True)[skip : skip + limit]
    )
    return finished.filter(pk__in=chosen).update(disposed_at=at)


_FOLD = """
WITH taken AS (
    DELETE FROM tasks_tally WHERE id IN (
        SELECT id FROM tasks_tally ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING *),
groups AS (
    SELECT hit_type_id, SUM(hits_available) AS hits_available FROM taken GROUP BY hit_type_id),
batches AS (
    SELECT batch_id, SUM(hits) AS hits, SUM(open_slots) AS open_slots,
           SUM(accepted_count) AS accepted_count, SUM(submitted_count) AS submitted_count,
           SUM(approved_count) AS approved_count, SUM(rejected_count) AS rejected_count
      FROM taken WHERE batch_id IS NOT NULL GROUP BY batch_id),
batch_rows AS (
    SELECT b.id FROM tasks_batch b JOIN batches s ON s.batch_id = b.id
     ORDER BY b.id FOR NO KEY UPDATE OF b),
group_rows AS (  -- after the batches: publishing locks its batch first, then its group
    SELECT t.id FROM tasks_hittype t JOIN groups g ON g.hit_type_id = t.id
     WHERE (SELECT count(*) FROM batch_rows) >= 0
     ORDER BY t.id FOR NO KEY UPDATE OF t),
folded AS (
    UPDATE tasks_hittype t SET hits_available = t.hits_available + g.hits_available
      FROM groups g JOIN group_rows r ON r.id = g.hit_type_id WHERE t.id = g.hit_type_id),
summed AS (
    UPDATE tasks_batch b
       SET hits = b.hits + s.hits, open_slots = b.open_slots + s.open_slots,
           accepted_count = b.accepted_count + s.accepted_count,
           submitted_count = b.submitted_count + s.submitted_count,
           approved_count = b.approved_count + s.approved_count,
           rejected_count = b.rejected_count + s.rejected_count
      FROM batches s JOIN batch_rows r ON r.id = s.batch_id WHERE b.id = s.batch_id)
SELECT count(*) FROM taken
"""


def fold_tallies(*, limit: int = 20_000) -> int:
    """Add the appended changes to the counters of groups and batches; how many were added."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [limit])
        return int(cursor.fetchone()[0])
