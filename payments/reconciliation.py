"""The gateways' books beside the ledger's: what each line and each movement is about, and where
the two disagree. Reads only; it speaks to no gateway.

Both sides are grouped by *fact*, a name that each derives by itself: `deposit:<id>`, `refund:<id>`,
`payout:<id>`; `line:<reference>` for what the gateway alone names (disputes, what the operator put
in, costs); and `balance:<gateway>:<currency>`, which holds what a gateway's
balance has beside the lines that it shows. Where each fact has the same cents on both sides, the
clearing account and the gateways' balances are equal to the cent.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from marketplace.money import show
from payments.models import (
    BalanceTransaction,
    BooksReading,
    Deposit,
    Incident,
    Payout,
    Reconciliation,
)
from payments.queries import incidents_in_the_way
from payments.states import DepositStatus

GRACE = timedelta(hours=6)
"""What is younger is in flight: recorded on one side, and not yet on the other."""
DEBIT_GRACE = timedelta(days=10)
"""A bank debit may stand in the gateway's books for days before it settles here, or comes back."""
UNREAD_AFTER = timedelta(days=3)
EVERY, EVERY_WHILE_OPEN = timedelta(hours=23), timedelta(minutes=55)
"""Once a day; and each hour while something is open, so that it is seen to end."""
Kind = Incident.Kind

# The facts of clearing movements, by what their reason and key say. Play money that a sandbox is
# given comes from nobody.
_FACT = """
CASE WHEN t.reason IN ('difference', 'operator') AND t.reference LIKE '%%:%%' THEN t.reference
     WHEN t.reason = 'deposit' OR t.key LIKE 'gateway-fee:%%' THEN 'deposit:' || t.reference
     WHEN t.reason IN ('refund_sent', 'refund_returned') THEN 'refund:' || t.reference
     WHEN t.reason = 'payout_sent' THEN 'payout:' || t.reference
     WHEN t.key LIKE 'dispute:%%' OR t.key LIKE 'books:%%' THEN 'line:' || split_part(t.key, ':', 2)
     ELSE 'other:' || t.id END
"""
_HERE = f"""
SELECT {_FACT} AS fact, t.currency, t.amount_cents AS cents, t.at, t.key
  FROM payments_transfer t JOIN payments_account a ON a.id = t.debit_id
 WHERE a.kind = 'clearing' AND t.reason <> 'play_grant'
 UNION ALL
SELECT {_FACT}, t.currency, -t.amount_cents, t.at, t.key
  FROM payments_transfer t JOIN payments_account a ON a.id = t.credit_id
 WHERE a.kind = 'clearing' AND t.reason <> 'play_grant'
"""  # noqa: S608 - constants only
_THERE = """
SELECT fact, currency, net_cents AS cents, created_at AS at FROM payments_balancetransaction
 UNION ALL
SELECT 'balance:' || r.gateway || ':' || f.key, f.key, (f.value ->> 'apart')::bigint,
       COALESCE(r.apart_since, r.funds_at)
  FROM payments_booksreading r, jsonb_each(r.funds) f
 WHERE (f.value ->> 'apart')::bigint <> 0
"""
_SIDES = f"""
SELECT COALESCE(there.fact, here.fact), COALESCE(there.currency, here.currency),
       there.cents, here.cents, GREATEST(there.at, here.at)
  FROM (SELECT fact, currency, SUM(cents) AS cents, MAX(at) AS at FROM ({_THERE}) t
         WHERE %(fact)s = '' OR fact = %(fact)s GROUP BY fact, currency) there
  FULL JOIN (SELECT fact, currency, SUM(cents) AS cents, MAX(at) AS at FROM ({_HERE}) h
              WHERE %(fact)s = '' OR fact = %(fact)s GROUP BY fact, currency) here
    ON here.fact = there.fact AND here.currency = there.currency
 WHERE COALESCE(there.cents, 0) <> COALESCE(here.cents, 0)
 ORDER BY 5, 1
"""  # noqa: S608 - constants only
_KEYS = f"SELECT fact, key FROM ({_HERE}) h WHERE fact = ANY(%(facts)s) ORDER BY key"  # noqa: S608
SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One fact of which the two sides tell differently, in cents; None where one is silent.

    `latest_at` is when either last said something about it."""

    fact: str
    currency: str
    there_cents: int | None
    here_cents: int | None
    latest_at: datetime

    @property
    def cents(self) -> int:
        """What the gateway's books have more than the ledger."""
        return (self.there_cents or 0) - (self.here_cents or 0)


