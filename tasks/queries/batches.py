"""Reading batches: lists, counts, pace and money. Costs the same however many HITs there are,
but for what says otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from marketplace.accounts.models import Requester
from tasks.models import HIT, Assignment, Batch, Bonus, Tally
from tasks.states import BatchStatus

LIVE = (BatchStatus.PUBLISHED, BatchStatus.CANCELLED)
COUNTERS = (
    "hits",
    "open_slots",
    "accepted_count",
    "submitted_count",
    "approved_count",
    "rejected_count",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Where a batch's assignments stand, to the last committed change."""

    hits: int
    open_slots: int
    accepted: int
    submitted: int
    approved: int
    rejected: int

    @property
    def reviewed(self) -> int:
        """Assignments that are approved or rejected."""
        return self.approved + self.rejected

    @property
    def total(self) -> int:
        """Every assignment that was done or still can be."""
        return self.open_slots + self.accepted + self.submitted + self.reviewed

    @property
    def percent_done(self) -> int:
        """How much of it has been submitted, rounded down: 100 means all."""
        return (self.submitted + self.reviewed) * 100 // self.total if self.total else 0

    @property
    def left(self) -> int:
        """Assignments that nobody has submitted yet."""
        return self.open_slots + self.accepted


def batches_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[Batch]:
    """A requester's batches on one side, newest first."""
    mine = requester.batches.filter(is_sandbox=is_sandbox)
    return mine.select_related("project").order_by("-id")


def in_progress(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """On their way to being published, or with work still to be done. A refused file is, until
    a later one of the same project takes its place."""
    working = Q(status__in=LIVE) & (Q(open_slots__gt=0) | Q(accepted_count__gt=0))
    later = Batch.objects.filter(project=OuterRef("project"), pk__gt=OuterRef("pk"))
    replaced = Q(Exists(later), status=BatchStatus.REFUSED)
    return batches.filter(~Q(status__in=LIVE) | working).exclude(replaced)


def ready_for_review(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """With answers that wait for a decision, whether or not more are to come."""
    return batches.filter(status__in=LIVE, submitted_count__gt=0)


def reviewed(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Finished: nothing to be done and nothing to be decided."""
    return batches.filter(
        status__in=LIVE, open_slots__lte=0, accepted_count__lte=0, submitted_count__lte=0
    )


def counts_for(batches: Iterable[Batch]) -> dict[int, Counts]:
    """{batch id: counts}: what is kept on the batches, and what isn't folded into them yet.

    The kept part is read again, with the unfolded part in one statement, so that a fold between
    two reads can't count anything twice.
    """
    wanted = [batch.pk for batch in batches]
    sums = ", ".join(f"b.{name} + COALESCE(SUM(t.{name}), 0)" for name in COUNTERS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.id, {sums} FROM {Batch._meta.db_table} b"  # noqa: S608 - constants only
            f" LEFT JOIN {Tally._meta.db_table} t ON t.batch_id = b.id"
            " WHERE b.id = ANY(%s) GROUP BY b.id",
            [wanted],
        )
        return {row[0]: _counts([int(value) for value in row[1:]]) for row in cursor.fetchall()}


def counts_of(batch: Batch) -> Counts:
    """Where one batch's assignments stand."""
    return counts_for([batch])[batch.pk]


def _counts(values: list[int]) -> Counts:
    hits, open_slots, accepted, submitted, approved, rejected = values
    return Counts(
        hits=hits,
        open_slots=open_slots,
        accepted=accepted,
        submitted=submitted,
        approved=approved,
        rejected=rejected,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchMoney:
    """A batch's money in cents: given to workers, taken as fees, and still in escrow."""

    rewards_cents: int
    bonuses_cents: int
    fees_cents: int
    held_cents: int


def money_of(batch: Batch, counts: Counts) -> BatchMoney:
    """What a batch has cost, and what it holds.

    Escrow holds reward and fee for every assignment open, in work, to review, or rejected within
    the time for appeals; until a HIT is published its part is in the batch's own account.
    """
    slot = batch.reward_cents + batch.fee_cents
    waiting = Assignment.objects.filter(hit__batch=batch, held_until__isnull=False).count()
    unpublished = 0
    if batch.status == BatchStatus.PUBLISHING:
        unpublished = (batch.row_count - batch.published_rows) * batch.max_assignments
    bonuses = Bonus.objects.filter(assignment__hit__batch=batch).aggregate(
        cents=Sum("amount_cents"), fees=Sum("fee_cents")
    )
    return BatchMoney(
        rewards_cents=counts.approved * batch.reward_cents,
        bonuses_cents=bonuses["cents"] or 0,
        fees_cents=counts.approved * batch.fee_cents + (bonuses["fees"] or 0),
        held_cents=slot * (counts.left + counts.submitted + waiting + unpublished),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """Answers that were submitted within one hour, which begins at `at`."""

    at: datetime
    answers: int


def answers_per_hour(batch: Batch, *, at: datetime, hours: int = 24) -> list[Hour]:
    """The batch's submissions by hour, without gaps, over its last `hours` hours of work.

    Ends with the present hour, or with the hour of the last submission where that is long ago.
    """
    mine = Assignment.objects.filter(hit__batch=batch, submitted_at__isnull=False)
    last = mine.order_by("-submitted_at").values_list("submitted_at", flat=True).first()
    if last is None:
        return []
    end = (at if at - last < timedelta(hours=2) else last).replace(
        minute=0, second=0, microsecond=0
    )
    start = end - timedelta(hours=hours - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT date_trunc('hour', a.submitted_at, 'UTC'), count(*)"  # noqa: S608
            f" FROM {Assignment._meta.db_table} a JOIN {HIT._meta.db_table} h ON h.id = a.hit_id"
            " WHERE h.batch_id = %s AND a.submitted_at >= %s GROUP BY 1",
            [batch.pk, start],
        )
        found = dict(cursor.fetchall())
    if not found:
        return []
    start = max(start, min(found) - timedelta(hours=1))
    steps = int((end - start) / timedelta(hours=1)) + 1
    times = [start + timedelta(hours=step) for step in range(steps)]
    return [Hour(at=time, answers=found.get(time, 0)) for time in times]


def seconds_left(counts: Counts, hours: list[Hour], *, at: datetime) -> int | None:
    """How long the rest takes at the pace of the last hour or two; None where nobody works."""
    recent = hours[-2:]
    answers = sum(hour.answers for hour in recent)
    if not answers or not counts.left or recent[-1].at + timedelta(hours=2) < at:
        return None
    spent = (at - recent[0].at).total_seconds()
    return round(counts.left * spent / answers)


def cents_per_hour(batch: Batch) -> int | None:
    """What the median worker earns in an hour; None until it has been measured."""
    if not batch.median_seconds:
        return None
    return round(batch.reward_cents * 3600 / batch.median_seconds)


def busiest_workers(batch: Batch, *, limit: int = 10) -> list[Mapping[str, Any]]:
    """Who did most in a batch: worker, answers, approved, rejected.

    Reads the whole batch's assignments: for the batch's own page.
    """
    mine = Assignment.objects.filter(hit__batch=batch, submitted_at__isnull=False)
    rows = mine.values(worker_id_shown=F("worker__public_id")).annotate(
        answers=Count("pk"),
        approved=Count("pk", filter=Q(status="Approved")),
        rejected=Count("pk", filter=Q(status="Rejected")),
    )
    return list(rows.order_by("-answers", "worker_id_shown")[:limit])
