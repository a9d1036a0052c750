"""A process that is slow asks, and another begins the next attempt meanwhile: a refusal of the
first is no word about the second. What the gateway says of the thing itself always counts."""

import uuid
from datetime import timedelta

import pytest

from payments import audit, jobs
from payments.actions.advance_refund import finish_refund, take_refund
from payments.actions.record_charge import take_charge
from payments.actions.request_refund import request_refund
from payments.gateway import GatewayError, GatewayNeedsPayer, gateway_named
from payments.models import Deposit, Refund
from payments.queries import balance_of
from tests import world
from tests.payments.wallets import PlayWallet, balance, press, saved, settle

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=500)


def row_of(model):
    return model.objects.order_by("pk").values().last()


@pytest.fixture
def refund(lab, clock):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    return request_refund(**given, at=clock.now)[0]


def test_the_late_refusal_of_a_refund_that_another_attempt_sent_changes_nothing(lab, clock, refund):
    slow = take_refund(refund_id=refund.pk, at=clock.now)
    clock.forward(minutes=3)
    jobs.send_refunds()
    before = row_of(Refund)
    assert (before["status"], before["attempts"]) == ("sent", 2)
    said = finish_refund(refund=slow, failure="This is not allowed now.", at=clock.now)
    assert (said.status, row_of(Refund)) == ("sent", before)
    assert (balance(lab), balance_of("in_refund", lab.requester.public_id, "USD")) == (0, 0)
    assert list(audit.differences()) == []


def test_the_late_refusal_of_a_refund_leaves_the_attempt_that_is_under_way(lab, clock, refund):
    slow = take_refund(refund_id=refund.pk, at=clock.now)
    clock.forward(minutes=3)
    take_refund(refund_id=refund.pk, at=clock.now)
    before = row_of(Refund)
    finish_refund(refund=slow, failure="This is not allowed now.", at=clock.now)
    assert row_of(Refund) == before
    assert before["status"] == "sending"


def test_what_the_gateway_says_of_a_refund_counts_whoever_asked(lab, clock, refund):
    slow = take_refund(refund_id=refund.pk, at=clock.now)
    clock.forward(minutes=3)
    jobs.send_refunds()
    given = {"reference": "re_1", "failure": "Its bank sent it back."}
    finish_refund(refund=slow, **given, at=clock.now)
    assert (row_of(Refund)["status"], balance(lab)) == ("failed", 500)


@pytest.mark.parametrize("refusal", [GatewayError("Declined."), GatewayNeedsPayer("Ask.")])
def test_the_late_refusal_of_a_charge_leaves_the_attempt_that_is_under_way(
    lab, clock, monkeypatch, refusal
):
    saved(PlayWallet(), lab)
    deposit = press(lab, 700, token=uuid.uuid4())

    def overtaken(_order):
        clock.forward(minutes=3)
        until = clock.now + 2 * MINUTES
        assert take_charge(deposit_id=deposit.pk, at=clock.now, until=until).attempts == 2
        raise refusal

    with monkeypatch.context() as patch:
        patch.setattr(gateway_named("play"), "charge_method", overtaken, raising=False)
        began = clock.now
        assert settle(deposit) == "created"
    expected = {
        "attempts": 2, "first_attempt_at": began, "ask_at": clock.now + 2 * MINUTES,
        "failure": "", "failed_at": None, "needs_payer": False,
    }  # fmt: skip
    row = row_of(Deposit)
    assert {name: row[name] for name in expected} == expected
    clock.forward(minutes=3)
    assert (settle(deposit), balance(lab), row_of(Deposit)["attempts"]) == ("settled", 1_200, 3)
