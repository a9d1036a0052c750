"""Money's clock work. Everything due is found by query; running a job twice changes nothing."""

from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.db.models import Q

from marketplace import clock
from marketplace.accounts.models import Requester
from marketplace.hurry import hurry
from marketplace.lanes import alone
from marketplace.postgres.away import passed_over
from payments import audit, queries
from payments.actions.call_back_refunds import call_back_refunds
from payments.actions.free_deposit import free_deposit
from payments.actions.issue_invoices import come_to_next, due_runs
from payments.actions.make_top_up import make_top_up
from payments.actions.note_differences import LEDGER, note_books
from payments.actions.run_reconciliation import is_reconciliation_due
from payments.actions.schedule_payouts import due_batches, prepare_payouts
from payments.actions.settle_loss import settle_loss
from payments.gateway import GatewayError, GatewayUnclear, sending
from payments.gateway.customers import advance_setup, forget_method
from payments.gateway.deposits import settle_deposit
from payments.gateway.events import poll_events, process_event
from payments.gateway.onboarding import check_payee, make_link
from payments.gateway.reconciling import run_reconciliation
from payments.gateway.refunds import send_refund
from payments.models import (
    Deposit,
    GatewayEvent,
    Incident,
    MethodSetup,
    Payee,
    PayoutBatch,
    SavedMethod,
)
from payments.states import OPEN_DEPOSITS, OPEN_SETUPS, DepositStatus

log = structlog.get_logger()


