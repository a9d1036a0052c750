"""The operator's money page: where all money is, what is on its way and since when, what failed,
and whether the gateway's books say the same. Live money and the sandbox's each have their side."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.admincells import NOTHING, amount, link, link_by_name, moment
from marketplace.adminsite import Page, Panel
from marketplace.money import SANDBOX_CURRENCY
from payments import queries
from payments.admin_batches import progress_of, state_of
from payments.admin_books import books_panel, incidents_panel, side_of
from payments.admin_reasons import BY_STATUS, DEPOSIT_FAILED, REFUND_BY_STATUS, next_step
from payments.models import (
    AccountKind,
    Deposit,
    Dispute,
    GatewayEvent,
    GatewayPoll,
    Payout,
    PayoutBatch,
    Refund,
)
from payments.states import (
    OPEN_PAYOUTS,
    OPEN_REFUNDS,
    DepositStatus,
    OutStatus,
)

LATEST_BATCHES = 10
LATELY = timedelta(days=7)
POLL_ALARM = timedelta(hours=6)
"""Stripe is asked each hour for events that were not delivered."""
ALARM = timedelta(days=5)
"""What is on its way for longer is marked: cards and bank debits settle within it."""
REASONS = 10
DEBTS = 100
OWN = (
    AccountKind.FEES,
    AccountKind.STRIPE_FEES,
    AccountKind.OPERATOR,
    AccountKind.RESERVE,
    AccountKind.DISPUTE_LOSS,
)
"""What is neither a requester's nor a worker's: together, the operator's part of the gateway's
balance."""

# Kept balances are added up; the accounts that keep none are summed from their transfers.
_TRIAL_BALANCE = """
SELECT kind, COUNT(*), SUM(COALESCE(balance_cents,
       (SELECT COALESCE(SUM(amount_cents), 0) FROM payments_transfer WHERE credit_id = a.id)
     - (SELECT COALESCE(SUM(amount_cents), 0) FROM payments_transfer WHERE debit_id = a.id)))
  FROM payments_account a WHERE currency = %s GROUP BY kind ORDER BY kind
"""


@require_safe
def money_page(request: HttpRequest) -> HttpResponse:
    """Everything an operator looks at before anything else."""
    currency = side_of(request)
    panels = [
        incidents_panel(currency),
        books_panel(currency),
        _on_its_way(currency),
        _failures(currency),
        _batches(currency),
        _trial_balance(currency),
        _debts(currency),
    ]
    context = admin.site.each_context(request) | {
        "title": PAGE.label,
        "panels": panels,
        "is_sandbox": currency == SANDBOX_CURRENCY,
        "is_play": settings.MANYHANDS_GATEWAY == "play",
    }
    return render(request, "admin/money.html", context)


def _trial_balance(currency: str) -> Panel:
    """All accounts by kind: their sum is zero, or a transfer was tampered with."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE, [currency])
        found = cursor.fetchall()
    rows: list[list[Any]] = [
        [AccountKind(kind).label, f"{accounts:,}", amount(int(cents), currency)]
        for kind, accounts, cents in found
    ]
    if rows:
        words = _("Sum in %(currency)s (must be zero)") % {"currency": currency}
        rows.append([words, "", amount(sum(int(cents) for _k, _n, cents in found), currency)])
    own = sum(int(cents) for kind, _n, cents in found if kind in OWN)
    return Panel(
        title=_("Trial balance"),
        facts=[(_("The operator’s own part"), _own_part(own, currency))] if rows else [],
        head=[_("Accounts"), _("How many"), _("Hold")],
        rows=rows,
        empty=_("No money has moved yet."),
    )


def _debts(currency: str) -> Panel:
    """By requester: what payers' banks took and no balance covered."""
    owed = queries.debts(currency)
    total = amount(sum(cents for _holder, cents, _since in owed), currency)
    return Panel(
        title=_("What requesters owe after disputes"),
        facts=[(_("All together"), total)] if owed else [],
        head=[_("Requester"), _("Owed"), _("Since (UTC)"), _("Days")],
        rows=[
            [
                link_by_name("accounts_requester", holder),
                amount(cents, currency),
                moment(since),
                (clock.now() - since).days,
            ]
            for holder, cents, since in owed[:DEBTS]
        ],
        empty=_("Nobody owes anything."),
    )


def _own_part(cents: int, currency: str) -> Any:
    if cents >= 0:
        return amount(cents, currency)
    return format_html(
        "{} – {}",
        amount(cents, currency),
        _("the gateway holds so much less than requesters and workers are owed: top it up"),
    )


def _on_its_way(currency: str) -> Panel:
    """What waits for somebody outside, and the oldest of each."""
    return Panel(
        title=_("On its way"),
        head=[_("What"), _("How many"), _("Amount"), _("The oldest"), _("Since (UTC)")],
        rows=list(_waiting(currency)),
        empty=_("Nothing: all that came in or went out is done."),
    )


