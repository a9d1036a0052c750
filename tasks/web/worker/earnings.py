"""A worker's money: what is pending, available, on its way and paid, and each line's reason."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock, money
from marketplace.hurry import hurry
from marketplace.money import currency_of
from marketplace.web.errors import refusals_shown_in
from payments import queries as books
from payments.actions.request_payout import request_payout
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.models import AccountKind, Payout, PayoutSettings, Reason
from payments.queries import StatementLine
from tasks.queries import working
from tasks.web.worker.forms import PayoutForm, ScheduleForm
from workers.web.access import WorkerRequest, worker_view

LINES = 25
PAYOUTS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of the statement, with the title of the work it was for."""

    line: StatementLine
    title: str
    why: str
    is_work: bool


@worker_view
@require_safe
def earnings(request: WorkerRequest) -> HttpResponse:
    """The whole picture."""
    return _page(request)


@worker_view
@require_POST
def pay_out(request: WorkerRequest) -> HttpResponse:
    """Start a payout of an amount, or of all there is."""
    form = PayoutForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            payout = request_payout(
                worker=request.worker.public_id,
                currency=currency_of(is_sandbox=request.is_sandbox),
                amount_cents=form.cleaned_data["amount"],
                at=clock.now(),
            )
            hurry("payments.send_payouts")
            shown = money.show(payout.amount_cents, payout.currency)
            messages.success(request, _("%(amount)s is on its way to you.") % {"amount": shown})
            return redirect("work:earnings")
    return _page(request, payout_form=form)


@worker_view
@require_POST
def schedule(request: WorkerRequest) -> HttpResponse:
    """Say when earnings go out by themselves."""
    form = ScheduleForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            set_payout_schedule(
                worker=request.worker.public_id,
                schedule=form.cleaned_data["schedule"],
                minimum_cents=form.cleaned_data["minimum"],
            )
            messages.success(request, _("Saved."))
            return redirect("work:earnings")
    return _page(request, schedule_form=form)


def _page(
    request: WorkerRequest,
    *,
    payout_form: PayoutForm | None = None,
    schedule_form: ScheduleForm | None = None,
) -> HttpResponse:
    currency = currency_of(is_sandbox=request.is_sandbox)
    worker = request.worker.public_id
    before = request.GET.get("before", "")
    lines, more = _lines(request, currency, before)
    return render(
        request,
        "tasks/worker/earnings.html",
        {
            "currency": currency,
            "earnings": books.earnings_of(worker, currency),
            "pending_cents": working.pending_cents_of(
                request.worker, is_sandbox=request.is_sandbox
            ),
            "open_payout": books.open_payout_of(worker, currency),
            "payouts": _shown(books.payouts_of(worker, currency)[:PAYOUTS]),
            "lines": lines,
            "next_url": f"?before={lines[-1].line.id}#statement" if more else "",
            "first_url": f"{request.path}#statement" if before else "",
            "has_account": settings.MANYHANDS_GATEWAY != "play" and not request.is_sandbox,
            "least_cents": settings.MANYHANDS_MINIMUM_PAYOUT_CENTS,
            "payout_form": payout_form or PayoutForm(),
            "schedule_form": schedule_form or _schedule_of(worker),
        },
        status=400 if payout_form or schedule_form else 200,
    )


def _lines(request: WorkerRequest, currency: str, before: str) -> tuple[list[Line], bool]:
    """A page of the statement, newest first, and whether there is more."""
    worker = request.worker.public_id
    account = books.account_id_of(AccountKind.WORKER, worker, currency)
    if account is None:
        return [], False
    transfers = books.statement_of(AccountKind.WORKER, worker, currency)
    if before.isdecimal() and len(before) < 19:
        transfers = transfers.filter(pk__lt=int(before))
    found = list(transfers[: LINES + 1])
    shown = [books.line_of(transfer, account_id=account) for transfer in found[:LINES]]
    titles = working.titles_of([line.reference for line in shown], request.worker)
    return (
        [
            Line(
                line=line,
                title=titles.get(line.reference, line.note),
                why=line.note if line.reason == Reason.BONUS.label else "",
                is_work=line.reference in titles,
            )
            for line in shown
        ],
        len(found) > LINES,
    )


_TONES = {"sent": "good", "failed": "bad", "unknown": "warn"}


def _shown(payouts: object) -> list[tuple[Payout, str]]:
    """Payouts with the tone of their state."""
    return [(payout, _TONES.get(payout.status, "brand")) for payout in payouts]  # type: ignore[attr-defined]


def _schedule_of(worker: str) -> ScheduleForm:
    kept = PayoutSettings.objects.filter(worker=worker).first()
    least = settings.MANYHANDS_MINIMUM_PAYOUT_CENTS
    return ScheduleForm(
        initial={
            "schedule": kept.schedule if kept else PayoutSettings.Schedule.ON_REQUEST,
            "minimum": kept.minimum_cents if kept else least,
        }
    )