@shared_task(name="payments.settle_deposits")
def settle_deposits() -> int:
    """Ask the gateway about every deposit that isn't settled, or whose fee isn't known, as often as
    it may be asked."""
    is_open = Q(status__in=OPEN_DEPOSITS)
    has_no_fee = Q(status=DepositStatus.SETTLED, fee_cents=None) & ~Q(gateway="play")
    is_due = Q(ask_at=None) | Q(ask_at__lte=clock.now())
    due = Deposit.objects.filter(is_open | has_no_fee, is_due).order_by("pk")
    ids = list(due.values_list("pk", flat=True))
    for pk in ids:
        with passed_over("payments.deposit_failed", deposit=pk):
            settle_deposit(deposit_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.top_up_balances")
def top_up_balances() -> int:
    """Make the top-ups that are due; how many were."""
    made = 0
    for pk in list(queries.low_balances(at=clock.now()).values_list("pk", flat=True)):
        with passed_over("payments.top_up_failed", top_up=pk):
            made += make_top_up(top_up_id=pk, at=clock.now()) is not None
    if made:
        hurry("payments.settle_deposits")
    return made


@shared_task(name="payments.save_methods")
def save_methods() -> int:
    """Ask the gateway about every method that is being saved; how many there were."""
    is_due = Q(ask_at=None) | Q(ask_at__lte=clock.now())
    due = MethodSetup.objects.filter(is_due, status__in=OPEN_SETUPS).order_by("pk")
    ids = list(due.values_list("pk", flat=True))
    for pk in ids:
        with passed_over("payments.setup_failed", setup=pk):
            advance_setup(setup_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.forget_methods")
def forget_methods(limit: int = 100) -> int:
    """Have the gateway forget what was removed or replaced, once no payment by it is still to be
    charged: one that has begun goes on. How many there were."""
    due = SavedMethod.objects.filter(removed_at__isnull=False, forgotten_at=None).exclude(
        deposits__status=DepositStatus.CREATED
    )
    ids = list(due.order_by("removed_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        try:
            forget_method(method_id=pk, at=clock.now())
        except Exception as error:  # tried again at the next turn; the rest go on
            log.warning("payments.method_not_forgotten", method=pk, error=str(error))
    return len(ids)


@shared_task(name="payments.issue_invoices")
def issue_invoices(limit: int = 1000) -> int:
    """Issue the invoices of months that are over, `limit` requesters a turn; how many were."""
    issued = 0
    with alone("payments.issue_invoices") as is_mine:
        for run in due_runs(at=clock.now()) if is_mine else []:
            for _number in range(limit):
                came_to, made = come_to_next(run_id=run.pk, at=clock.now())
                issued += made
                if not came_to:
                    break
            else:
                break  # the rest at the next turn
    return issued


@shared_task(name="payments.free_deposits")
def free_deposits() -> int:
    """End the holds whose time has come; how many there were."""
    due = Deposit.objects.filter(held_until__lte=clock.now(), freed_at=None)
    ids = list(due.order_by("held_until").values_list("pk", flat=True))
    for pk in ids:
        free_deposit(deposit_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.send_refunds")
def send_refunds(limit: int = 500) -> int:
    """Send the refunds that are due and that no dispute holds back; how many were looked at."""
    due = queries.sendable_refunds(at=clock.now())
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        with passed_over("payments.refund_failed", refund=pk):
            send_refund(refund_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.settle_losses")
def settle_losses() -> int:
    """Take what is owed after disputes from frozen balances, and from refunds that have not left;
    how many there are."""
    frozen = list(queries.frozen_balances().values_list("holder", "currency"))
    for holder, currency in frozen:
        whose: Any = {"requester": Requester.objects.get(public_id=holder), "currency": currency}
        call_back_refunds(**whose, at=clock.now())
        settle_loss(**whose, at=clock.now())
    return len(frozen)


@shared_task(name="payments.process_gateway_events")
def process_gateway_events(limit: int = 1000) -> int:
    """Look at what the events in the inbox are about; how many were looked at."""
    due = GatewayEvent.objects.filter(processed_at=None, due_at__lte=clock.now())
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        with passed_over("payments.event_failed", event_row=pk):
            process_event(event_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.make_payee_links")
def make_payee_links(limit: int = 200) -> int:
    """Ways to the gateway's pages for the workers who wait for one; how many waited."""
    waiting = Payee.objects.filter(link_asked_at__isnull=False).order_by("link_asked_at", "pk")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in ids:
        with passed_over("payments.link_failed", payee=pk):
            make_link(payee_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.check_payees")
def check_payees(limit: int = 500) -> int:
    """Ask about workers' accounts of which no event came; how many were asked about."""
    due = Payee.objects.filter(check_at__lte=clock.now()).exclude(reference="")
    ids = list(due.order_by("check_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        with passed_over("payments.payee_check_failed", payee=pk):
            check_payee(payee_id=pk, at=clock.now())
    return len(ids)


@shared_task(name="payments.poll_gateway_events")
def poll_gateway_events() -> int:
    """Ask Stripe for events that were not delivered; how many there were."""
    if not settings.STRIPE_SECRET_KEY:
        return 0
    try:
        return poll_events(at=clock.now())
    except (GatewayError, GatewayUnclear) as error:
        log.warning("payments.poll_failed", error=str(error))
        return 0


@shared_task(name="payments.send_payouts")
def send_payouts(limit: int = 1000) -> int:
    """Send the payouts that are due and that nobody holds back; how many reached an end.

    One process at a time, so that the pace it keeps is the installation's.
    """
    with alone("payments.send_payouts") as is_mine:
        if not is_mine:
            return 0
        due = queries.sendable_payouts(at=clock.now()).order_by("due_at")
        return sending.send_payouts(
            list(due.values_list("pk", flat=True)[:limit]),
            lanes=settings.MANYHANDS_PAYOUT_LANES,
            per_second=settings.MANYHANDS_PAYOUTS_PER_SECOND,
        )


@shared_task(name="payments.schedule_payouts")
def make_scheduled_payouts(limit: int = 2000) -> int:
    """Hold the payouts that workers' schedules ask for, `limit` workers a turn; how many were
    made. Not while a money incident is open: a difference that the ledger's audit finds now
    opens one."""
    made = 0
    with alone("payments.schedule_payouts") as is_mine:
        if not is_mine or not (due := [b for b in due_batches(at=clock.now()) if _may_start(b)]):
            return 0
        note_books(list(audit.differences()), part=LEDGER, at=clock.now())
        for batch in due:
            if queries.incidents_in_the_way(batch.currency).exists():
                continue
            held, is_whole = prepare_payouts(batch=batch, at=clock.now(), limit=limit)
            made += held
            if not is_whole:
                break
    return made


def _may_start(batch: PayoutBatch) -> bool:
    """No money incident is in its way, but for what an audit now may find to be gone."""
    standing = queries.incidents_in_the_way(batch.currency)
    return not standing.exclude(kind=Incident.Kind.BOOKS, subject=LEDGER).exists()


@shared_task(name="payments.reconcile")
def reconcile() -> int:
    """Compare the gateways' books with the ledger, if that is due or was asked for; how many
    differences there are."""
    if not is_reconciliation_due(at=clock.now()):
        return 0
    done = run_reconciliation(at=clock.now())
    return done.differences if done else 0
