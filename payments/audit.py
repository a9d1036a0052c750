"""Recompute every balance from the transfers alone, and say where the books disagree."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection

from payments.statements import OWNED

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

_PAYOUTS = """
SELECT p.public_id, p.status, p.amount_cents, COALESCE(held.amount_cents, 0),
       COALESCE(outcome.reason, 'nothing'), COALESCE(outcome.amount_cents, 0)
  FROM payments_payout p
  LEFT JOIN payments_transfer held ON held.key = 'payout:' || p.public_id
  LEFT JOIN payments_transfer outcome ON outcome.key = 'payout-outcome:' || p.public_id
 WHERE held.amount_cents IS DISTINCT FROM p.amount_cents
    OR outcome.reason IS DISTINCT FROM CASE p.status WHEN 'sent' THEN 'payout_sent'
                                                     WHEN 'failed' THEN 'payout_returned' END
    OR outcome.amount_cents <> p.amount_cents
"""

_REFUNDS = """
SELECT r.public_id, r.status, r.amount_cents, COALESCE(held.amount_cents, 0),
       COALESCE(outcome.reason, 'nothing'), COALESCE(back.amount_cents, 0)
  FROM payments_refund r
  LEFT JOIN payments_transfer held ON held.key = 'refund:' || r.public_id
  LEFT JOIN payments_transfer outcome ON outcome.key = 'refund-outcome:' || r.public_id
  LEFT JOIN payments_transfer back ON back.key = 'refund-returned:' || r.public_id
 WHERE held.amount_cents IS DISTINCT FROM r.amount_cents
    OR outcome.amount_cents <> r.amount_cents
    OR CASE r.status
       WHEN 'sent' THEN outcome.reason IS DISTINCT FROM 'refund_sent' OR back.key IS NOT NULL
       WHEN 'failed' THEN NOT COALESCE(outcome.reason = 'refund_returned' AND back.key IS NULL
                       OR outcome.reason = 'refund_sent' AND back.amount_cents = r.amount_cents,
                       FALSE)
       ELSE outcome.key IS NOT NULL END
"""

_ON_HOLD = """
SELECT COALESCE(held.holder, owed.holder), COALESCE(held.currency, owed.currency),
       COALESCE(held.cents, 0), COALESCE(owed.cents, 0)
  FROM (SELECT holder, currency, balance_cents AS cents FROM payments_account
         WHERE kind = 'on_hold') held
  FULL JOIN (SELECT r.public_id AS holder, d.currency, SUM(d.amount_cents) AS cents
               FROM payments_deposit d JOIN accounts_requester r ON r.id = d.requester_id
              WHERE d.held_until IS NOT NULL AND d.freed_at IS NULL
              GROUP BY r.public_id, d.currency) owed
    ON owed.holder = held.holder AND owed.currency = held.currency
 WHERE COALESCE(held.cents, 0) <> COALESCE(owed.cents, 0)
"""

_FEES = """
SELECT d.public_id, COALESCE(d.fee_cents, 0), COALESCE(t.amount_cents, 0)
  FROM payments_deposit d
  LEFT JOIN payments_transfer t ON t.key = 'gateway-fee:' || d.public_id
 WHERE COALESCE(t.amount_cents, 0) <> COALESCE(d.fee_cents, 0)
"""

# From the transfers to the rows that they are for: whose money it is, in which currency.
_ROWS = """
WITH rows AS (
    SELECT 'deposit' AS about, d.public_id::text AS reference, r.public_id AS holder, d.currency
      FROM payments_deposit d JOIN accounts_requester r ON r.id = d.requester_id
    UNION ALL
    SELECT 'refund', f.public_id::text, r.public_id, d.currency
      FROM payments_refund f JOIN payments_deposit d ON d.id = f.deposit_id
      JOIN accounts_requester r ON r.id = d.requester_id
    UNION ALL
    SELECT 'dispute', x.reference, r.public_id, d.currency
      FROM payments_dispute x JOIN payments_deposit d ON d.id = x.deposit_id
      JOIN accounts_requester r ON r.id = d.requester_id
    UNION ALL
    SELECT 'payout', public_id::text, worker, currency FROM payments_payout),
