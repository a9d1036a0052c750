"""Does the money that work is paid with agree with the work? Set against set, by the database.

payments.audit recomputes the ledger from its transfers; this goes from work to ledger and back.
Every check is one statement, so that it sees one moment however much is going on, and returns
differences only: nothing is read into memory but what is wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Check:
    """Rows of `sql` are differences; `sentence` tells one, by the columns' names."""

    sql: str
    sentence: str


_PAID = Check(
    """
    WITH due AS (
        SELECT a.public_id, part.reason, part.cents, h.escrow_id,
               CASE part.reason WHEN 'reward' THEN 'worker' ELSE 'fees' END AS kind,
               CASE part.reason WHEN 'reward' THEN w.public_id ELSE '' END AS holder
          FROM tasks_assignment a
          JOIN tasks_hit h ON h.id = a.hit_id
          JOIN workers_worker w ON w.id = a.worker_id
         CROSS JOIN LATERAL (VALUES ('reward', h.reward_cents), ('fee', h.fee_cents))
                         AS part(reason, cents)
         WHERE a.status = 'Approved' AND part.cents > 0),
    paid AS (
        SELECT t.reference, t.reason, count(*) AS n, SUM(t.amount_cents) AS cents,
               MIN(t.debit_id) AS debit_id, MIN(c.kind) AS kind, MIN(c.holder) AS holder
          FROM payments_transfer t JOIN payments_account c ON c.id = t.credit_id
         WHERE t.reason IN ('reward', 'fee') GROUP BY t.reference, t.reason)
    SELECT COALESCE(due.public_id, paid.reference) AS assignment,
           COALESCE(due.reason, paid.reason) AS part, COALESCE(due.cents, 0) AS due,
           COALESCE(paid.cents, 0) AS paid, COALESCE(paid.n, 0) AS n
      FROM due FULL JOIN paid ON paid.reference = due.public_id AND paid.reason = due.reason
     WHERE paid.n IS DISTINCT FROM 1 OR paid.cents IS DISTINCT FROM due.cents
        OR paid.debit_id <> due.escrow_id OR paid.kind <> due.kind OR paid.holder <> due.holder
    """,
    "assignment {assignment}: {due} cents of {part} are due once, from its HIT's escrow and to "
    "its own worker or the fees; {n} transfers moved {paid}",
)

_ESCROW = Check(
    """
    SELECT h.public_id AS hit, a.balance_cents AS held, a.kind, a.holder,
           (h.open_slots + h.accepted_count + h.submitted_count + COALESCE(waiting.n, 0))
           * (h.reward_cents + h.fee_cents)::bigint AS needed
      FROM tasks_hit h
      JOIN payments_account a ON a.id = h.escrow_id
      LEFT JOIN (SELECT hit_id, count(*) AS n FROM tasks_assignment
                  WHERE held_until IS NOT NULL GROUP BY hit_id) waiting ON waiting.hit_id = h.id
     WHERE a.kind <> 'escrow' OR a.holder <> h.public_id
        OR a.balance_cents <>
           (h.open_slots + h.accepted_count + h.submitted_count + COALESCE(waiting.n, 0))
           * (h.reward_cents + h.fee_cents)::bigint
    """,
    "HIT {hit}: its escrow ({kind} {holder}) holds {held} cents, its slots need {needed}",
)

_ORPHANS = Check(
    """
    SELECT a.holder, a.balance_cents AS held FROM payments_account a
     WHERE a.kind = 'escrow' AND a.balance_cents <> 0
       AND NOT EXISTS (SELECT 1 FROM tasks_hit h WHERE h.escrow_id = a.id)
    """,
    "escrow of {holder} holds {held} cents for no HIT",
)

_SIDES = Check(
    """
    SELECT h.public_id AS hit, a.currency FROM tasks_hit h
      JOIN tasks_hittype t ON t.id = h.hit_type_id
      JOIN payments_account a ON a.id = h.escrow_id
     WHERE t.is_sandbox <> (a.currency = 'XTS')
    """,
    "HIT {hit} is on one side of sandbox and live, its escrow of {currency} on the other",
)

