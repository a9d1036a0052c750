"""Recompute every balance from the transfers alone, and say where the books disagree."""

from collections.abc import Iterator

from django.db import connection

_DIFFERENCES = """
SELECT a.id, a.kind, a.holder, a.currency, a.balance_cents, COALESCE(moved.cents, 0)
  FROM payments_account a
  LEFT JOIN (SELECT account_id, SUM(cents) AS cents
               FROM (SELECT debit_id AS account_id, -amount_cents AS cents FROM payments_transfer
                     UNION ALL
                     SELECT credit_id, amount_cents FROM payments_transfer) sides
              GROUP BY account_id) moved ON moved.account_id = a.id
 WHERE a.balance_cents IS NOT NULL AND a.balance_cents <> COALESCE(moved.cents, 0)
"""

_OPEN_PAYOUTS = """
SELECT COALESCE(held.holder, owed.worker), COALESCE(held.currency, owed.currency),
       COALESCE(held.cents, 0), COALESCE(owed.cents, 0)
  FROM (SELECT holder, currency, balance_cents AS cents FROM payments_account
         WHERE kind = 'in_payout') held
  FULL JOIN (SELECT worker, currency, SUM(amount_cents) AS cents FROM payments_payout
              WHERE status IN ('held', 'sending', 'unknown') GROUP BY worker, currency) owed
    ON owed.worker = held.holder AND owed.currency = held.currency
 WHERE COALESCE(held.cents, 0) <> COALESCE(owed.cents, 0)
"""

_RULES = """
SELECT wanted.name
  FROM (VALUES ('payments_apply_transfers'), ('payments_transfer_append_only'),
               ('payments_transfer_no_truncate'), ('payments_account_by_transfers'),
               ('payments_account_opens_empty'), ('payments_account_stays'),
               ('payments_account_no_truncate')) wanted(name)
 WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t
                    WHERE t.tgname = wanted.name AND t.tgenabled IN ('O', 'A'))
"""

_DEPOSITS = """
SELECT d.public_id, d.status, COALESCE(SUM(t.amount_cents), 0), d.amount_cents
  FROM payments_deposit d
  LEFT JOIN payments_transfer t ON t.key = 'deposit:' || d.public_id
 GROUP BY d.id
HAVING COALESCE(SUM(t.amount_cents), 0) <>
       CASE WHEN d.status = 'settled' THEN d.amount_cents ELSE 0 END
"""


def differences() -> Iterator[str]:
    """A sentence for each difference between what the ledger says and what it adds up to.

    That all balances sum to zero needs no check of its own: a transfer takes from one account
    what it gives to another, so it holds as soon as each balance equals its transfers.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        for pk, kind, holder, currency, kept, summed in cursor.fetchall():
            yield (
                f"account {pk} ({kind} {holder} {currency}) keeps {kept} cents, "
                f"its transfers add up to {summed}"
            )
        cursor.execute(_OPEN_PAYOUTS)
        for worker, currency, held, owed in cursor.fetchall():
            yield f"worker {worker} has {held} {currency} cents in payout, open payouts say {owed}"
        cursor.execute(_DEPOSITS)
        for public_id, status, credited, amount in cursor.fetchall():
            yield f"deposit {public_id} of {amount} cents is {status}, but {credited} was credited"
        cursor.execute(_RULES)
        for (name,) in cursor.fetchall():
            yield f"the ledger's trigger {name} is missing or disabled"