def differences(*, fact: str = "") -> list[Difference]:
    """All of them, the longest-standing first, those in flight too; or that of one fact."""
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, {"fact": fact})
        return [
            Difference(
                fact=found,
                currency=currency,
                there_cents=None if there is None else int(there),
                here_cents=None if here is None else int(here),
                latest_at=latest_at,
            )
            for found, currency, there, here, latest_at in cursor.fetchall()
        ]


def in_flight(found: list[Difference], *, at: datetime) -> set[str]:
    """The facts that have time: younger than the grace, or a bank debit that may take days."""
    waiting = _waiting([each.fact for each in found], at=at)
    return {
        each.fact
        for each in found
        if at - each.latest_at < (DEBIT_GRACE if each.fact in waiting else GRACE)
    }


def _waiting(facts: list[str], *, at: datetime) -> set[str]:
    """The facts of deposits that have not settled here; also where one has only just failed, and
    the gateway is about to take its line back."""
    ids = [UUID(fact.removeprefix("deposit:")) for fact in facts if fact.startswith("deposit:")]
    is_open = Q(status__in=(DepositStatus.CREATED, DepositStatus.PENDING))
    waiting = Deposit.objects.filter(is_open | Q(failed_at__gt=at - GRACE), public_id__in=ids)
    return {f"deposit:{public_id}" for public_id in waiting.values_list("public_id", flat=True)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What each side has of a fact: the gateway's lines, what they are about, the ledger's keys."""

    lines: list[str]
    sources: list[str]
    abouts: set[str]
    transfers: list[str]


def evidence_of(found: list[Difference]) -> dict[str, Evidence]:
    """By fact, the first of each; two statements for all of them."""
    facts = [each.fact for each in found]
    lines, keys = defaultdict(list), defaultdict(list)
    for line in BalanceTransaction.objects.filter(fact__in=facts).order_by("created_at"):
        lines[line.fact].append(line)
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, {"facts": facts})
        for fact, key in cursor.fetchall():
            keys[fact].append(key)
    return {
        fact: Evidence(
            lines=[line.reference for line in lines[fact][:SHOWN]],
            sources=sorted({line.source for line in lines[fact][:SHOWN]}),
            abouts={line.about for line in lines[fact]},
            transfers=keys[fact][:SHOWN],
        )
        for fact in facts
    }


def kind_of(difference: Difference, evidence: Evidence) -> Kind:
    """What is wrong, by which side is silent."""
    if difference.fact.startswith("balance:"):
        return Kind.BALANCE
    if difference.there_cents is None:
        return Kind.MISSING_THERE
    if difference.here_cents is not None:
        return Kind.AMOUNT
    return Kind.UNKNOWN if evidence.abouts <= {""} else Kind.MISSING_HERE


def clearing_cents(currency: str) -> int:
    """What the gateways should hold, by the ledger: what came in less what went out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COALESCE(SUM(cents), 0) FROM ({_HERE}) h WHERE currency = %(currency)s",  # noqa: S608
            {"currency": currency},
        )
        return int(cursor.fetchone()[0])


def last_success() -> Reconciliation | None:
    """The latest comparison that came to its end."""
    done = Reconciliation.objects.filter(ended_at__isnull=False, failure="")
    return done.order_by("-pk").first()


def is_unread(*, at: datetime) -> bool:
    """Stripe moves money here, and for days nobody could read its books."""
    if not settings.STRIPE_SECRET_KEY:
        return False
    last = BooksReading.objects.filter(gateway="stripe", read_up_to__isnull=False).first()
    since = last.read_up_to if last else first_use("stripe")
    return since is not None and at - since > UNREAD_AFTER


def first_use(gateway: str) -> datetime | None:
    """When the marketplace first asked this gateway for anything that moves money."""
    moments = [
        model.objects.filter(gateway=gateway).order_by("pk").values_list("created_at", flat=True)
        for model in (Deposit, Payout)
    ]
    found = [moment for rows in moments if (moment := rows.first()) is not None]
    return min(found, default=None)


def complaints(*, at: datetime) -> Iterator[str]:
    """A sentence for each thing about reconciliation that `audit_ledger` should not pass over."""
    for incident in incidents_in_the_way():
        amount = show(incident.amount_cents, incident.currency or settings.MANYHANDS_CURRENCY)
        yield (
            f"incident {incident.pk} is open since {incident.opened_at:%Y-%m-%d %H:%M}: "
            f"{incident.get_kind_display()}: {incident.subject or 'the ledger'} ({amount})"
        )
    if is_unread(at=at):
        yield f"the books of stripe were not read for {UNREAD_AFTER.days} days"
