"""Reading the books: balances, statements, totals. Nothing here writes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from marketplace.accounts.models import Requester, User
from marketplace.money import MAX_CENTS
from payments.models import (
    Account,
    AccountKind,
    Billing,
    Deposit,
    Dispute,
    Incident,
    Payee,
    Payout,
    Reason,
    Refund,
    SavedMethod,
    TopUp,
    Transfer,
)
from payments.models.dispute import INQUIRY, LOST
from payments.states import (
    OPEN_DEPOSITS,
    OPEN_PAYOUTS,
    OPEN_REFUNDS,
    DepositStatus,
    OutStatus,
)


def balance_of(kind: AccountKind, holder: str, currency: str) -> int:
    """What the holder's account holds, in cents; 0 where it was never opened."""
    kept = Account.objects.filter(kind=kind, holder=holder, currency=currency)
    return kept.values_list("balance_cents", flat=True).first() or 0


def requester_balance(holder: str, currency: str) -> int:
    """What a requester can spend, in cents."""
    return balance_of(AccountKind.REQUESTER, holder, currency)


def frozen_balances() -> QuerySet[Account]:
    """The requesters' balances that nothing can be spent from: a dispute is open, or something is
    owed after one."""
    return Account.objects.filter(kind=AccountKind.REQUESTER, is_frozen=True)


def owed_after_disputes(holder: str, currency: str) -> int:
    """What a requester owes since a payer's bank took more than was there, in cents."""
    of_it = {"kind": AccountKind.DISPUTE_LOSS, "holder": holder, "currency": currency}
    loss = Account.objects.filter(**of_it)
    total = Coalesce(Sum("amount_cents"), 0)
    taken = Transfer.objects.filter(debit__in=loss).aggregate(cents=total)
    repaid = Transfer.objects.filter(credit__in=loss).aggregate(cents=total)
    return taken["cents"] - repaid["cents"]


def deposits_under_way(holder: str, currency: str) -> int:
    """What a requester has deposited that hasn't settled, in cents: no money of the ledger yet."""
    open_ones = Deposit.objects.filter(
        requester__public_id=holder,
        currency=currency,
        status__in=(DepositStatus.CREATED, DepositStatus.PENDING),
    )
    return open_ones.aggregate(total=Sum("amount_cents"))["total"] or 0


def refundable_deposits(requester: Requester, currency: str) -> QuerySet[Any]:
    """The deposits that can give something back, with `left_cents`, how much. None while its
    payer's bank disputes it or has taken it back, or the gateway hasn't named the payment."""
    back = Refund.objects.filter(deposit=OuterRef("pk")).exclude(status=OutStatus.FAILED)
    total = back.order_by().values("deposit").annotate(cents=Sum("amount_cents")).values("cents")
    settled = Deposit.objects.filter(
        Q(gateway="play") | ~Q(charge_reference=""),
        requester=requester,
        currency=currency,
        status=DepositStatus.SETTLED,
    ).exclude(pk__in=disputed_deposits())
    left = F("amount_cents") - Coalesce(Subquery(total), 0)
    return settled.annotate(left_cents=left).filter(left_cents__gt=0)


def refundable_cents(requester: Requester, currency: str) -> int:
    """The most that can go back now: what is free, and what the deposits can still give back."""
    free = requester_balance(requester.public_id, currency)
    left = sum(each.left_cents for each in refundable_deposits(requester, currency))
    return max(0, min(free, left))


def disputed_deposits() -> QuerySet[Any]:
    """The ids of deposits that have a dispute which is open or lost. One that ended in another way
    left the money here."""
    return Dispute.objects.filter(Q(closed_at=None) | Q(status=LOST)).values("deposit")


def open_disputes(requester: Requester, currency: str) -> QuerySet[Dispute]:
    """The disputes that have not ended, by which money was taken: an inquiry freezes nothing."""
    mine = Dispute.objects.filter(deposit__requester=requester, deposit__currency=currency)
    return mine.filter(closed_at=None).exclude(status__startswith=INQUIRY)


