"""What one worker has in hand, has done, and has earned. Everything starts from the worker's own
rows (the index of a worker's assignments), on one side: live or sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from marketplace.errors import NotFound
from tasks.models import HIT, Assignment, Bonus
from tasks.states import AssignmentStatus
from workers.models import Worker

DASHBOARD_DAYS = 45
"""As many as Mechanical Turk's dashboard showed."""

_PENDING = Q(status=AssignmentStatus.SUBMITTED)
_APPROVED = Q(status=AssignmentStatus.APPROVED)
_REJECTED = Q(status=AssignmentStatus.REJECTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Counts of submitted work by how it stands, and what was earned with it, in cents."""

    submitted: int = 0
    pending: int = 0
    approved: int = 0
    rejected: int = 0
    pending_cents: int = 0
    reward_cents: int = 0
    bonus_cents: int = 0

    @property
    def earned_cents(self) -> int:
        """Rewards of approved work, and bonuses."""
        return self.reward_cents + self.bonus_cents


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """The work that was submitted on one day, by UTC."""

    on: date
    totals: Totals


def assignment_of(worker: Worker, public_id: str) -> Assignment:
    """The worker's assignment with its HIT, group and requester. Raises NotFound."""
    found = (
        Assignment.objects.filter(worker=worker, public_id=public_id)
        .select_related("hit__hit_type__requester", "hit__question")
        .defer("hit__hit_type__search")
        .first()
    )
    if found is None:
        raise NotFound("There is no such assignment of yours.")
    return found


def assignment_on(worker: Worker, hit: HIT) -> Assignment | None:
    """The worker's assignment of this HIT, if there is one, whatever became of it."""
    return Assignment.objects.filter(worker=worker, hit=hit).first()


def queue_of(worker: Worker, *, is_sandbox: bool, at: datetime) -> QuerySet[Assignment]:
    """What the worker has accepted and can still submit, what is due first at the top."""
    return (
        Assignment.objects.filter(
            worker=worker,
            status=AssignmentStatus.ACCEPTED,
            deadline_at__gt=at,
            hit__hit_type__is_sandbox=is_sandbox,
        )
        .select_related("hit__hit_type__requester")
        .defer("hit__hit_type__search", "hit__inputs")
        .order_by("deadline_at", "pk")
    )


def totals_of(worker: Worker, *, is_sandbox: bool) -> Totals:
    """All that the worker has ever submitted on one side."""
    counts = _submitted_by(worker, is_sandbox).aggregate(**_COUNTS)
    bonus = _bonuses_of(worker, is_sandbox).aggregate(cents=Coalesce(Sum("amount_cents"), 0))
    return Totals(bonus_cents=bonus["cents"], **counts)


def pending_cents_of(worker: Worker, *, is_sandbox: bool) -> int:
    """The rewards of what is submitted and not reviewed: not earned yet."""
    pending = _submitted_by(worker, is_sandbox).filter(_PENDING)
    return pending.aggregate(cents=Coalesce(Sum("hit__reward_cents"), 0))["cents"]


def days_of(worker: Worker, *, is_sandbox: bool, at: datetime) -> list[Day]:
    """The days of the last 45 on which the worker submitted, newest first.

    A bonus is counted on the day of the work that it was given for.
    """
    since = start_of(at.astimezone(UTC).date() - timedelta(days=DASHBOARD_DAYS - 1))
    counted = (
        _submitted_by(worker, is_sandbox)
        .filter(submitted_at__gte=since)
        .values(on=TruncDate("submitted_at", tzinfo=UTC))
        .annotate(**_COUNTS)
        .order_by("-on")
    )
    bonuses = dict(
        _bonuses_of(worker, is_sandbox)
        .filter(assignment__submitted_at__gte=since)
        .values_list(TruncDate("assignment__submitted_at", tzinfo=UTC))
        .annotate(cents=Sum("amount_cents"))
        .order_by()
    )
    return [
        Day(on=row["on"], totals=Totals(bonus_cents=bonuses.get(row["on"], 0), **_only_counts(row)))
        for row in counted
    ]


def work_of_day(worker: Worker, on: date, *, is_sandbox: bool) -> QuerySet[Assignment]:
    """What the worker submitted on a day (UTC), newest first, with its bonuses and their sum."""
    since = start_of(on)
    return (
        _submitted_by(worker, is_sandbox)
        .filter(submitted_at__gte=since, submitted_at__lt=since + timedelta(days=1))
        .select_related("hit__hit_type__requester")
        .defer("hit__hit_type__search", "hit__inputs", "answer")
        .annotate(bonus_cents=Coalesce(Sum("bonuses__amount_cents"), 0))
        .prefetch_related("bonuses")
        .order_by("-pk")
    )


def titles_of(public_ids: list[str], worker: Worker) -> dict[str, str]:
    """The titles of the worker's assignments by id: what a line of the statement was for."""
    return dict(
        Assignment.objects.filter(public_id__in=public_ids, worker=worker).values_list(
            "public_id", "hit__hit_type__title"
        )
    )


def start_of(day: date) -> datetime:
    """Midnight UTC: where the day begins."""
    return datetime.combine(day, time.min, tzinfo=UTC)


_COUNTS = {
    "submitted": Count("pk"),
    "pending": Count("pk", filter=_PENDING),
    "approved": Count("pk", filter=_APPROVED),
    "rejected": Count("pk", filter=_REJECTED),
    "pending_cents": Coalesce(Sum(F("hit__reward_cents"), filter=_PENDING), 0),
    "reward_cents": Coalesce(Sum(F("hit__reward_cents"), filter=_APPROVED), 0),
}


def _only_counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in _COUNTS}


def _submitted_by(worker: Worker, is_sandbox: bool) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        worker=worker, submitted_at__isnull=False, hit__hit_type__is_sandbox=is_sandbox
    )


def _bonuses_of(worker: Worker, is_sandbox: bool) -> QuerySet[Bonus]:
    return Bonus.objects.filter(
        assignment__worker=worker, assignment__hit__hit_type__is_sandbox=is_sandbox
    )