named(reason, about, begins) AS (VALUES
    ('deposit', 'deposit', 'deposit:'), ('deposit_freed', 'deposit', 'deposit-freed:'),
    ('gateway_fee', 'deposit', 'gateway-fee:'), ('gateway_fee', 'dispute', 'dispute:'),
    ('dispute', 'dispute', 'dispute:'), ('dispute_returned', 'dispute', 'dispute:'),
    ('refund', 'refund', 'refund:'), ('refund_sent', 'refund', 'refund-outcome:'),
    ('refund_returned', 'refund', 'refund-outcome:'),
    ('refund_returned', 'refund', 'refund-returned:'),
    ('payout', 'payout', 'payout:'), ('payout_sent', 'payout', 'payout-outcome:'),
    ('payout_returned', 'payout', 'payout-outcome:'))
SELECT t.key, t.reason, t.amount_cents, t.currency, d.holder, c.holder
  FROM payments_transfer t
  JOIN payments_account d ON d.id = t.debit_id
  JOIN payments_account c ON c.id = t.credit_id
 WHERE t.reason IN (SELECT reason FROM named)
   AND NOT EXISTS (SELECT 1 FROM rows JOIN named USING (about)
                    WHERE named.reason = t.reason AND rows.reference = t.reference
                      AND rows.currency = t.currency AND starts_with(t.key, begins)
                      AND (about = 'dispute' OR t.key = begins || t.reference)
                      AND d.holder IN (rows.holder, '') AND c.holder IN (rows.holder, ''))
"""

_FROZEN = """
WITH due AS (
    SELECT r.public_id AS holder, d.currency
      FROM payments_dispute x JOIN payments_deposit d ON d.id = x.deposit_id
      JOIN accounts_requester r ON r.id = d.requester_id
     WHERE x.closed_at IS NULL AND NOT starts_with(x.status, 'warning_')
    UNION
    SELECT a.holder, a.currency
      FROM payments_account a JOIN payments_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
     WHERE a.kind = 'dispute_loss' GROUP BY a.id
    HAVING SUM(CASE WHEN t.credit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END) <> 0)
SELECT a.kind, a.holder, a.currency, a.is_frozen
  FROM payments_account a
  LEFT JOIN due ON a.kind = 'requester' AND due.holder = a.holder AND due.currency = a.currency
 WHERE a.is_frozen <> (due.holder IS NOT NULL)
"""

_CURRENCIES = """
SELECT t.key, t.currency, d.currency, c.currency
  FROM payments_transfer t
  LEFT JOIN payments_account d ON d.id = t.debit_id
  LEFT JOIN payments_account c ON c.id = t.credit_id
 WHERE d.currency IS DISTINCT FROM t.currency OR c.currency IS DISTINCT FROM t.currency
