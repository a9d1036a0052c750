"""A machine stands still between Stripe's answer and its record, as a paused one does: the money
moves when it is recorded. A month's invoice that was issued meanwhile lacks nothing."""

from datetime import UTC, datetime

import pytest

from payments import audit, jobs
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway import GatewayError, GatewayNeedsPayer, deposits, events, payouts, refunds
from payments.models import Deposit, Invoice, Payout, Refund, Transfer
from tests.payments.stripe.comparing import WORKER
from tests.payments.stripe.paying_in import told

pytestmark = pytest.mark.django_db
AFTER = datetime(2026, 4, 1, 1, 30, tzinfo=UTC)


@pytest.fixture
def late(paid, clock, monkeypatch):
    """Ask at the end of March; the answer is recorded in April, after the invoices."""
    clock.set(datetime(2026, 3, 31, 23, 40, tzinfo=UTC))

    def answers(module, name, failure=None):
        ask = getattr(module, name)

        def held_up(*given, **more):
            if failure is None:
                said = ask(*given, **more)
            if clock.now < AFTER:
                clock.set(AFTER)
                jobs.issue_invoices()
            if failure is not None:
                raise failure
            return said

        monkeypatch.setattr(module, name, held_up)

    return answers


def moved():
    """The reasons of what has moved since the answer, and its time."""
    assert Invoice.objects.count() == 1
    assert list(audit.differences()) == []
    return [(t.reason, t.at) for t in Transfer.objects.filter(at__gte=AFTER).order_by("pk")]


def a_deposit(lab, clock):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    deposit = make_deposit(**given, at=clock.now)
    deposits.settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    return deposit


def a_refund(lab, clock):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 300, "currency": "USD"}
    return request_refund(**given, at=clock.now)[0]


def test_a_deposit(paid, live, late, clock):
    deposit = a_deposit(paid, clock)
    live.hands.pays(deposit.gateway_reference)
    late(deposits, "_ask")
    deposits.settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.settled_at) == ("settled", AFTER)
    assert moved() == [("deposit", AFTER), ("gateway_fee", AFTER)]


def test_a_deposit_that_failed(paid, late, clock):
    deposit = a_deposit(paid, clock)
    late(deposits, "_ask", GatewayError("No."))
    deposits.settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.failed_at) == ("failed", AFTER)


def test_a_deposit_that_needs_its_payer(paid, late, clock, monkeypatch):
    deposit = a_deposit(paid, clock)
    recorded = []
    record = deposits.record_charge

    def noted(**given):
        recorded.append(given["at"])
        return record(**given)

    late(deposits, "_ask", GatewayNeedsPayer("No."))
    monkeypatch.setattr(deposits, "record_charge", noted)
    ask = deposits.settle_deposit
    monkeypatch.setattr(deposits, "settle_deposit", lambda **given: None)
    ask(deposit_id=deposit.pk, at=clock.now)
    assert recorded == [AFTER]
    assert Deposit.objects.get(pk=deposit.pk).needs_payer


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(None, ("sent", "refund_sent")), (GatewayError("No."), ("failed", "refund_returned"))],
)
def test_a_refund(paid, late, clock, failure, outcome):
    refund = a_refund(paid, clock)
    late(refunds, "_sent_reference", failure)
    refunds.send_refund(refund_id=refund.pk, at=clock.now)
    (row,) = Refund.objects.all()
    assert (row.status, row.finished_at) == (outcome[0], AFTER)
    assert moved() == [(outcome[1], AFTER)]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(None, ("sent", "payout_sent")), (GatewayError("No."), ("failed", "payout_returned"))],
)
def test_a_payout(paid, late, clock, failure, outcome):
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    late(payouts, "_sent_reference", failure)
    payouts.send_payout(payout_id=payout.pk, at=clock.now)
    (row,) = Payout.objects.all()
    assert (row.status, row.finished_at) == (outcome[0], AFTER)
    assert moved() == [(outcome[1], AFTER)]


def test_what_an_event_tells_of_a_transfer(paid, live, late, clock, monkeypatch):
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    with monkeypatch.context() as dies:
        dies.setattr(payouts, "finish_payout", lambda **given: None)
        payouts.send_payout(payout_id=payout.pk, at=clock.now)
    late(events, "find_transfer")
    told(live, clock)
    assert moved() == [("payout_sent", AFTER)]


def test_what_an_event_tells_of_a_refund(paid, live, late, clock, monkeypatch):
    refund = a_refund(paid, clock)
    with monkeypatch.context() as dies:
        dies.setattr(refunds, "finish_refund", lambda **given: None)
        refunds.send_refund(refund_id=refund.pk, at=clock.now)
    late(events, "find_refund_by_id")
    told(live, clock)
    assert moved() == [("refund_sent", AFTER)]


def test_what_an_event_tells_of_a_dispute(paid, live, late, clock):
    live.hands.disputes(live.world.of("charge")[0]["id"])
    late(events, "find_dispute")
    told(live, clock)
    reasons = ["dispute", "dispute", "gateway_fee"]  # of the balance, and what is owed
    assert moved() == [(reason, AFTER) for reason in reasons]