def held_back_refunds() -> QuerySet[Refund]:
    """The refunds that were never sent, and wait while the requester's balance is frozen: what
    another deposit's payer takes back may have to be paid from what is here."""
    frozen = frozen_balances().filter(
        holder=OuterRef("deposit__requester__public_id"), currency=OuterRef("deposit__currency")
    )
    return Refund.objects.filter(Exists(frozen), status=OutStatus.HELD)


def sendable_refunds(*, at: datetime) -> QuerySet[Refund]:
    """The open refunds that are due and that no dispute holds back. What was sent once already is
    seen to its end all the same."""
    due = Refund.objects.filter(status__in=OPEN_REFUNDS, due_at__lte=at)
    return due.exclude(pk__in=held_back_refunds().values("pk"))


def saved_method_of(requester: Requester) -> SavedMethod | None:
    """What a requester pays live money with, if it has saved something."""
    mine = SavedMethod.objects.filter(
        payer__requester=requester, payer__gateway=settings.MANYHANDS_GATEWAY, removed_at=None
    )
    return mine.select_related("payer").first()


def retired_method_of(requester: Requester) -> SavedMethod | None:
    """The bank account that a dispute took away, while nothing was saved in its place."""
    mine = SavedMethod.objects.filter(
        payer__requester=requester, payer__gateway=settings.MANYHANDS_GATEWAY
    )
    latest = mine.order_by("pk").last()
    return latest if latest is not None and latest.disputed_at is not None else None


def billed_to(requester: Requester) -> str:
    """Whom receipts and invoices are made out to now: a name, then lines of address."""
    billing = Billing.objects.filter(requester=requester).first()
    if billing is None:
        return requester.name
    lines = [billing.name or requester.name, *billing.address.splitlines(), billing.tax_id]
    return "\n".join(line.strip() for line in lines if line.strip())


def low_balances(*, at: datetime) -> QuerySet[TopUp]:
    """The settings under which a top-up is due: on, not waiting after a failure, the balance below
    the threshold and not frozen, the requester not suspended, and none under way.

    The balance is what there is and what is coming: deposits on hold, and those that are on their
    way. A page that nobody has paid on yet is not.
    """
    currency = settings.MANYHANDS_CURRENCY
    of_the_same = {"holder": OuterRef("requester__public_id"), "currency": currency}
    there = Account.objects.filter(
        kind__in=(AccountKind.REQUESTER, AccountKind.ON_HOLD), **of_the_same
    )
    coming = Deposit.objects.filter(
        requester=OuterRef("requester"), currency=currency, status__in=OPEN_DEPOSITS
    )
    due = TopUp.objects.filter(is_on=True, due_at__lte=at, requester__suspended_at=None)
    return due.filter(
        ~Exists(frozen_balances().filter(**of_the_same)), ~Exists(coming.filter(is_top_up=True))
    ).filter(
        threshold_cents__gt=_summed(there, "holder", "balance_cents")
        + _summed(coming.filter(pay_url=""), "requester", "amount_cents")
    )


def _summed(rows: QuerySet[Any], by: str, cents: str) -> Any:
    total = rows.order_by().values(by).annotate(total=Sum(cents)).values("total")
    return Coalesce(Subquery(total), 0)


def top_up_room(top_up: TopUp, *, at: datetime) -> int:
    """What the month's limit leaves for top-ups, in cents. The month is UTC's."""
    if top_up.cap_cents is None:
        return MAX_CENTS
    since = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    made = Deposit.objects.filter(
        requester=top_up.requester_id, is_top_up=True, created_at__gte=since
    ).exclude(status=DepositStatus.FAILED)
    return top_up.cap_cents - (made.aggregate(total=Sum("amount_cents"))["total"] or 0)