_COUNTERS = Check(
    """
    SELECT h.public_id AS hit, h.accepted_count AS a, h.submitted_count AS s,
           h.approved_count AS p, h.rejected_count AS r, COALESCE(c.a, 0) AS real_a,
           COALESCE(c.s, 0) AS real_s, COALESCE(c.p, 0) AS real_p, COALESCE(c.r, 0) AS real_r
      FROM tasks_hit h
      LEFT JOIN (SELECT hit_id, count(*) FILTER (WHERE status = 'Accepted') AS a,
                        count(*) FILTER (WHERE status = 'Submitted') AS s,
                        count(*) FILTER (WHERE status = 'Approved') AS p,
                        count(*) FILTER (WHERE status = 'Rejected') AS r
                   FROM tasks_assignment GROUP BY hit_id) c ON c.hit_id = h.id
     WHERE (h.accepted_count, h.submitted_count, h.approved_count, h.rejected_count) <>
           (COALESCE(c.a, 0), COALESCE(c.s, 0), COALESCE(c.p, 0), COALESCE(c.r, 0))
    """,
    "HIT {hit} counts {a} in work, {s} submitted, {p} approved, {r} rejected; "
    "its assignments are {real_a}, {real_s}, {real_p}, {real_r}",
)

_BATCHES = Check(
    """
    WITH needed AS (
        SELECT 'batch:' || id AS holder,
               CASE status WHEN 'publishing'
                    THEN (row_count - published_rows)::bigint * max_assignments
                         * (reward_cents + fee_cents)
                    ELSE 0 END AS cents
          FROM tasks_batch)
    SELECT COALESCE(n.holder, a.holder) AS holder, COALESCE(a.balance_cents, 0) AS held,
           COALESCE(n.cents, 0) AS needed
      FROM needed n
      FULL JOIN (SELECT holder, balance_cents FROM payments_account
                  WHERE kind = 'batch' AND holder LIKE 'batch:%') a ON a.holder = n.holder
     WHERE COALESCE(a.balance_cents, 0) <> COALESCE(n.cents, 0)
    """,
    "{holder} holds {held} cents for HITs to publish, it should hold {needed}",
)

_EXTENSIONS = Check(
    """
    WITH rest AS (
        SELECT e.id, e.extra_assignments * COALESCE(SUM(h.reward_cents + h.fee_cents), 0) AS cents
          FROM tasks_batchextension e JOIN tasks_batch b ON b.id = e.batch_id
          LEFT JOIN tasks_hit h ON h.batch_id = b.id AND h.id > e.cursor AND h.disposed_at IS NULL
         WHERE e.finished_at IS NULL AND b.status = 'published' GROUP BY e.id)
    SELECT COALESCE(a.holder, 'extension:' || e.id) AS holder,
           COALESCE(a.balance_cents, 0) AS held, COALESCE(rest.cents, 0) AS needed
      FROM tasks_batchextension e
      FULL JOIN (SELECT holder, balance_cents FROM payments_account
                  WHERE kind = 'batch' AND holder LIKE 'extension:%') a
             ON a.holder = 'extension:' || e.id
      LEFT JOIN rest ON rest.id = e.id
     WHERE (e.id IS NULL OR e.finished_at IS NOT NULL) AND a.balance_cents <> 0
        OR COALESCE(a.balance_cents, 0) < COALESCE(rest.cents, 0)
    """,
    "{holder} holds {held} cents; it needs {needed} while under way, and nothing once finished",
)

_BONUSES = Check(
    """
    WITH due AS (
        SELECT part.key, a.public_id, part.cents,
               CASE part.reason WHEN 'bonus' THEN w.public_id ELSE '' END AS holder
          FROM tasks_bonus b
          JOIN tasks_assignment a ON a.id = b.assignment_id
          JOIN workers_worker w ON w.id = a.worker_id
         CROSS JOIN LATERAL (VALUES ('bonus:' || b.id, 'bonus', b.amount_cents),
                                    ('bonus-fee:' || b.id, 'bonus_fee', b.fee_cents))
                         AS part(key, reason, cents)
         WHERE part.cents > 0),
    paid AS (
        SELECT t.key, t.reference, t.amount_cents, c.holder
          FROM payments_transfer t JOIN payments_account c ON c.id = t.credit_id
         WHERE t.reason IN ('bonus', 'bonus_fee'))
    SELECT COALESCE(due.key, paid.key) AS bonus,
           COALESCE(due.public_id, paid.reference) AS assignment,
           COALESCE(due.cents, 0) AS due, COALESCE(paid.amount_cents, 0) AS paid
      FROM due FULL JOIN paid ON paid.key = due.key
     WHERE paid.amount_cents IS DISTINCT FROM due.cents OR paid.reference <> due.public_id
        OR paid.holder <> due.holder
    """,
    "{bonus} on assignment {assignment}: {due} cents were given; {paid} moved, or not to its payee",
)

