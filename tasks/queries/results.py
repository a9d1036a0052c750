"""Reading answers: the review table, one answer, and the rows of a results file."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, Q, QuerySet, TextField
from django.db.models.functions import Greatest

from tasks.models import Assignment, Batch
from tasks.states import AssignmentStatus

CHUNK = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """What a reviewer wants to see; an empty part filters nothing."""

    status: str = ""
    worker: str = ""
    answer: str = ""


class _AnswerValues(Func):
    """The values of an answer, without its field names, as text to search in."""

    template = "jsonb_path_query_array(%(expressions)s, '$.*')::text"
    output_field = TextField()


def answers_in(batch: Batch, wanted: Filter) -> QuerySet[Assignment]:
    """The submitted assignments of a batch that match, HIT by HIT: order and page by both ids."""
    found = Assignment.objects.filter(hit__batch=batch, submitted_at__isnull=False)
    if wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.status == AssignmentStatus.SUBMITTED:
        found = found.filter(hit__submitted_count__gt=0)  # don't look into HITs that are done
    if wanted.worker:
        found = found.filter(worker__public_id=wanted.worker.strip().upper())
    if wanted.answer:
        quoted = json.dumps(wanted.answer, ensure_ascii=False)[1:-1]  # as it stands in the JSON
        found = found.alias(words=_AnswerValues(F("answer"))).filter(words__icontains=quoted)
    return found.order_by("hit_id", "id")


def after(found: QuerySet[Assignment], key: tuple[int, int]) -> QuerySet[Assignment]:
    """What follows the assignment with this (HIT id, id)."""
    hit, pk = key
    return found.filter(Q(hit_id__gt=hit) | Q(hit_id=hit, pk__gt=pk), hit_id__gte=hit)


def before(found: QuerySet[Assignment], key: tuple[int, int]) -> QuerySet[Assignment]:
    """What precedes it, nearest first."""
    hit, pk = key
    found = found.filter(Q(hit_id__lt=hit) | Q(hit_id=hit, pk__lt=pk), hit_id__lte=hit)
    return found.order_by("-hit_id", "-id")


def answer_fields(batch: Batch) -> list[str]:
    """Every field that any answer of the batch has, by name. Reads all answers."""
    keys = Func(F("answer"), function="jsonb_object_keys", output_field=TextField())
    found = Assignment.objects.filter(hit__batch=batch, submitted_at__isnull=False)
    return sorted(found.annotate(field=keys).values_list("field", flat=True).distinct())


def sampled_answers(batch: Batch, *, sample: int = 200) -> list[dict[str, Any] | None]:
    """The first answers: for choosing columns on a page."""
    return list(answers_in(batch, Filter()).values_list("answer", flat=True)[:sample])


def rows_of_results(batch: Batch) -> Iterator[list[Assignment]]:
    """Every submitted assignment of the batch with its HIT, type and worker, in chunks.

    Pages by key, so that neither this process nor the database holds the whole result.
    """
    everything = answers_in(batch, Filter()).select_related("hit", "hit__hit_type", "worker")
    key = (0, 0)
    while chunk := list(after(everything, key)[:CHUNK]):
        yield chunk
        key = (chunk[-1].hit_id, chunk[-1].pk)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How much of a worker's reviewed work was approved."""

    approved: int
    reviewed: int


Rates = tuple[Rate, Rate, Rate]
"""Over a lifetime, the last 30 days and the last 7 days."""


def rates_of(
    workers: Collection[int], *, requester_id: int, is_sandbox: bool, at: datetime
) -> dict[int, Rates]:
    """{worker: rates} of their work for one requester, on one side, by the time of the
    decision."""
    decided = Greatest("approved_at", "rejected_at")
    rows = (
        Assignment.objects.filter(
            worker__in=workers,
            hit__hit_type__requester=requester_id,
            hit__hit_type__is_sandbox=is_sandbox,
            status__in=[AssignmentStatus.APPROVED, AssignmentStatus.REJECTED],
        )
        .annotate(decided=decided)
        .values("worker_id")
        .annotate(**_rate_counts(at))
    )
    found: dict[int, Mapping[str, Any]] = {row["worker_id"]: row for row in rows}
    return {worker: _rates(found.get(worker, {})) for worker in workers}


def _rate_counts(at: datetime) -> dict[str, Count]:
    counts = {}
    for name, days in (("lifetime", 36_500), ("month", 30), ("week", 7)):
        lately = Q(decided__gte=at - timedelta(days=days))
        counts[f"{name}_reviewed"] = Count("pk", filter=lately)
        counts[f"{name}_approved"] = Count("pk", filter=lately & Q(status="Approved"))
    return counts


def _rates(row: Mapping[str, Any]) -> Rates:
    lifetime, month, week = (
        Rate(approved=row.get(f"{name}_approved", 0), reviewed=row.get(f"{name}_reviewed", 0))
        for name in ("lifetime", "month", "week")
    )
    return lifetime, month, week
