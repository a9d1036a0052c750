"""Money in, out to a worker, and back to where it came from: one story, told with play money's
gateway and with Stripe's before the stand-in."""

import pytest

from marketplace.errors import InvalidInput
from payments import audit, jobs, reconciliation
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway.deposits import settle_deposit
from payments.gateway.reconciling import run_reconciliation
from payments.models import Incident, Transfer
from payments.queries import earnings_of
from tests import world
from tests.payments.stripe.comparing import rewarded
from tests.payments.wallets import balance
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db
WORKER = "AWORKER"


@pytest.fixture
def lab(clock, wallet):
    return world.a_lab(cents=0)


def paid(lab, clock, wallet, cents):
    given = {"by": lab.by, "user": lab.user, "amount_cents": cents, "currency": "USD"}
    deposit = make_deposit(**given, at=clock.now)
    for _turn in range(2):  # asked again, it changes nothing
        settle_deposit(deposit_id=deposit.pk, at=clock.now)
        deposit.refresh_from_db()
        wallet.pays(deposit)
    for _turn in range(2):
        settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    return deposit


def refund(lab, clock, cents):
    given = {"by": lab.by, "user": lab.user, "currency": "USD"}
    made = request_refund(**given, amount_cents=cents, at=clock.now)
    for _turn in range(2):
        jobs.send_refunds()
    for each in made:
        each.refresh_from_db()
    return made


def require_both_books_to_agree(clock):
    clock.forward(hours=7)
    run = run_reconciliation(at=clock.now)
    assert (run.differences, run.in_flight, run.failure) == (0, 0, "")
    assert not Incident.objects.exists()
    assert list(reconciliation.differences()) == []
    assert list(audit.differences()) == []


def test_a_deposit_is_credited_once_when_it_has_settled(lab, clock, wallet):
    deposit = paid(lab, clock, wallet, 50_00)
    assert (deposit.status, deposit.settled_at) == ("settled", clock.now)
    assert (balance(lab), Transfer.objects.filter(reason="deposit").count()) == (50_00, 1)
    require_both_books_to_agree(clock)


def test_a_worker_is_paid_and_the_rest_goes_back_and_not_a_cent_more(lab, clock, wallet):
    paid(lab, clock, wallet, 30_00)
    clock.forward(hours=1)
    paid(lab, clock, wallet, 20_00)
    clock.forward(days=3)
    rewarded(lab, clock, 5_00, WORKER)
    if wallet.gateway == "stripe":
        a_payee(wallet.there, WORKER)
        wallet.there.hands.tops_up(5_00)  # what Stripe kept of the deposits
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    for _turn in range(2):
        jobs.send_payouts()
    payout.refresh_from_db()
    assert (payout.status, payout.gateway) == ("sent", wallet.gateway)
    assert earnings_of(WORKER, "USD").paid_cents == 5_00
    with pytest.raises(InvalidInput):
        refund(lab, clock, 50_01)
    made = refund(lab, clock, 45_00)
    assert [(each.status, each.amount_cents) for each in made] == [("sent", 20_00), ("sent", 25_00)]
    assert balance(lab) == 0
    require_both_books_to_agree(clock)