_BATCH_COUNTS = Check(
    """
    WITH real AS (
        SELECT batch_id AS id, count(*) AS hits, SUM(open_slots) AS o, SUM(accepted_count) AS a,
               SUM(submitted_count) AS s, SUM(approved_count) AS p, SUM(rejected_count) AS r
          FROM tasks_hit WHERE batch_id IS NOT NULL GROUP BY batch_id),
    waiting AS (
        SELECT batch_id AS id, SUM(hits) AS hits, SUM(open_slots) AS o, SUM(accepted_count) AS a,
               SUM(submitted_count) AS s, SUM(approved_count) AS p, SUM(rejected_count) AS r
          FROM tasks_tally WHERE batch_id IS NOT NULL GROUP BY batch_id),
    kept AS (
        SELECT b.id, ARRAY[b.hits + COALESCE(w.hits, 0), b.open_slots + COALESCE(w.o, 0),
                           b.accepted_count + COALESCE(w.a, 0),
                           b.submitted_count + COALESCE(w.s, 0),
                           b.approved_count + COALESCE(w.p, 0),
                           b.rejected_count + COALESCE(w.r, 0)]::bigint[] AS counts
          FROM tasks_batch b LEFT JOIN waiting w ON w.id = b.id),
    counted AS (
        SELECT b.id, ARRAY[COALESCE(r.hits, 0), COALESCE(r.o, 0), COALESCE(r.a, 0),
                           COALESCE(r.s, 0), COALESCE(r.p, 0), COALESCE(r.r, 0)]::bigint[] AS counts
          FROM tasks_batch b LEFT JOIN real r ON r.id = b.id)
    SELECT kept.id AS batch, kept.counts AS kept, counted.counts AS counted
      FROM kept JOIN counted USING (id) WHERE kept.counts <> counted.counts
    """,
    "batch {batch} and its tallies say {kept} (HITs, open, in work, submitted, approved, "
    "rejected), its HITs add up to {counted}",
)

_GROUP_COUNTS = Check(
    """
    SELECT t.public_id AS group_id, t.hits_available + COALESCE(w.n, 0) AS kept,
           COALESCE(r.n, 0) AS counted
      FROM tasks_hittype t
      LEFT JOIN (SELECT hit_type_id, SUM(hits_available) AS n FROM tasks_tally
                  GROUP BY hit_type_id) w ON w.hit_type_id = t.id
      LEFT JOIN (SELECT hit_type_id, count(*) AS n FROM tasks_hit WHERE open_slots > 0
                  GROUP BY hit_type_id) r ON r.hit_type_id = t.id
     WHERE t.hits_available + COALESCE(w.n, 0) <> COALESCE(r.n, 0)
    """,
    "group {group_id} and its tallies say {kept} HITs can be accepted, {counted} can",
)

