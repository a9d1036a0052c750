"""Play money's books beside the ledger's: the same comparison, before the gateway that is always
there."""

from datetime import timedelta

import pytest

from payments import audit, jobs, reconciliation
from payments.actions.grant_play_money import grant_play_money
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway import play_money, reconciling
from payments.gateway.reconciling import run_reconciliation
from payments.models import (
    BalanceTransaction,
    BooksReading,
    Incident,
    Payout,
    PlayCharge,
    PlayPayout,
    Transfer,
)
from tasks.actions.send_bonus import send_bonus
from tests import world
from tests.fake_gateway import Killed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=100_00)


@pytest.fixture
def worker(lab, clock):
    """Somebody with a bonus of five dollars."""
    worker = world.a_worker("wanda")
    work = world.submitted(worker, world.a_batch(lab, rows=1))
    send_bonus(by=lab.by, assignment_id=work.public_id, amount_cents=500, reason="!", at=clock.now)
    return worker.public_id


def compared(clock, *, later=timedelta(hours=7)):
    clock.set(clock.now + later)
    return run_reconciliation(at=clock.now)


def sent(worker, clock):
    payout = request_payout(worker=worker, currency="USD", at=clock.now)
    assert jobs.send_payouts() == 1
    return payout


def the_kinds():
    return list(Incident.objects.filter(gone_at=None).values_list("kind", "amount_cents"))


def test_deposits_payouts_refunds_and_grants_are_found_in_both_books(lab, worker, clock):
    sent(worker, clock)
    request_refund(by=lab.by, user=None, amount_cents=10_00, currency="USD", at=clock.now)
    jobs.send_refunds()
    grant_play_money(requester=lab.requester, at=clock.now)
    run = compared(clock)
    assert (run.lines, run.differences, run.in_flight) == (3, 0, 0)
    assert set(BalanceTransaction.objects.values_list("kind", "about")) == {
        ("charge", "deposit"), ("payout", "payout"), ("refund", "refund"),
    }  # fmt: skip
    assert list(audit.differences()) == []
    held = BooksReading.objects.get().funds["USD"]
    assert held == {"available": 85_00, "pending": 0, "apart": 0}
    assert reconciliation.clearing_cents("USD") == 85_00
    assert compared(clock).lines == 0


def test_a_deposit_that_waits_is_not_in_the_books_yet(lab, clock, settings):
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 3600 * 24
    world.deposit(lab, 5_00)
    assert compared(clock).differences == 0


def test_a_payout_that_is_missing_there(worker, clock):
    sent(worker, clock)
    PlayPayout.objects.all().delete()
    compared(clock)
    assert the_kinds() == [("missing_there", 5_00)]


def test_a_payout_that_says_another_amount(worker, clock):
    sent(worker, clock)
    PlayPayout.objects.update(amount_cents=6_00)
    compared(clock)
    assert the_kinds() == [("amount", -1_00)]


def test_a_payment_that_nobody_asked_for(lab, clock):
    PlayCharge.objects.create(
        idempotency_key="donation_of_a_friend",
        amount_cents=9_00,
        currency="USD",
        settles_at=clock.now,
    )
    compared(clock)
    assert the_kinds() == [("unknown", 9_00)]


def test_a_payout_that_failed_here_and_went_out_there(worker, clock):
    payout = request_payout(worker=worker, currency="USD", at=clock.now)
    Payout.objects.filter(pk=payout.pk).update(due_at=clock.now + timedelta(days=1))
    PlayPayout.objects.create(
        idempotency_key="twice",
        transfer_group=payout.transfer_group,
        destination=worker,
        amount_cents=5_00,
        currency="USD",
        sent_at=clock.now,
    )
    compared(clock)
    assert the_kinds() == [("missing_here", -5_00)]


def test_long_books_are_read_in_pages_and_go_on_where_a_process_died(lab, clock, monkeypatch):
    monkeypatch.setattr(play_money, "PAGE", 2)
    for _ in range(4):
        clock.forward(minutes=1)
        world.deposit(lab, 1_00)
    keep, pages = reconciling.keep_page, []

    def dies_at_the_third(**page):
        pages.append(page)
        if len(pages) == 3:
            raise Killed
        return keep(**page)

    with monkeypatch.context() as patch:
        patch.setattr(reconciling, "keep_page", dies_at_the_third)
        with pytest.raises(Killed):
            compared(clock)
    assert BalanceTransaction.objects.count() == 4
    run = compared(clock)
    assert (run.lines, run.differences) == (1, 0)
    assert Transfer.objects.filter(reason__in=("operator", "gateway_cost")).count() == 0
