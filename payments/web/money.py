"""A requester's money: balance, what is held, deposits, statement."""

import csv
import uuid
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import ROLE_RANK, Role
from marketplace.hurry import hurry
from marketplace.money import currency_of, dollars
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.navigation import local_address
from marketplace.web.paging import page_newest_first
from payments import queries
from payments.actions.grant_play_money import GRANT_CENTS, grant_play_money
from payments.actions.make_deposit import make_deposit, require_amount
from payments.models import AccountKind, Deposit, Reason, Transfer
from payments.states import OPEN_DEPOSITS, DepositStatus
from payments.web.documents import documents_of
from payments.web.forms import DepositForm, StatementForm
from payments.web.methods import paying_context

PAGE = 50
CHUNK = 1000
LATEST_MONTHS = 3
FOR = "money_is_for"  # the page that the money was missing on


@requester_view()
@require_safe
def balance(request: MemberRequest) -> HttpResponse:
    """Balance, deposits under way, and the statement."""
    holder, currency = _whose(request)
    form = StatementForm(request.GET or None)
    page = page_newest_first(request, _lines(request, form), size=PAGE)
    account = queries.account_id_of(AccountKind.REQUESTER, holder, currency)
    shown = [*OPEN_DEPOSITS, DepositStatus.FAILED]
    deposits = request.acting.requester.deposits.filter(currency=currency, status__in=shown)
    context = {
        "balance_cents": queries.requester_balance(holder, currency),
        "is_frozen": queries.frozen_balances().filter(holder=holder, currency=currency).exists(),
        "owed_cents": queries.owed_after_disputes(holder, currency),
        "currency": currency,
        "form": form,
        "page": page,
        "lines": [queries.line_of(transfer, account_id=account or 0) for transfer in page.rows],
        "deposits": deposits.order_by("-pk")[:3],
        "is_sandbox": request.is_sandbox,
        "can_be_granted": request.is_sandbox and not _was_granted(holder, currency),
        "grant_cents": GRANT_CENTS,
        "filters": request.GET.urlencode(),
        "is_filtered": bool(form.chosen()),
        "months": documents_of(request.acting.requester, currency, limit=LATEST_MONTHS),
        **_rights(request),
    }
    if not request.is_sandbox:
        context |= paying_context(request)
    return render(request, "payments/money.html", context)


@requester_view()
@require_safe
def held(request: MemberRequest) -> HttpResponse:
    """What is held in escrow, from the ledger: asked for after the page, since it adds up every
    HIT that was paid for."""
    holder, currency = _whose(request)
    cents = queries.held_for(holder, currency)
    return render(request, "payments/_held.html", {"held_cents": cents, "currency": currency})


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def deposit(request: MemberRequest) -> HttpResponse:
    """Add money."""
    _holder, currency = _whose(request)
    if request.method == "GET":
        # In the session, since the way leads over other pages, and Stripe's.
        request.session[FOR] = local_address(request, request.GET.get("next", ""))
    is_owner = ROLE_RANK[request.acting.role] >= ROLE_RANK[Role.OWNER] and not request.is_sandbox
    form = DepositForm(
        request.POST or None,
        initial={"amount": request.GET.get("amount", "")},
        saved=queries.saved_method_of(request.acting.requester) if is_owner else None,
        may_save=is_owner,
    )
    if form.is_valid():
        with refusals_shown_in(form):
            cents = form.cleaned_data["amount"]
            if form.is_from_saved:
                require_amount(cents, currency)
                return redirect(
                    f"{reverse('money:charge')}?amount={dollars(cents)}&token={uuid.uuid4()}"
                )
            made = make_deposit(
                by=request.acting,
                user=request.user,
                amount_cents=cents,
                currency=currency,
                saves_method=form.cleaned_data.get("keep", False),
                at=clock.now(),
            )
            hurry("payments.settle_deposits")
            return redirect("money:deposit_state", made.public_id)
    context = {
        "form": form,
        "currency": currency,
        "least_cents": settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS,
        "is_play": request.is_sandbox or settings.MANYHANDS_GATEWAY == "play",
    }
    return render(request, "payments/deposit.html", context)


@requester_view()
@require_safe
def deposit_state(request: MemberRequest, deposit_id: UUID) -> HttpResponse:
    """How a deposit stands; the page asks again until it has settled or failed."""
    _holder, currency = _whose(request)
    mine = Deposit.objects.filter(requester=request.acting.requester, currency=currency)
    found = get_object_or_404(mine, public_id=deposit_id)
    name = "_deposit_state.html" if request.headers.get("HX-Request") else "deposit_state.html"
    context = {
        "deposit": found,
        "is_open": found.status in OPEN_DEPOSITS,
        "is_play": found.gateway == "play",
        "go_on": request.session.get(FOR) or reverse("requester:start"),
    }
    response = render(request, f"payments/{name}", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@requester_view(Role.MANAGER)
@require_POST
def play_money(request: MemberRequest) -> HttpResponse:
    """Give the sandbox its play money."""
    if request.is_sandbox:
        grant_play_money(requester=request.acting.requester, at=clock.now())
        messages.success(request, _("Your sandbox has play money. Nobody is charged."))
    else:
        messages.warning(request, _("Play money is for the sandbox. Switch to it first."))
    return redirect("money:balance")


@requester_view()
@require_safe
def statement_csv(request: MemberRequest) -> StreamingHttpResponse:
    """The statement with its filters, as a file."""
    holder, currency = _whose(request)
    account = queries.account_id_of(AccountKind.REQUESTER, holder, currency) or 0
    lines = _lines(request, StatementForm(request.GET or None))
    response = StreamingHttpResponse(_csv(lines, account), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement_{currency}.csv"'
    response["Cache-Control"] = "no-store"
    return response


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _csv(lines: QuerySet[Transfer], account: int) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(["Id", "Time (UTC)", "Kind", "Reference", "Note", "Amount", "Currency"])
    last = 2**63 - 1
    while chunk := list(lines.filter(pk__lt=last)[:CHUNK]):
        last = chunk[-1].pk
        yield "".join(_csv_line(writer, transfer, account) for transfer in chunk)


def _csv_line(writer: Any, transfer: Transfer, account: int) -> str:
    line = queries.line_of(transfer, account_id=account)
    note = f"'{line.note}" if line.note[:1] in "=+-@\t\r\n" and line.note else line.note
    row = [line.id, f"{line.at:%Y-%m-%d %H:%M:%S}", line.reason, line.reference, note]
    written: str = writer.writerow([*row, dollars(line.amount_cents), transfer.currency])
    return written


def _whose(request: MemberRequest) -> tuple[str, str]:
    return request.acting.requester.public_id, currency_of(is_sandbox=request.is_sandbox)


def _lines(request: MemberRequest, form: StatementForm) -> QuerySet[Transfer]:
    holder, currency = _whose(request)
    lines = queries.statement_of(AccountKind.REQUESTER, holder, currency)
    return lines.filter(**form.chosen())


def _was_granted(holder: str, currency: str) -> bool:
    lines = queries.statement_of(AccountKind.REQUESTER, holder, currency)
    return lines.filter(reason=Reason.PLAY_GRANT).exists()


def _rights(request: MemberRequest) -> dict[str, bool]:
    acting = request.acting
    is_manager = ROLE_RANK[acting.role] >= ROLE_RANK[Role.MANAGER]
    return {"may_manage": is_manager and acting.requester.suspended_at is None}
