"""The operator's money page: where all money is, what is on its way and since when, what failed."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.admincells import amount, link, moment
from marketplace.adminsite import Page, Panel
from payments.admin_batches import NEXT_STEP, progress_of, state_of
from payments.models import AccountKind, Deposit, GatewayEvent, Payout, PayoutBatch
from payments.states import OPEN_PAYOUTS, DepositStatus, PayoutStatus

LATEST_BATCHES = 10
LATELY = timedelta(days=7)
REASONS = 10

# Kept balances are added up; the accounts that keep none are summed from their transfers.
_TRIAL_BALANCE = """
SELECT kind, currency, COUNT(*), SUM(COALESCE(balance_cents,
       (SELECT COALESCE(SUM(amount_cents), 0) FROM payments_transfer WHERE credit_id = a.id)
     - (SELECT COALESCE(SUM(amount_cents), 0) FROM payments_transfer WHERE debit_id = a.id)))
  FROM payments_account a GROUP BY kind, currency ORDER BY currency, kind
"""


@require_safe
def money_page(request: HttpRequest) -> HttpResponse:
    """Everything an operator looks at before anything else."""
    panels = [_trial_balance(), _on_its_way(), _batches(), _failures()]
    context = admin.site.each_context(request) | {"title": PAGE.label, "panels": panels}
    return render(request, "admin/page.html", context)


def _trial_balance() -> Panel:
    """All accounts by kind: each currency's sum is zero, or a transfer was tampered with."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE)
        found = cursor.fetchall()
    rows: list[list[Any]] = [
        [AccountKind(kind).label, f"{accounts:,}", amount(int(cents), currency)]
        for kind, currency, accounts, cents in found
    ]
    for currency in sorted({row[1] for row in found}):
        rest = sum(int(row[3]) for row in found if row[1] == currency)
        words = _("Sum in %(currency)s (must be zero)") % {"currency": currency}
        rows.append([words, "", amount(rest, currency)])
    return Panel(
        title=_("Trial balance"),
        head=[_("Accounts"), _("How many"), _("Hold")],
        rows=rows,
        empty=_("No money has moved yet."),
    )


def _on_its_way() -> Panel:
    """What waits for somebody outside, and how long it has."""
    rows: list[list[Any]] = []
    coming = Deposit.objects.filter(status__in=(DepositStatus.CREATED, DepositStatus.PENDING))
    for row in _by_currency(coming):
        rows.append([_("Deposits that have not settled"), *_waits(row)])
    leaving = Payout.objects.filter(status__in=OPEN_PAYOUTS)
    for row in _by_currency(leaving):
        rows.append([_("Payouts that have not arrived"), *_waits(row)])
    events = GatewayEvent.objects.filter(processed_at=None)
    told = events.aggregate(number=Count("pk"), since=Min("received_at"))
    if told["number"]:
        rows.append([_("Events not looked at"), f"{told['number']:,}", "–", moment(told["since"])])
    return Panel(
        title=_("On its way"),
        head=[_("What"), _("How many"), _("Amount"), _("The oldest, since (UTC)")],
        rows=rows,
        empty=_("Nothing: all that came in or went out is done."),
    )


def _by_currency(found: Any) -> Any:
    sums = (
        found.order_by()
        .values("currency")
        .annotate(number=Count("pk"), cents=Sum("amount_cents"), since=Min("created_at"))
    )
    return sums.order_by("currency")


def _waits(row: Any) -> list[Any]:
    return [f"{row['number']:,}", amount(row["cents"], row["currency"]), moment(row["since"])]


def _batches() -> Panel:
    latest = PayoutBatch.objects.filter(payouts__isnull=False).distinct()
    return Panel(
        title=_("Latest payout batches"),
        head=[_("Batch"), _("State"), _("Reached an end")],
        rows=[
            [link(batch), state_of(batch), progress_of(batch)]
            for batch in latest.order_by("-on", "-pk")[:LATEST_BATCHES]
        ],
        empty=_("No payout was made yet."),
    )


def _failures() -> Panel:
    since = clock.now() - LATELY
    rows: list[list[Any]] = []
    failed = Payout.objects.filter(status=PayoutStatus.FAILED, finished_at__gt=since)
    for row in _by_reason(failed):
        rows.append(
            [_("Payouts"), f"{row['number']:,}", row["failure"], NEXT_STEP[PayoutStatus.FAILED]]
        )
    stuck = Payout.objects.filter(status=PayoutStatus.UNKNOWN)
    for row in _by_reason(stuck):
        rows.append(
            [_("Payouts"), f"{row['number']:,}", row["failure"], NEXT_STEP[PayoutStatus.UNKNOWN]]
        )
    lost = Deposit.objects.filter(status=DepositStatus.FAILED, created_at__gt=since)
    for row in _by_reason(lost):
        step = _("Nothing was credited. The requester sees it and can try another way to pay.")
        rows.append([_("Deposits"), f"{row['number']:,}", row["failure"], step])
    return Panel(
        title=_("What went wrong in the last seven days"),
        head=[_("What"), _("How many"), _("In the gateway’s words"), _("What comes next")],
        rows=rows,
        empty=_("Nothing."),
    )


def _by_reason(found: Any) -> Any:
    sums = found.order_by().values("failure").annotate(number=Count("pk"))
    return sums.order_by("-number", "failure")[:REASONS]


PAGE = Page(
    label=_("Where the money is"),
    explains=_("Trial balance, what is on its way, payout batches, failures."),
    path="money/",
    name="money",
    view=money_page,
)
admin.site.add_page(PAGE)  # type: ignore[attr-defined]
