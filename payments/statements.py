"""What happened to a requester's money, from the ledger alone.

A requester's money is in its balance, on hold, on its way back, and in the escrow that it was put
into. What moves between those is nobody else's; a statement tells what crossed their border.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

OWNED = """
WITH own AS (
    SELECT id, holder, kind FROM payments_account
     WHERE kind IN ('requester', 'on_hold', 'in_refund') AND currency = %(currency)s
       AND (%(holder)s::text IS NULL OR holder = %(holder)s)),
direct AS (
    SELECT DISTINCT t.credit_id AS id, own.holder
      FROM payments_transfer t JOIN own ON own.id = t.debit_id AND own.kind = 'requester'
     WHERE t.reason IN ('batch_hold', 'hold', 'rehold')),
passed_on AS (
    SELECT DISTINCT t.credit_id AS id, direct.holder
      FROM payments_transfer t JOIN direct ON direct.id = t.debit_id
     WHERE t.reason = 'hold'),
owned AS (
    SELECT id, holder FROM own UNION SELECT id, holder FROM direct
    UNION SELECT id, holder FROM passed_on),
moved AS (
    SELECT owned.holder, t.at, t.reason, -t.amount_cents AS cents
      FROM owned JOIN payments_transfer t ON t.debit_id = owned.id
     WHERE NOT EXISTS (SELECT 1 FROM owned o WHERE o.id = t.credit_id)
    UNION ALL
    SELECT owned.holder, t.at, t.reason, t.amount_cents
      FROM owned JOIN payments_transfer t ON t.credit_id = owned.id
     WHERE NOT EXISTS (SELECT 1 FROM owned o WHERE o.id = t.debit_id)),
told AS (
    SELECT holder, date_trunc('month', at AT TIME ZONE 'UTC')::date AS month, reason,
           COUNT(*) AS count, SUM(cents)::bigint AS cents
      FROM moved GROUP BY 1, 2, 3)
"""
"""Which accounts are whose, what crossed their border, and that by month. As payments.queries'
held_for, it follows the money into escrow: payments knows no work."""

_MONTHS = f"{OWNED} SELECT month, reason, count, cents FROM told WHERE month <= %(month)s"  # noqa: S608 - constants only

_PARTS = (
    OWNED
    + """
SELECT a.kind, SUM(CASE WHEN t.credit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END)
  FROM owned JOIN payments_account a ON a.id = owned.id
  JOIN payments_transfer t ON t.credit_id = a.id OR t.debit_id = a.id
 WHERE t.at < %(until)s GROUP BY a.kind
"""
)


@dataclass(kw_only=True, slots=True)
class Statement:
    """A month's; amounts in cents, below zero for money out. See payments.models.Invoice."""

    opening_cents: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def closing_cents(self) -> int:
        """The opening, and all that crossed the border since."""
        return self.opening_cents + sum(line["cents"] for line in self.lines)

    @property
    def fees_cents(self) -> int:
        """What the operator earned."""
        return -sum(line["cents"] for line in self.lines if line["reason"] in FEES)


FEES = ("fee", "bonus_fee")


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    years, number = divmod(month.month, 12)
    return date(month.year + years, number + 1, 1)


def statement_for(holder: str, currency: str, month: date) -> Statement:
    """One requester's month (UTC), `month` its first day. Reads every account that its money ever
    went into."""
    until = datetime.combine(month_after(month), datetime.min.time(), UTC)
    asked: dict[str, Any] = {"holder": holder, "currency": currency, "month": month, "until": until}
    told = Statement()
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, asked)
        for when, reason, count, cents in sorted(cursor.fetchall()):
            if when < month:
                told.opening_cents += cents
            else:
                told.lines.append({"reason": reason, "count": count, "cents": cents})
        if told.lines:
            cursor.execute(_PARTS, asked)
            parts: dict[str, int] = defaultdict(int)
            for kind, cents in cursor.fetchall():
                parts["escrow" if kind == "batch" else kind] += int(cents)
            told.parts = dict(parts)
    return told
