"""How long work takes: medians over the latest submissions, kept on groups and batches.

Time runs from accepting to submitting by the server's clock. Kept, not counted on each page:
the list of work sorts by it.
"""

from datetime import datetime, timedelta

from django.db import connection

SAMPLE = 1000
ACTIVE_WITHIN = timedelta(hours=1)

_MEASURE_GROUPS = """
WITH active AS (
    SELECT DISTINCT h.hit_type_id AS id
      FROM (SELECT hit_id FROM tasks_assignment
             WHERE submitted_at >= %(since)s ORDER BY id DESC LIMIT 50000) recent
      JOIN tasks_hit h ON h.id = recent.hit_id),
measured AS (
    SELECT active.id, sample.seconds, sample.n
      FROM active CROSS JOIN LATERAL (
           SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds, count(*) AS n
             FROM (SELECT extract(epoch FROM a.submitted_at - a.accepted_at) AS seconds
                     FROM tasks_assignment a JOIN tasks_hit h ON h.id = a.hit_id
                    WHERE h.hit_type_id = active.id AND a.submitted_at IS NOT NULL
                    ORDER BY a.id DESC LIMIT %(sample)s) latest) sample),
locked AS (  -- in the order in which fold_tallies locks them
    SELECT t.id FROM tasks_hittype t JOIN active USING (id)
     ORDER BY t.id FOR NO KEY UPDATE OF t)
UPDATE tasks_hittype t
   SET median_seconds = GREATEST(1, round(m.seconds)), measured_count = m.n,
       cents_per_hour = LEAST(2147483647,
                              round(t.reward_cents * 3600.0 / GREATEST(1, round(m.seconds))))
  FROM measured m JOIN locked USING (id) WHERE m.id = t.id AND m.n > 0
"""

_MEASURE_BATCHES = """
WITH measured AS (
    SELECT b.id, sample.seconds
      FROM tasks_batch b CROSS JOIN LATERAL (
           SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
             FROM (SELECT extract(epoch FROM a.submitted_at - a.accepted_at) AS seconds
                     FROM tasks_assignment a JOIN tasks_hit h ON h.id = a.hit_id
                    WHERE h.batch_id = b.id AND a.submitted_at IS NOT NULL
                    ORDER BY a.id DESC LIMIT %(sample)s) latest) sample
     WHERE b.submitted_count + b.approved_count + b.rejected_count > 0
       AND b.hit_type_id IN (SELECT DISTINCT h.hit_type_id
                               FROM tasks_assignment a JOIN tasks_hit h ON h.id = a.hit_id
                              WHERE a.id IN (SELECT id FROM tasks_assignment
                                              WHERE submitted_at >= %(since)s
                                              ORDER BY id DESC LIMIT 50000)))
UPDATE tasks_batch b SET median_seconds = GREATEST(1, round(m.seconds))
  FROM measured m WHERE m.id = b.id AND m.seconds IS NOT NULL
"""


def measure_active(*, at: datetime) -> int:
    """Measure the groups and batches that had a submission lately; how many groups."""
    parameters: dict[str, datetime | int] = {"since": at - ACTIVE_WITHIN, "sample": SAMPLE}
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE_GROUPS, parameters)
        measured = cursor.rowcount
        cursor.execute(_MEASURE_BATCHES, parameters)
    return measured