"""

# A trigger's words are when it runs (pg_trigger.tgtype) and what, a function's the hash of its
# source. What a restore may write in another way (casts, brackets) is left out of the others'.
_RULES = r"""
WITH wanted(kind, name, words) AS (VALUES
    ('trigger', 'payments_apply_transfers', '4 payments_apply_transfers'),
    ('trigger', 'payments_transfer_append_only', '27 payments_refuse_rewriting'),
    ('trigger', 'payments_transfer_no_truncate', '34 payments_refuse_rewriting'),
    ('trigger', 'payments_account_by_transfers', '19 payments_guard_account'),
    ('trigger', 'payments_account_opens_empty', '7 payments_guard_account'),
    ('trigger', 'payments_account_stays', '11 payments_refuse_rewriting'),
    ('trigger', 'payments_account_no_truncate', '34 payments_refuse_rewriting'),
    ('trigger', 'payments_invoice_frozen', '27 payments_refuse_rewriting'),
    ('trigger', 'payments_invoice_no_truncate', '34 payments_refuse_rewriting'),
    ('function', 'payments_apply_transfers',
     'a3900ff078b088da42b8afb4c5325560af90feef2f1e7d86621bf9c74c80df0a'),
    ('function', 'payments_guard_account',
     'ff899881b272353b99505d7ebbd1993b0c58f12bc37f68ddfb318d04e8ee1ef6'),
    ('function', 'payments_refuse_rewriting',
     '2e75d2d0f20e26057927d2b1135e51de6b59f7aff06edd165be59dd05b7a6108'),
    ('constraint', 'transfer_debit_account_currency',
     'FOREIGN KEY debit_id, currency REFERENCES payments_accountid, currency'),
    ('constraint', 'transfer_credit_account_currency',
     'FOREIGN KEY credit_id, currency REFERENCES payments_accountid, currency'),
    ('constraint', 'transfer_amount_positive',
     'CHECK amount_cents > 0 AND amount_cents <= ''1000000000000''::bigint'),
    ('constraint', 'transfer_between_two_accounts', 'CHECK NOT debit_id = credit_id'),
    ('constraint', 'payments_transfer_key_key', 'UNIQUE key'),
    ('constraint', 'account_never_overdrawn',
     'CHECK balance_cents IS NULL OR balance_cents >= 0'),
    ('constraint', 'account_has_one_currency', 'UNIQUE id, currency'),
    ('constraint', 'one_account_per_holder', 'UNIQUE kind, holder, currency'),
    ('constraint', 'payments_deposit_public_id_key', 'UNIQUE public_id'),
    ('constraint', 'payments_refund_public_id_key', 'UNIQUE public_id'),
    ('constraint', 'payments_payout_public_id_key', 'UNIQUE public_id'),
    ('constraint', 'one_payout_in_a_batch', 'UNIQUE batch_id, worker'),
    ('constraint', 'one_row_per_dispute', 'UNIQUE gateway, reference'),
    ('constraint', 'one_payee_per_worker', 'UNIQUE holder, gateway'),
    ('constraint', 'one_invoice_a_month', 'UNIQUE requester_id, currency, month'),
    ('constraint', 'payments_invoice_number_key', 'UNIQUE number'),
    ('index', 'one_open_payout_per_worker',
     'worker, currency WHERE status = ANY ARRAY[''held'', ''sending'', ''unknown'']'),
    ('index', 'one_open_top_up',
     'requester_id WHERE is_top_up AND status = ANY ARRAY[''created'', ''pending'']'),
    ('index', 'one_worker_per_payee', 'gateway, reference WHERE NOT reference = '''''),
    ('index', 'one_payout_identity_per_worker',
     'gateway, fingerprint WHERE NOT is_duplicate AND NOT fingerprint = ''''')),
there(kind, name, words) AS MATERIALIZED (
    SELECT 'trigger', t.tgname, t.tgtype || ' ' || p.proname
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL
       AND t.tgname IN (SELECT name FROM wanted)
    UNION ALL
    SELECT 'function', proname, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex')
      FROM pg_proc WHERE proname IN (SELECT name FROM wanted)
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE convalidated AND conname IN (SELECT name FROM wanted)
    UNION ALL
    SELECT 'index', c.relname, substring(pg_get_indexdef(c.oid) FROM 'UNIQUE .* USING btree (.*)')
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indisvalid AND c.relname IN (SELECT name FROM wanted))
SELECT wanted.kind, wanted.name
  FROM wanted
 WHERE NOT EXISTS (
    SELECT 1 FROM there
     WHERE there.kind = wanted.kind AND there.name = wanted.name
       AND regexp_replace(there.words, '[()]|::character varying|::text(\[\])?', '', 'g')
           = wanted.words)
"""

# What a requester's invoices say of each month up to the latest, beside what the ledger says.
_INVOICE_LINES = f"""{OWNED},
written AS (
    SELECT r.public_id AS holder, i.month, l.reason, l.count, l.cents
      FROM payments_invoice i JOIN accounts_requester r ON r.id = i.requester_id,
           jsonb_to_recordset(i.lines) AS l(reason text, count bigint, cents bigint)
     WHERE i.currency = %(currency)s)
SELECT COALESCE(told.holder, written.holder), COALESCE(told.month, written.month),
       COALESCE(told.reason, written.reason), COALESCE(told.cents, 0), COALESCE(written.cents, 0)
  FROM (SELECT told.* FROM told
         WHERE EXISTS (SELECT 1 FROM payments_invoicerun run
                        WHERE run.month = told.month AND run.finished_at IS NOT NULL)
            OR EXISTS (SELECT 1 FROM written w
                        WHERE w.holder = told.holder AND w.month = told.month)) told
  FULL JOIN written USING (holder, month, reason)
 WHERE COALESCE(told.cents, 0) <> COALESCE(written.cents, 0)
    OR (told.reason IS NOT NULL AND COALESCE(told.count, 0) <> COALESCE(written.count, 0))