def was_given_play_money(holder: str, *, on: date) -> bool:
    """Whether a requester was given play money on this day (UTC), however much of it is left."""
    return Transfer.objects.filter(key=play_grant_key(holder, on=on)).exists()


def play_grant_key(holder: str, *, on: date) -> str:
    """The key of the transfer that fills a requester's sandbox up, once a day."""
    return f"play-grant:{holder}:{on}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Earnings:
    """A worker's money, in cents. What is submitted but not approved is no money yet."""

    available_cents: int
    in_payout_cents: int
    paid_cents: int


def earnings_of(worker: str, currency: str) -> Earnings:
    """What a worker can take out, has on its way, and has been paid."""
    paid = Payout.objects.filter(worker=worker, currency=currency, status="sent")
    return Earnings(
        available_cents=balance_of(AccountKind.WORKER, worker, currency),
        in_payout_cents=balance_of(AccountKind.IN_PAYOUT, worker, currency),
        paid_cents=paid.aggregate(total=Sum("amount_cents"))["total"] or 0,
    )


def payee_of(worker: str, gateway: str) -> Payee | None:
    """Where a worker's money goes with this gateway, if that was begun."""
    return Payee.objects.filter(holder=worker, gateway=gateway).first()


def obstacle_to_payout(payee: Payee | None) -> str:
    """Why nothing can go to this payee now, as its worker is told; "" where nothing stands in the
    way."""
    if payee is None or not payee.is_submitted:
        return "Say first where your money is to go. What you have earned is kept."
    if payee.is_duplicate:
        return (
            "Your bank account is another worker's already. Name one of your own, or write to the "
            "operator."
        )
    if not payee.is_ready:
        return (
            "The payment service still wants to know something of you before money can be sent. "
            "What you have earned is kept."
        )
    return ""


def open_payout_of(worker: str, currency: str) -> Payout | None:
    """The worker's payout that isn't finished, if there is one."""
    return Payout.objects.filter(worker=worker, currency=currency, status__in=OPEN_PAYOUTS).first()


def incidents_in_the_way(currency: str | None = None) -> QuerySet[Incident]:
    """The money incidents whose difference stands, of one currency where it is named; one without
    a currency is in everybody's way."""
    standing = Incident.objects.filter(gone_at=None, closed_at=None).order_by("pk")
    return standing if currency is None else standing.filter(currency__in=("", currency))


def sendable_payouts(*, at: datetime) -> QuerySet[Payout]:
    """The open payouts that are due and that nothing holds back: staff by pausing the batch or
    suspending the worker, or an open money incident. What was sent once already is seen to its end
    all the same."""
    in_the_way = incidents_in_the_way().filter(Q(currency="") | Q(currency=OuterRef("currency")))
    due = Payout.objects.filter(status__in=OPEN_PAYOUTS, due_at__lte=at)
    is_suspended = Exists(suspended_as(OuterRef("worker")))
    held_back = Q(batch__paused_at__isnull=False) | Exists(in_the_way) | is_suspended
    return due.exclude(Q(status=OutStatus.HELD) & held_back)


def suspended_as(worker: str | OuterRef) -> QuerySet[User]:
    """The person who works under this public id, where staff have suspended them."""
    # Named, not imported: a person's working side is a neighbour's.
    return User.objects.filter(worker__public_id=worker, suspended_at__isnull=False)


def payouts_of(worker: str, currency: str) -> QuerySet[Payout]:
    """A worker's payouts, newest first."""
    return Payout.objects.filter(worker=worker, currency=currency).order_by("-id")


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementLine:
    """One movement as its account's holder sees it; `amount_cents` is negative for money out."""

    id: int
    at: datetime
    reason: str
    reference: str
    note: str
    amount_cents: int
    has_receipt: bool
    """It is of a deposit, which `reference` names."""


