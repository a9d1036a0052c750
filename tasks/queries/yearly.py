"""A year's money per person, from the ledger alone: what tax forms ask for.

Years are UTC. The sandbox's play money is left out. Rewards, bonuses and fees count in the year
in which they were approved or given, deposits and payouts in the year they arrived. A requester's
refunds count in the year they were sent, and less in the year one came back; disputes in the year a
payer's bank took the money, and less in the year it gave some back: both may be below zero.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from marketplace.money import SANDBOX_CURRENCY

_WORKERS = """
SELECT w.public_id, w.country, a.currency,
       SUM(CASE WHEN t.reason = 'reward' THEN t.amount_cents ELSE 0 END) AS rewards,
       SUM(CASE WHEN t.reason = 'bonus' THEN t.amount_cents ELSE 0 END) AS bonuses,
       SUM(CASE WHEN t.reason = 'payout_sent' THEN t.amount_cents ELSE 0 END) AS paid_out
  FROM payments_transfer t
  JOIN payments_account a
    ON a.id = CASE WHEN t.reason = 'payout_sent' THEN t.debit_id ELSE t.credit_id END
  JOIN workers_worker w ON w.public_id = a.holder
 WHERE t.reason IN ('reward', 'bonus', 'payout_sent')
   AND t.at >= %(since)s AND t.at < %(until)s AND t.currency <> %(play)s
 GROUP BY w.public_id, w.country, a.currency
 ORDER BY w.public_id, a.currency
"""

_REQUESTERS = """
SELECT r.public_id, r.name, moved.currency,
       SUM(CASE WHEN moved.reason = 'deposit' THEN moved.cents ELSE 0 END) AS deposits,
       -SUM(CASE WHEN moved.reason IN ('refund_sent', 'refund_returned')
                 THEN moved.cents ELSE 0 END) AS refunds,
       -SUM(CASE WHEN moved.reason IN ('dispute', 'dispute_returned')
                 THEN moved.cents ELSE 0 END) AS disputes,
       SUM(CASE WHEN moved.reason = 'reward' THEN moved.cents ELSE 0 END) AS rewards,
       SUM(CASE WHEN moved.reason = 'bonus' THEN moved.cents ELSE 0 END) AS bonuses,
       SUM(CASE WHEN moved.reason IN ('fee', 'bonus_fee') THEN moved.cents ELSE 0 END) AS fees
  FROM (SELECT CASE WHEN debit.kind = 'clearing' THEN credit.holder ELSE debit.holder END
               AS requester, t.currency, t.reason,
               CASE WHEN debit.kind = 'clearing' THEN t.amount_cents ELSE -t.amount_cents END
               AS cents
          FROM payments_transfer t
          JOIN payments_account debit ON debit.id = t.debit_id
          JOIN payments_account credit ON credit.id = t.credit_id
         WHERE t.reason IN
               ('deposit', 'refund_sent', 'refund_returned', 'dispute', 'dispute_returned')
           AND 'clearing' IN (debit.kind, credit.kind)
           AND t.at >= %(since)s AND t.at < %(until)s AND t.currency <> %(play)s
         UNION ALL
        SELECT owner.public_id, t.currency, t.reason, t.amount_cents
          FROM payments_transfer t
          JOIN tasks_assignment done ON done.public_id = t.reference
          JOIN tasks_hit hit ON hit.id = done.hit_id
          JOIN tasks_hittype of ON of.id = hit.hit_type_id
          JOIN accounts_requester owner ON owner.id = of.requester_id
         WHERE t.reason IN ('reward', 'bonus', 'fee', 'bonus_fee')
           AND t.at >= %(since)s AND t.at < %(until)s AND t.currency <> %(play)s) moved
  JOIN accounts_requester r ON r.public_id = moved.requester
 GROUP BY r.public_id, r.name, moved.currency
 ORDER BY r.public_id, moved.currency
"""

TOTALS: dict[str, tuple[str, list[str]]] = {
    "workers": (_WORKERS, ["worker_id", "country", "currency", "rewards", "bonuses", "paid_out"]),
    "requesters": (
        _REQUESTERS,
        [
            *("requester_id", "name", "currency"),
            *("deposits", "refunds", "disputes", "rewards", "bonuses", "fees"),
        ],
    ),
}
"""By whose they are: the statement, and what its columns are called. The first three are words,
the rest cents."""
WORDS = 3


def totals_of(whose: str, year: int) -> Iterator[tuple[Any, ...]]:
    """A row per person and currency, by id; the database keeps what isn't read yet."""
    statement, _columns = TOTALS[whose]
    year_long: dict[str, datetime | str] = {
        "since": datetime(year, 1, 1, tzinfo=UTC),
        "until": datetime(year + 1, 1, 1, tzinfo=UTC),
        "play": SANDBOX_CURRENCY,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, year_long)
        while rows := cursor.fetchmany(1000):
            yield from rows