"""  # noqa: S608 - constants only

_INVOICES = """
SELECT i.number, i.opening_cents, i.closing_cents, i.fees_cents, before.closing_cents
  FROM payments_invoice i
  LEFT JOIN LATERAL (SELECT closing_cents FROM payments_invoice b
                      WHERE b.requester_id = i.requester_id AND b.currency = i.currency
                        AND b.month < i.month ORDER BY b.month DESC LIMIT 1) before ON TRUE,
       LATERAL (SELECT COALESCE(SUM(l.cents), 0) AS cents,
                       COALESCE(SUM(l.cents) FILTER (WHERE l.reason IN ('fee', 'bonus_fee')), 0)
                       AS fees
                  FROM jsonb_to_recordset(i.lines) AS l(reason text, cents bigint)) lines,
       LATERAL (SELECT COALESCE(SUM(value::bigint), 0) AS cents FROM jsonb_each_text(i.parts)) parts
 WHERE i.closing_cents <> i.opening_cents + lines.cents OR i.fees_cents <> -lines.fees
    OR i.closing_cents <> parts.cents OR i.opening_cents <> COALESCE(before.closing_cents, 0)
"""

_NUMBERS = """
SELECT COUNT(*), MAX(number) FROM payments_invoice HAVING COUNT(*) <> COALESCE(MAX(number), 0)
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
        cursor.execute(_PAYOUTS)
        for public_id, status, amount, held, outcome, moved in cursor.fetchall():
            yield (
                f"payout {public_id} of {amount} cents is {status}; {held} were held for it, "
                f"and its outcome in the ledger is {outcome} of {moved}"
            )
        cursor.execute(_REFUNDS)
        for public_id, status, amount, held, outcome, back in cursor.fetchall():
            yield (
                f"refund {public_id} of {amount} cents is {status}; {held} were held for it, its "
                f"outcome in the ledger is {outcome}, and {back} came back"
            )
        cursor.execute(_ON_HOLD)
        for holder, currency, held, owed in cursor.fetchall():
            yield f"requester {holder} has {held} {currency} cents on hold, deposits say {owed}"
        cursor.execute(_FEES)
        for public_id, fee, moved in cursor.fetchall():
            yield f"deposit {public_id} cost {fee} cents at the gateway, {moved} were booked"
        cursor.execute(_INVOICE_LINES, {"currency": settings.MANYHANDS_CURRENCY, "holder": None})
        for holder, month, reason, moved, written in cursor.fetchall():
            yield (
                f"requester {holder} has {moved} cents of {reason} in {month:%Y-%m}, its invoice "
                f"says {written}"
            )
        cursor.execute(_INVOICES)
        for number, opening, closing, fees, before in cursor.fetchall():
            yield (
                f"invoice {number} does not add up: from {opening} to {closing} cents, {fees} of "
                f"fees; the one before ended with {before or 0}"
            )
        cursor.execute(_NUMBERS)
        for count, highest in cursor.fetchall():
            yield f"there are {count} invoices, and the highest number is {highest}"
        cursor.execute(_CURRENCIES)
        for key, currency, debit, credit in cursor.fetchall():
            yield f"transfer {key} is in {currency}, between accounts in {debit} and {credit}"
        cursor.execute(_ROWS)
        for key, reason, cents, currency, source, target in cursor.fetchall():
            yield (
                f"transfer {key} moved {cents} {currency} cents of {reason} from "
                f"{source or 'the platform'} to {target or 'the platform'}, for no row of theirs"
            )
        cursor.execute(_FROZEN)
        for kind, holder, currency, is_frozen in cursor.fetchall():
            word = "frozen, and should not be" if is_frozen else "not frozen, and should be"
            yield f"{kind} {holder} {currency} is {word}"
        cursor.execute(_RULES)
        for kind, name in cursor.fetchall():
            yield f"the ledger's {kind} {name} is missing, disabled or another"