def _waiting(currency: str) -> Iterator[list[Any]]:
    deposits = Deposit.objects.filter(currency=currency)
    unsettled = deposits.filter(status__in=(DepositStatus.CREATED, DepositStatus.PENDING))
    yield from _class(_("Deposits that have not settled"), unsettled, currency, "created_at")
    no_fee = deposits.filter(status=DepositStatus.SETTLED, fee_cents=None)
    no_fee = no_fee.exclude(gateway="play")
    yield from _class(_("Deposits whose fee is not booked"), no_fee, currency, "settled_at")
    on_hold = deposits.filter(held_until__isnull=False, freed_at=None)
    yield from _class(_("First deposits on hold"), on_hold, currency, "settled_at", has_alarm=False)
    leaving = Payout.objects.filter(currency=currency, status__in=OPEN_PAYOUTS)
    yield from _class(_("Payouts that have not arrived"), leaving, currency, "created_at")
    back = Refund.objects.filter(deposit__currency=currency, status__in=OPEN_REFUNDS)
    yield from _class(_("Refunds that have not arrived"), back, currency, "created_at")
    disputes = Dispute.objects.filter(deposit__currency=currency, closed_at=None)
    yield from _class(_("Disputes"), disputes, currency, "opened_at", has_alarm=False)
    if currency != SANDBOX_CURRENCY:
        events = GatewayEvent.objects.filter(processed_at=None)
        told = events.aggregate(number=Count("pk"), since=Min("received_at"))
        if told["number"]:
            cells = [f"{told['number']:,}", NOTHING, NOTHING, _aged(told["since"])]
            yield [_("Events not looked at"), *cells]
        yield from _events_not_asked_for()


def _events_not_asked_for() -> Iterator[list[Any]]:
    asked_at = GatewayPoll.objects.filter(gateway="stripe").values_list("asked_at", flat=True)
    last = asked_at.first()
    if settings.STRIPE_SECRET_KEY and (last is None or clock.now() - last > POLL_ALARM):
        words = _("The last time it worked. The log of the jobs says why: payments.poll_failed")
        cell = format_html("{} – <strong>{}</strong>", moment(last) if last else _("never"), words)
        yield [_("Events that Stripe was not asked for"), NOTHING, NOTHING, NOTHING, cell]


def _class(
    words: Any, rows: QuerySet[Any], currency: str, since: str, *, has_alarm: bool = True
) -> Iterator[list[Any]]:
    told = rows.aggregate(number=Count("pk"), cents=Sum("amount_cents"))
    oldest = rows.order_by(F(since).asc(nulls_last=True), "pk").first()
    if oldest is None:
        return
    at = getattr(oldest, since)
    name = getattr(oldest, "public_id", None) or oldest.reference
    yield [
        words,
        f"{told['number']:,}",
        amount(told["cents"], currency),
        link(oldest, str(name)[:8]),
        _aged(at) if has_alarm else moment(at),
    ]


def _aged(at: datetime) -> Any:
    """Marked in words where it takes too long."""
    if clock.now() - at <= ALARM:
        return moment(at)
    days = (clock.now() - at).days
    words = _("%(days)s days: look at it") % {"days": days}
    return format_html("{} – <strong>{}</strong>", moment(at), words)


def _batches(currency: str) -> Panel:
    latest = PayoutBatch.objects.filter(payouts__isnull=False, currency=currency).distinct()
    return Panel(
        title=_("Latest payout batches"),
        head=[_("Batch"), _("State"), _("Reached an end")],
        rows=[
            [link(batch), state_of(batch), progress_of(batch)]
            for batch in latest.order_by("-on", "-pk")[:LATEST_BATCHES]
        ],
        empty=_("No payout was made yet."),
    )


def _failures(currency: str) -> Panel:
    since = clock.now() - LATELY
    rows: list[list[Any]] = []
    payouts = Payout.objects.filter(currency=currency).filter(
        Q(status=OutStatus.FAILED, finished_at__gt=since) | _is_waiting(OPEN_PAYOUTS)
    )
    for row in _by_reason(payouts):
        rows.append([_("Payouts"), *_told(row, BY_STATUS[row["status"]])])
    refunds = Refund.objects.filter(deposit__currency=currency).filter(
        Q(status=OutStatus.FAILED, finished_at__gt=since) | _is_waiting(OPEN_REFUNDS)
    )
    for row in _by_reason(refunds):
        rows.append([_("Refunds"), *_told(row, REFUND_BY_STATUS[row["status"]])])
    # Those that failed before there was a failed_at count from when they were made.
    lost = Deposit.objects.filter(currency=currency, status=DepositStatus.FAILED)
    lost = lost.filter(Q(failed_at__gt=since) | Q(failed_at=None, created_at__gt=since))
    for row in _by_reason(lost):
        rows.append([_("Deposits"), *_told(row, DEPOSIT_FAILED)])
    return Panel(
        title=_("What went wrong in the last seven days"),
        head=[_("What"), _("How many"), _("In the gateway’s words"), _("What comes next")],
        rows=rows,
        empty=_("Nothing."),
    )


def _is_waiting(open_statuses: Iterable[str]) -> Q:
    """Tried, and not at its end: the gateway's words say why."""
    return Q(status__in=open_statuses) & ~Q(failure="")


def _by_reason(found: QuerySet[Any]) -> Any:
    sums = found.order_by().values("status", "failure").annotate(number=Count("pk"))
    return sums.order_by("-number", "failure")[:REASONS]


def _told(row: Any, default: Any) -> list[Any]:
    return [f"{row['number']:,}", row["failure"], next_step(row["failure"], default)]


PAGE = Page(
    label=_("Where the money is"),
    explains=_("Incidents, the gateway’s books, what is on its way, failures, trial balance."),
    path="money/",
    name="money",
    view=money_page,
)
admin.site.add_page(PAGE)  # type: ignore[attr-defined]
