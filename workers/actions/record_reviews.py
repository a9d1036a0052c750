"""Reputation is told facts: how many of a worker's assignments were approved or rejected."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """What to add to a worker's counters; an undone rejection takes one away."""

    approved: int = 0
    rejected: int = 0


def record_reviews(by_worker: Mapping[int, Reviewed]) -> None:
    """Add to the counters of many workers, {worker's primary key: what to add}.

    Part of the caller's transaction. Rows are locked in id order, after assignments and HITs
    and before accounts (see payments.locks).
    """
    if not by_worker:
        return
    ids = sorted(by_worker)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH told AS (SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[])
                                     AS t(id, approved, rejected)),
                 locked AS (SELECT w.id FROM workers_worker w JOIN told USING (id)
                             ORDER BY w.id FOR NO KEY UPDATE OF w)
            UPDATE workers_worker w
               SET approved_count = w.approved_count + told.approved,
                   rejected_count = w.rejected_count + told.rejected
              FROM told JOIN locked USING (id)
             WHERE w.id = told.id
            """,
            [
                ids,
                [by_worker[pk].approved for pk in ids],
                [by_worker[pk].rejected for pk in ids],
            ],
        )
