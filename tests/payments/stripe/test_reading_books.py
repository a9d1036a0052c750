"""Stripe's books are read page by page, at their time, whatever dies or fails meanwhile."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.test import override_settings

from marketplace.errors import NotAllowed
from payments import jobs, reconciliation
from payments.actions.run_reconciliation import ask_for_reconciliation
from payments.gateway import reconciling, stripe_books, stripe_client
from payments.gateway.reconciling import run_reconciliation
from payments.models import (
    BalanceTransaction,
    BooksReading,
    Incident,
    Reconciliation,
    Transfer,
)
from tests.fake_gateway import Killed
from tests.payments.stripe.comparing import (
    by_hand,
    compared,
    equal,
    said,
    the_incident,
)
from tests.payments.stripe.paying_in import paid_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_books(live, paid, clock, monkeypatch):
    """Seven lines, in pages of two."""
    monkeypatch.setattr(stripe_books, "PAGE", 2)
    for _ in range(6):
        live.hands.writes("stripe_fee", -1)
    return live


def test_pages_are_read_to_the_end_and_once(long_books, clock):
    assert compared(clock).lines == 7
    asked = [path for _, path, _ in long_books.calls if path == "/v1/balance_transactions"]
    assert len(asked) == 4 + 1
    assert compared(clock).lines == 0
    assert BalanceTransaction.objects.count() == 7


STEPS = (
    "begin_reconciliation", "begin_reading", "keep_page", "keep_funds", "finish_reconciliation",
)  # fmt: skip


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("turn", [1, 3])
def test_a_process_that_dies_anywhere_is_made_up_for(
    long_books, clock, monkeypatch, step, is_done, turn
):
    whole, calls = getattr(reconciling, step), []

    def dies(**given):
        calls.append(step)
        if len(calls) < turn:
            return whole(**given)
        if is_done:
            whole(**given)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(reconciling, step, dies)
        try:
            compared(clock)
        except Killed:
            assert len(calls) == turn
    long_books.hands.writes("stripe_fee", -1)
    clock.forward(hours=60)
    assert jobs.reconcile() == 0
    assert BalanceTransaction.objects.filter(gateway="stripe").count() == 8
    assert Transfer.objects.filter(reason="gateway_cost").count() == 7
    assert not Incident.objects.exists()
    assert equal(long_books)
    assert not Reconciliation.objects.filter(ended_at=None).exists()


def test_a_reading_that_broke_off_goes_on_at_its_page(long_books, clock):
    long_books.faults.next("none", "lost_before", path="/v1/balance_transactions")
    assert "stripe" in compared(clock).failure
    assert BalanceTransaction.objects.filter(gateway="stripe").count() == 2
    assert BooksReading.objects.get(gateway="stripe").page_after
    clock.forward(minutes=10)
    assert run_reconciliation(at=clock.now).lines == 5


@pytest.mark.parametrize(("faults", "lines"), [(2, 7), (3, 2)])
def test_a_page_is_asked_for_a_few_times(long_books, clock, monkeypatch, faults, lines):
    monkeypatch.setattr(stripe_client, "PAUSES", (0, 0))
    kinds = ["limited", "error_before", "lost_before"][:faults]
    long_books.faults.next("none", *kinds, path="/v1/balance_transactions")
    assert bool(compared(clock).failure) == (faults == 3)
    assert BalanceTransaction.objects.filter(gateway="stripe").count() == lines


def test_a_balance_that_never_stands_still_is_not_judged(live, paid, clock, monkeypatch):
    whole, calls = stripe_books.funds, []

    def funds():
        calls.append(1)
        live.hands.writes("stripe_fee", -1)
        return whole()

    monkeypatch.setattr(stripe_books, "funds", funds)
    assert compared(clock).differences == 0
    assert len(calls) == 2 * reconciling.TRIES
    assert BooksReading.objects.get(gateway="stripe").funds_at is None


def test_what_comes_while_books_are_read_is_caught_up_with(long_books, clock, monkeypatch):
    whole, late = stripe_books.funds, [-1] * 5

    def funds():
        while late:
            long_books.hands.writes("stripe_fee", late.pop())
        return whole()

    monkeypatch.setattr(stripe_books, "funds", funds)
    assert compared(clock).lines == 7 + 5
    assert BooksReading.objects.get(gateway="stripe").funds_at == clock.now
    assert equal(long_books)


def test_stripe_that_can_not_be_read_for_days_is_an_incident(live, paid, clock):
    compared(clock)
    live.faults.paths, live.faults.share, live.faults.kinds = "/v1/balance", 1.0, ("lost_before",)
    assert compared(clock).failure
    assert not Incident.objects.exists()
    compared(clock, later=timedelta(days=3))
    assert the_incident().kind == "unread"
    assert "not read for 3 days" in said("audit_ledger")
    live.faults.share = 0.0
    compared(clock)
    assert Incident.objects.get().gone_at == clock.now
    assert "not read" not in said("audit_ledger")


def test_books_that_were_never_read_are_missed_from_the_first_use_on(live, lab, clock):
    assert not reconciliation.is_unread(at=clock.now)
    paid_in(live, lab, clock, 10_00)
    clock.forward(days=4)
    assert reconciliation.is_unread(at=clock.now)
    with override_settings(STRIPE_SECRET_KEY=""):
        assert not reconciliation.is_unread(at=clock.now)


def test_a_command_beside_another_process_leaves_it_to_that(live, paid, clock, monkeypatch):
    monkeypatch.setattr(reconciling, "alone", lambda _name: nullcontext(enter_result=False))
    assert "Another process reconciles now" in said("reconcile")
    assert not Reconciliation.objects.exists()
    assert jobs.reconcile() == 0


def test_the_command_says_what_it_found(live, paid, clock):
    assert "1 new lines; 0 differences" in said("reconcile")
    by_hand(live, 3_00)
    clock.forward(hours=7)
    told_so = said("reconcile")
    assert "-$3.00" in told_so
    assert told_so.endswith("exit 1")
    assert said("audit_ledger").endswith("exit 1")
    live.faults.next("lost_before", path="/v1/balance_transactions")
    assert "Not all books were read: stripe" in said("reconcile")


def runs(clock):
    before = Reconciliation.objects.filter(began_at__isnull=False).count()
    jobs.reconcile()
    return Reconciliation.objects.filter(began_at__isnull=False).count() - before


def test_it_runs_once_a_day_and_each_hour_while_something_is_open(live, paid, clock, staff):
    assert [runs(clock), runs(clock)] == [1, 0]
    clock.forward(hours=1)
    assert runs(clock) == 0
    clock.forward(hours=22)
    assert runs(clock) == 1
    by_hand(live, 1)
    first, second = (ask_for_reconciliation(staff=staff, at=clock.now) for _ in range(2))
    assert first == second
    assert [runs(clock), runs(clock)] == [1, 0]  # it was asked for
    first.refresh_from_db()
    assert (first.asked_by, first.in_flight) == (staff, 1)
    clock.forward(hours=1)
    assert runs(clock) == 1  # something is in flight
    clock.forward(hours=7)
    assert runs(clock) == 1
    assert the_incident()
    clock.forward(hours=1)
    assert runs(clock) == 1  # an incident stands
    with pytest.raises(NotAllowed):
        ask_for_reconciliation(staff=paid.user, at=clock.now)
