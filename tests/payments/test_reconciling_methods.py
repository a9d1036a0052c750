"""Charges of saved methods in both books, at each gateway."""

import uuid

import pytest

from payments import jobs, reconciliation
from payments.gateway.reconciling import run_reconciliation
from payments.models import BalanceTransaction, GatewayEvent, Incident
from tests import world
from tests.payments.wallets import ASKS, BANK, DECLINES, balance, press, saved, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock, wallet):
    return world.a_lab(cents=0)


def compared(clock):
    clock.forward(hours=7)
    return run_reconciliation(at=clock.now)


def test_a_charge_is_found_and_one_that_came_to_nothing_leaves_none(lab, clock, wallet):
    for what, cents in ((None, 500), (DECLINES, 600), (ASKS, 700)):
        saved(wallet, lab, what) if what else saved(wallet, lab)
        settle(press(lab, cents, token=uuid.uuid4()))
    assert (compared(clock).differences, balance(lab)) == (0, 500)
    assert [line.amount_cents for line in BalanceTransaction.objects.all()] == [500]


def test_one_that_its_owner_confirmed_is_the_same_deposit(lab, clock, wallet):
    saved(wallet, lab, ASKS)
    deposit = press(lab, 700, token=uuid.uuid4())
    settle(deposit)
    settle(deposit)
    wallet.confirms(deposit)
    settle(deposit)
    assert (compared(clock).differences, balance(lab)) == (0, 700)
    assert BalanceTransaction.objects.get().fact == f"deposit:{deposit.public_id}"


def test_a_debit_that_settles_while_nobody_tells_is_looked_at_once_more(lab, clock, wallet):
    saved(wallet, lab, BANK)
    deposit = press(lab, 500, token=uuid.uuid4())
    assert settle(deposit) == "pending"
    clock.forward(days=5)
    assert compared(clock).in_flight == 1
    if wallet.gateway == "stripe":
        assert GatewayEvent.objects.get().kind == "payment_intent.succeeded"
        jobs.process_gateway_events()
    else:
        jobs.settle_deposits()
    assert (compared(clock).differences, balance(lab)) == (0, 500)
    assert reconciliation.differences() == []
    assert not Incident.objects.exists()