def statement_of(kind: AccountKind, holder: str, currency: str) -> QuerySet[Transfer]:
    """The transfers of one account, newest first; page by `id__lt`."""
    pk = Account.objects.filter(kind=kind, holder=holder, currency=currency).values("pk")[:1]
    return Transfer.objects.filter(Q(debit=pk) | Q(credit=pk)).order_by("-id")


def line_of(transfer: Transfer, *, account_id: int) -> StatementLine:
    """A transfer as seen from one of its two accounts."""
    sign = 1 if transfer.credit_id == account_id else -1
    return StatementLine(
        id=transfer.pk,
        at=transfer.at,
        reason=Reason(transfer.reason).label,
        reference=transfer.reference,
        note=transfer.note,
        amount_cents=sign * transfer.amount_cents,
        has_receipt=transfer.reason in (Reason.DEPOSIT, Reason.DEPOSIT_FREED),
    )


def account_id_of(kind: AccountKind, holder: str, currency: str) -> int | None:
    """The id of a holder's account, if it was opened."""
    found = Account.objects.filter(kind=kind, holder=holder, currency=currency)
    return found.values_list("pk", flat=True).first()


def latest_transfers(account_id: int, *, limit: int) -> list[Transfer]:
    """One account's latest transfers, with both of their sides.

    Each side by its own index, then merged: an account may be in millions of them.
    """
    rows = Transfer.objects.select_related("debit", "credit").order_by("-id")
    sides = [*rows.filter(debit=account_id)[:limit], *rows.filter(credit=account_id)[:limit]]
    return sorted(sides, key=lambda transfer: -transfer.pk)[:limit]


_DEBTS = """
WITH moved AS (
    SELECT a.holder, t.id, t.at, -t.amount_cents AS cents
      FROM payments_account a JOIN payments_transfer t ON t.debit_id = a.id
     WHERE a.kind = 'dispute_loss' AND a.currency = %(currency)s
     UNION ALL
    SELECT a.holder, t.id, t.at, t.amount_cents
      FROM payments_account a JOIN payments_transfer t ON t.credit_id = a.id
     WHERE a.kind = 'dispute_loss' AND a.currency = %(currency)s),
run AS (
    SELECT *, SUM(cents) OVER (PARTITION BY holder ORDER BY id) AS balance FROM moved),
paid AS (
    SELECT holder, MAX(id) AS id FROM run WHERE balance = 0 GROUP BY holder)
SELECT run.holder, -SUM(run.cents), MIN(run.at)
  FROM run LEFT JOIN paid ON paid.holder = run.holder
 WHERE run.id > COALESCE(paid.id, 0)
 GROUP BY run.holder ORDER BY 3, 1
"""


def debts(currency: str) -> list[tuple[str, int, datetime]]:
    """What requesters owe after disputes, the longest first: whose, cents, and since when
    something has been owed without a break."""
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, {"currency": currency})
        return [(holder, int(cents), since) for holder, cents, since in cursor.fetchall()]


_HELD = """
WITH direct AS (
    SELECT DISTINCT credit_id AS id FROM payments_transfer
     WHERE debit_id IN (SELECT id FROM payments_account
                         WHERE kind = 'requester' AND holder = %s AND currency = %s)
       AND reason IN ('batch_hold', 'hold', 'rehold')),
passed_on AS (
    SELECT DISTINCT t.credit_id AS id FROM payments_transfer t JOIN direct d ON t.debit_id = d.id
     WHERE t.reason = 'hold')
SELECT COALESCE(SUM(a.balance_cents), 0) FROM payments_account a
 WHERE a.kind IN ('batch', 'escrow')
   AND a.id IN (SELECT id FROM direct UNION SELECT id FROM passed_on)
"""


def held_for(holder: str, currency: str) -> int:
    """What a requester has in escrow, in cents: everything its money was put into, batches on
    their way and HITs. Reads every account it ever paid into."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [holder, currency])
        return int(cursor.fetchone()[0])
