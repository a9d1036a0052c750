"""Stripe's books beside the ledger's: what the tests of both do with them."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command

from payments import audit, jobs, ledger, reconciliation
from payments.actions.request_payout import request_payout
from payments.gateway.reconciling import run_reconciliation
from payments.models import AccountKind, Incident
from tests.payments.stripe.paying_in import held_by_stripe

WORKER = "AWORKER"


def rewarded(lab, clock, cents, worker=WORKER):
    """From the requester's own balance, so that the clearing account knows nothing of it."""
    move = ledger.Move(
        key=f"reward:{worker}:{clock.now}:{cents}",
        debit=ledger.account(AccountKind.REQUESTER, lab.requester.public_id, "USD"),
        credit=ledger.account(AccountKind.WORKER, worker, "USD"),
        amount_cents=cents,
        currency="USD",
        reason=ledger.Reason.REWARD,
        reference="test",
    )
    ledger.post([move], at=clock.now)


def sent(clock, cents=None):
    """A payout that arrived."""
    payout = request_payout(worker=WORKER, currency="USD", amount_cents=cents, at=clock.now)
    jobs.send_payouts()
    payout.refresh_from_db()
    return payout


def compared(clock, *, later=timedelta(hours=7)):
    """A reconciliation when nothing is in flight any more."""
    clock.set(clock.now + later)
    return run_reconciliation(at=clock.now)


def the_incident():
    return Incident.objects.get(gone_at=None, closed_at=None)


def equal(live):
    """To the cent."""
    assert list(audit.differences()) == []
    return reconciliation.clearing_cents("USD") == held_by_stripe(live)


def summed(kind):
    return ledger.balance(ledger.account(AccountKind(kind), "", "USD"))


def by_hand(live, cents, **more):
    """Somebody makes a transfer in the dashboard."""
    payee = live.world.of("account")[0]["id"]
    given = {"amount": cents, "currency": "usd", "destination": payee, **more}
    return live.client().transfers.create(given)


def said(command):
    out = StringIO()
    try:
        call_command(command, stdout=out, stderr=out)
    except SystemExit as error:
        return f"{out.getvalue()}exit {error.code}"
    return out.getvalue()