_MOVEMENTS = Check(
    """
    WITH known(reason, sources, targets) AS (VALUES
        ('deposit', '{clearing}'::text[], '{requester,on_hold}'::text[]),
        ('deposit_freed', '{on_hold}', '{requester}'),
        ('refund', '{requester}', '{in_refund}'),
        ('refund_sent', '{in_refund}', '{clearing}'),
        ('refund_returned', '{in_refund,clearing}', '{requester}'),
        ('dispute', '{requester,dispute_loss}', '{clearing}'),
        ('dispute_returned', '{clearing}', '{requester,dispute_loss}'),
        ('loss_repaid', '{requester}', '{dispute_loss}'),
        ('play_grant', '{clearing}', '{requester}'),
        ('batch_hold', '{requester}', '{batch}'),
        ('batch_release', '{batch}', '{requester}'),
        ('hold', '{requester,batch}', '{escrow}'),
        ('release', '{escrow}', '{requester}'),
        ('rehold', '{requester}', '{escrow}'),
        ('reward', '{escrow}', '{worker}'),
        ('fee', '{escrow}', '{fees}'),
        ('bonus', '{requester}', '{worker}'),
        ('bonus_fee', '{requester}', '{fees}'),
        ('payout', '{worker}', '{in_payout}'),
        ('payout_sent', '{in_payout}', '{clearing}'),
        ('payout_returned', '{in_payout}', '{worker}'),
        ('gateway_fee', '{stripe_fees,clearing}', '{clearing,stripe_fees}'),
        ('gateway_cost', '{stripe_fees,clearing}', '{clearing,stripe_fees}'),
        ('operator', '{operator,clearing}', '{clearing,operator}'),
        ('difference', '{operator,clearing}', '{clearing,operator}'),
        ('reserve', '{reserve,clearing}', '{clearing,reserve}'))
    SELECT t.key, t.amount_cents AS cents, t.currency, t.reason, d.kind AS source, c.kind AS target
      FROM payments_transfer t
      JOIN payments_account d ON d.id = t.debit_id
      JOIN payments_account c ON c.id = t.credit_id
      LEFT JOIN known ON known.reason = t.reason
     WHERE known.reason IS NULL OR d.kind <> ALL (known.sources) OR c.kind <> ALL (known.targets)
        OR t.reason = 'play_grant' AND t.currency <> 'XTS'
    """,
    "transfer {key} moved {cents} {currency} cents from {source} to {target}: there is no such "
    "movement as {reason}",
)

_TRIGGERS = Check(
    """
    SELECT wanted.name
      FROM (VALUES ('tasks_tally_added'), ('tasks_tally_changed')) wanted(name)
     WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgname = wanted.name
                          AND t.tgrelid = 'tasks_hit'::regclass AND t.tgenabled IN ('O', 'A'))
    """,
    "the trigger {name}, which keeps the counts, is missing or disabled",
)

CHECKS = (
    _PAID, _ESCROW, _ORPHANS, _SIDES, _COUNTERS, _BATCHES, _EXTENSIONS, _BONUSES, _BATCH_COUNTS,
    _GROUP_COUNTS, _MOVEMENTS, _TRIGGERS,
)  # fmt: skip


BOOKS_BALANCE, BOOKS_DIFFER = "books balance", "books differ"
"""The heartbeats that the hourly audit leaves; while the second is there, staff are told."""


def differences() -> Iterator[str]:
    """A sentence for each place where work and money disagree."""
    for check in CHECKS:
        for row in _rows(check.sql):
            yield check.sentence.format(**row)


def _rows(sql: str) -> Iterator[Mapping[str, Any]]:
    """Differences one by one: a ledger that is wrong everywhere must not fill the memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        names: list[str] = []
        for row in cursor:
            names = names or [column[0] for column in cursor.description]
            yield dict(zip(names, row, strict=True))


_TOTALS = """
SELECT (SELECT count(*) FROM payments_transfer), (SELECT count(*) FROM tasks_hit),
       (SELECT count(*) FROM tasks_assignment WHERE status = 'Approved')
"""

_HELD = """
SELECT currency, COALESCE(SUM(balance_cents) FILTER (WHERE kind = 'requester'), 0),
       COALESCE(SUM(balance_cents) FILTER (WHERE kind IN ('batch', 'escrow')), 0),
       COALESCE(SUM(balance_cents) FILTER (WHERE kind IN ('worker', 'in_payout')), 0)
  FROM payments_account GROUP BY currency ORDER BY currency
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What one currency's accounts hold, in cents."""

    currency: str
    requesters_cents: int
    escrow_cents: int
    workers_cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """How much was looked at."""

    transfers: int
    hits: int
    approved: int
    held: list[Held]


def totals() -> Totals:
    """What the audit went over."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS)
        transfers, hits, approved = cursor.fetchone()
        cursor.execute(_HELD)
        held = [
            Held(currency=c, requesters_cents=int(r), escrow_cents=int(e), workers_cents=int(w))
            for c, r, e, w in cursor.fetchall()
        ]
    return Totals(transfers=transfers, hits=hits, approved=approved, held=held)
