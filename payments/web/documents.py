"""Receipts and invoices: to read, to print, as a file."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import clock
from marketplace.accounts.models import ROLE_RANK, Requester, Role
from marketplace.money import currency_of, dollars
from marketplace.web.access import MemberRequest, requester_view
from payments.actions.set_billing import set_billing
from payments.models import AccountKind, Billing, Deposit, Invoice, Reason
from payments.queries import billed_to
from payments.statements import FEES
from payments.states import DepositStatus, OutStatus
from payments.web.forms import BillingForm

MOST_RECEIPTS = 500
LABELS: dict[str, str | Promise] = {
    Reason.DEPOSIT: gettext_lazy("Deposits"),
    Reason.REFUND_SENT: gettext_lazy("Refunds"),
    Reason.REFUND_RETURNED: gettext_lazy("Refunds that came back"),
    Reason.DISPUTE: gettext_lazy("Taken back by the payer’s bank"),
    Reason.DISPUTE_RETURNED: gettext_lazy("Given back after a dispute"),
    Reason.LOSS_REPAID: gettext_lazy("Paid of what was owed after a dispute"),
    Reason.REWARD: gettext_lazy("Rewards to workers"),
    Reason.BONUS: gettext_lazy("Bonuses to workers"),
    Reason.FEE: gettext_lazy("Service fee on rewards"),
    Reason.BONUS_FEE: gettext_lazy("Service fee on bonuses"),
}
"""In the order of an invoice: what came in, then what went out."""
PARTS: dict[str, str | Promise] = {
    AccountKind.REQUESTER: gettext_lazy("Free to spend"),
    AccountKind.ESCROW: gettext_lazy("In escrow for work"),
    AccountKind.ON_HOLD: gettext_lazy("On hold"),
    AccountKind.IN_REFUND: gettext_lazy("On its way back"),
}


@dataclass(kw_only=True)
class Month:
    """What there is of one month."""

    first: date
    invoice: Invoice | None = None
    receipts: list[Deposit] = field(default_factory=list)


def documents_of(requester: Requester, currency: str, *, limit: int | None = None) -> list[Month]:
    """A requester's months with a document, the newest first."""
    months: dict[date, Month] = {}
    for invoice in requester.invoices.filter(currency=currency).order_by("-month")[:limit]:
        months[invoice.month] = Month(first=invoice.month, invoice=invoice)
    settled = requester.deposits.filter(currency=currency, status=DepositStatus.SETTLED)
    for deposit in settled.order_by("-settled_at", "-pk")[:MOST_RECEIPTS]:
        assert deposit.settled_at is not None
        first = deposit.settled_at.date().replace(day=1)
        months.setdefault(first, Month(first=first)).receipts.append(deposit)
    return [months[first] for first in sorted(months, reverse=True)][:limit]


@requester_view()
@require_safe
def documents(request: MemberRequest) -> HttpResponse:
    """All receipts and invoices, by month."""
    currency = currency_of(is_sandbox=request.is_sandbox)
    months = documents_of(request.acting.requester, currency)
    context = {
        "months": months,
        "currency": currency,
        "most": MOST_RECEIPTS,
        "is_cut_off": sum(len(month.receipts) for month in months) == MOST_RECEIPTS,
        "may_bill": _may_bill(request),
    }
    return render(request, "payments/documents.html", context)


@requester_view()
@require_safe
def receipt(request: MemberRequest, deposit_id: UUID) -> HttpResponse:
    """What was paid, by whom and with what; and what of it went back."""
    currency = currency_of(is_sandbox=request.is_sandbox)
    settled = request.acting.requester.deposits.filter(
        currency=currency, status=DepositStatus.SETTLED
    )
    deposit = get_object_or_404(settled, public_id=deposit_id)
    refunds = list(deposit.refunds.filter(status=OutStatus.SENT).order_by("finished_at"))
    context = {
        "deposit": deposit,
        "number": f"R-{deposit.pk:06d}",
        "buyer": (deposit.paid_by or billed_to(request.acting.requester)).splitlines(),
        "refunds": refunds,
        "left_cents": deposit.amount_cents - sum(refund.amount_cents for refund in refunds),
        "is_play": deposit.gateway == "play",
    }
    return render(request, "payments/receipt.html", context)


@requester_view()
@require_safe
def invoice(request: MemberRequest, number: int) -> HttpResponse:
    """One month's fees, and the statement of the account."""
    found = _invoice_of(request, number)
    context = {
        "invoice": found,
        "is_play": settings.MANYHANDS_GATEWAY == "play",
        "seller": found.seller.splitlines(),
        "buyer": found.buyer.splitlines(),
        "fees": [line for line in _lines(found) if line["reason"] in FEES],
        "lines": _lines(found),
        "parts": [(PARTS[kind], found.parts[kind]) for kind in PARTS if found.parts.get(kind)],
    }
    return render(request, "payments/invoice.html", context)


@requester_view()
@require_safe
def invoice_csv(request: MemberRequest, number: int) -> HttpResponse:
    """The same as a file."""
    found = _invoice_of(request, number)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
    response["Cache-Control"] = "no-store"
    writer = csv.writer(response)
    writer.writerow(["Invoice", "Month", "Line", "Count", "Amount", "Currency"])
    rows: list[tuple[str, Any, int]] = [
        ("Opening balance", "", found.opening_cents),
        *((str(line["label"]), line["count"], line["cents"]) for line in _lines(found)),
        ("Closing balance", "", found.closing_cents),
    ]
    for label, count, cents in rows:
        month = f"{found.month:%Y-%m}"
        writer.writerow([found.name, month, label, count, dollars(cents), found.currency])
    return response


def _invoice_of(request: MemberRequest, number: int) -> Invoice:
    mine: Invoice = get_object_or_404(request.acting.requester.invoices, number=number)
    return mine


def _lines(invoice: Invoice) -> list[dict[str, Any]]:
    """In the order of LABELS, with their words."""
    order = [*LABELS]
    known: Iterable[dict[str, Any]] = invoice.lines
    return [
        line | {"label": LABELS[line["reason"]], "paid_cents": -line["cents"]}
        for line in sorted(known, key=lambda line: order.index(line["reason"]))
    ]


@requester_view(Role.OWNER)
@require_http_methods(["GET", "POST"])
def billing(request: MemberRequest) -> HttpResponse:
    """Whom invoices are made out to."""
    kept = Billing.objects.filter(requester=request.acting.requester).first()
    initial = {"name": request.acting.requester.name}
    if kept is not None:
        initial = {"name": kept.name, "address": kept.address, "tax_id": kept.tax_id}
    form = BillingForm(request.POST or None, initial=initial)
    if form.is_valid():
        set_billing(by=request.acting, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("Kept. It counts from the next invoice and receipt on."))
        return redirect("money:documents")
    return render(request, "payments/billing.html", {"form": form})


def _may_bill(request: MemberRequest) -> bool:
    """Whether this member may change the billing details."""
    rank = ROLE_RANK[request.acting.role]
    return rank >= ROLE_RANK[Role.OWNER] and request.acting.requester.suspended_at is None
