"""Payouts leave exactly once, whatever dies, refuses or stays silent when."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.errors import InsufficientFunds, InvalidInput, WrongState
from payments import audit, gateway, ledger, queries
from payments import jobs as payment_jobs
from payments.actions.advance_payout import (
    LEASE,
    finish_payout,
    take_payout,
)
from payments.actions.leave_open import leave_open
from payments.actions.pause_payouts import pause_payouts
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.gateway import once as asking
from payments.gateway import payouts as sending
from payments.gateway.payouts import send_payout
from payments.models import Payout, PayoutBatch, Transfer
from tests import world
from tests.fake_gateway import FakeGateway, Killed
from tests.payments import earning
from tests.payments.paying_out import WORKER, ask, send
from tests.stripe_gateway import StripeElsewhere, a_payee, leads_to
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["play", "stripe"])
def fake(request, monkeypatch, clock):
    """Each test runs with play money's gateway, and with Stripe's before the stand-in."""
    if request.param == "play":
        there = FakeGateway()
        monkeypatch.setitem(gateway._GATEWAYS, "play", there)
        yield there
        return
    with StripeServer(now=lambda: clock.now) as server, leads_to(server):
        server.hands.tops_up(100_000_00)
        for worker in (WORKER, "AOTHER"):
            a_payee(server, worker)
        there = StripeElsewhere(server)
        monkeypatch.setitem(gateway._GATEWAYS, "stripe", there)
        yield there


def earn(clock, cents=500, worker=WORKER, currency="USD"):
    earning.earn(clock, worker, cents, currency)


def money(currency="USD"):
    found = queries.earnings_of(WORKER, currency)
    return found.available_cents, found.in_payout_cents, found.paid_cents


def test_asking_holds_the_money_and_sending_pays_it(clock, fake):
    earn(clock)
    payout = ask(clock)
    assert money() == (0, 500, 0)
    assert send(payout, clock) == "sent"
    assert money() == (0, 0, 500)
    assert fake.payouts_of(payout.public_id) == 1
    assert list(audit.differences()) == []


def test_a_part_can_be_asked_for_and_never_more_than_there_is(clock):
    earn(clock)
    with pytest.raises(InsufficientFunds, match=r"\$5\.00 available"):
        ask(clock, amount_cents=501)
    ask(clock, amount_cents=200)
    assert money() == (300, 200, 0)


@pytest.mark.parametrize("cents", [99, 0, -500])
def test_a_payout_has_a_least_amount(clock, cents):
    earn(clock)
    with pytest.raises(InvalidInput, match="at least"):
        ask(clock, amount_cents=cents)


def test_an_empty_balance_is_no_payout_even_where_the_least_is_nothing(clock, settings):
    settings.MANYHANDS_MINIMUM_PAYOUT_CENTS = 0
    with pytest.raises(InvalidInput):
        ask(clock)


def test_one_payout_is_open_at_a_time_in_each_currency(clock, fake):
    earn(clock)
    earn(clock, currency="XTS")
    first = ask(clock, amount_cents=200)
    send(first, clock)
    with pytest.raises(InsufficientFunds):
        ask(clock, amount_cents=301)
    again = ask(clock, amount_cents=100)
    with pytest.raises(WrongState, match="on its way"):
        ask(clock, amount_cents=200)
    assert set(PayoutBatch.objects.all()) == {first.batch, again.batch}, "none without a payout"
    ask(clock, currency="XTS")
    send(again, clock)
    ask(clock, amount_cents=200)


def test_another_rule_of_the_database_is_not_taken_for_an_open_payout(clock):
    earn(clock)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_payout ADD CONSTRAINT x CHECK (amount_cents <> 200)")
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(clock, amount_cents=200)
    assert money() == (500, 0, 0)


def test_a_refusal_returns_the_money_and_says_why(clock, fake):
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["refuse"]
    assert send(payout, clock) == "failed"
    assert "destination" in payout.failure
    assert money() == (500, 0, 0)
    assert list(audit.differences()) == []


def test_a_refusal_without_words_is_still_a_refusal(clock, fake, monkeypatch):
    def refuses(order):
        raise gateway.GatewayError

    earn(clock)
    payout = ask(clock)
    monkeypatch.setattr(fake, "send_payout", refuses)
    assert send(payout, clock) == "failed"
    assert money() == (500, 0, 0)


@pytest.mark.parametrize("answer", ["lost", "late"])
def test_silence_keeps_the_payout_open_until_the_gateway_is_asked_again(clock, fake, answer):
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = [answer]
    assert send(payout, clock) == "unknown"
    assert money() == (0, 500, 0)
    assert send_payout(payout_id=payout.pk, at=clock.now) is None, "not before it is due"
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"
    assert fake.payouts_of(payout.public_id) == 1


def test_a_refusal_after_a_lost_answer_is_looked_up_before_the_money_is_returned(clock, fake):
    """The first attempt paid: returning the money as well would pay twice."""
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["late", "refuse"]
    assert send(payout, clock) == "unknown"
    fake.forget_keys()
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"
    assert money() == (0, 0, 500)


def test_after_23_hours_a_payout_is_looked_up_before_it_is_sent_again(clock, fake):
    """By then the gateway may have forgotten the key, and would pay a second time."""
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["late"]
    send(payout, clock)
    clock.forward(hours=30)
    assert send(payout, clock) == "sent"
    assert payout.gateway_reference
    assert fake.payouts_of(payout.public_id) == 1


def test_a_look_up_waits_for_its_turn_at_the_gateway_too(clock, fake):
    """After an outage each payout is looked up and sent: at the pace that was set all the same."""
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["lost"]
    turns = []
    send_payout(payout_id=payout.pk, at=clock.now, turn=lambda: turns.append("looked up"))
    assert turns == []
    clock.forward(hours=30)
    sent = send_payout(payout_id=payout.pk, at=clock.now, turn=lambda: turns.append("looked up"))
    assert (sent.status, turns) == ("sent", ["looked up"])


def test_what_was_sent_once_ends_though_its_batch_is_paused(clock, fake):
    """Nobody knows whether it has paid: waiting would answer that no sooner."""
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["late"]
    assert send(payout, clock) == "unknown"
    staff = world.a_user("staff@desk.test", is_staff=True)
    pause_payouts(staff=staff, batch=payout.batch, reason="A strange amount", at=clock.now)
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"
    assert money() == (0, 0, 500)


def test_without_the_look_up_it_would_be_paid_twice(clock, fake, monkeypatch):
    """Twin of the one above."""
    monkeypatch.setattr(asking, "LOOK_UP_AFTER", timedelta(days=999))
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["late"]
    send(payout, clock)
    clock.forward(hours=30)
    send(payout, clock)
    assert fake.payouts_of(payout.public_id) == 2


def test_an_outage_of_a_week_ends_in_one_payment(clock, fake):
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["lost"] * 60
    for _ in range(60):
        clock.forward(hours=3)
        assert send(payout, clock) == "unknown"
        assert payout.due_at <= clock.now + timedelta(hours=1)
    assert payout.due_at == clock.now + timedelta(hours=1)
    clock.forward(hours=3)
    assert send(payout, clock) == "sent"
    assert fake.payouts_of(payout.public_id) == 1


def test_a_payout_that_another_process_holds_is_left_alone(clock, fake):
    earn(clock)
    payout = ask(clock)
    fake.payout_plans[str(payout.public_id)] = ["die_before"]
    with pytest.raises(Killed):
        send(payout, clock)
    assert send_payout(payout_id=payout.pk, at=clock.now) is None
    clock.forward(seconds=LEASE.total_seconds())
    assert send(payout, clock) == "sent"


def test_a_second_word_about_a_payout_that_has_ended_changes_nothing(clock, fake):
    """Two processes that asked, or an event that comes late: the first word stands."""
    earn(clock)
    payout = ask(clock)
    send(payout, clock)
    late = finish_payout(payout=payout, at=clock.now, failure="The account is closed.")
    assert late.status == "sent"
    leave_open(row=payout, why="No answer.", at=clock.now)
    payout.refresh_from_db()
    assert (payout.status, payout.failure) == ("sent", "")
    assert money() == (0, 0, 500)


def test_a_refusal_that_comes_after_the_next_attempt_has_begun_ends_nothing(clock, fake):
    """The later one may be paying now: its own answer counts. That money went counts always."""
    earn(clock)
    payout = ask(clock)
    first = take_payout(payout_id=payout.pk, at=clock.now)
    clock.forward(seconds=LEASE.total_seconds())
    assert take_payout(payout_id=payout.pk, at=clock.now).attempts == 2
    assert finish_payout(payout=first, at=clock.now, failure="Refused.").status == "sending"
    assert money() == (0, 500, 0)
    assert finish_payout(payout=first, at=clock.now, reference="tr_1").status == "sent"


def test_a_call_that_would_outlast_its_lease_is_not_made(clock, fake, monkeypatch):
    earn(clock)
    payout = ask(clock)
    take, left = sending.take_payout, asking.LONGEST_CALL

    def take_and_wait(**given):
        taken = take(**given)
        clock.set(taken.lease_until - left)
        return taken

    monkeypatch.setattr(sending, "take_payout", take_and_wait)
    left -= timedelta(seconds=1)
    assert send(payout, clock) == "unknown"
    assert fake.payouts_of(payout.public_id) == 0
    left += timedelta(seconds=1)
    clock.forward(hours=1)
    assert send(payout, clock) == "sent"


POINTS = ["before the lease", "before the call", "in the call", "after the call", "at the commit"]


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("outcome", ["ok", "refuse"])
@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_anywhere_pays_once(clock, fake, monkeypatch, point, outcome, hours):
    earn(clock)
    payout = ask(clock)
    plan = fake.payout_plans.setdefault(str(payout.public_id), [])

    def dies(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        if point == "before the lease":
            patch.setattr(sending, "take_payout", dies)
        elif point == "before the call":
            patch.setattr(sending, "_sent_reference", dies)
        elif point == "in the call":
            plan.append("die_before")
        elif point == "after the call" and outcome == "ok":
            plan.append("die_after")
        elif point == "after the call":
            plan.append("refuse")
            patch.setattr(sending, "finish_payout", dies)
        else:
            plan.extend(["refuse"] if outcome == "refuse" else [])
            patch.setattr(ledger, "post", dies)
        with pytest.raises(Killed):
            send(payout, clock)
    if outcome == "refuse":
        plan.append("refuse")
    clock.forward(hours=hours)
    payment_jobs.send_payouts()
    payment_jobs.send_payouts()
    payout.refresh_from_db()
    assert payout.status == {"ok": "sent", "refuse": "failed"}[outcome]
    assert fake.payouts_of(payout.public_id) == (outcome == "ok")
    assert money() == ((0, 0, 500) if outcome == "ok" else (500, 0, 0))
    assert Transfer.objects.filter(key=f"payout-outcome:{payout.public_id}").count() == 1
    assert list(audit.differences()) == []


def test_a_process_killed_while_asking_leaves_nothing_held(clock, monkeypatch):
    def dies(*args, **kwargs):
        raise Killed

    earn(clock)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "post", dies)
        with pytest.raises(Killed):
            ask(clock)
    assert money() == (500, 0, 0)
    assert not Payout.objects.exists()


def test_one_payout_that_breaks_keeps_none_waiting(clock, fake, monkeypatch):
    earn(clock)
    broken = ask(clock)
    Payout.objects.filter(pk=broken.pk).update(gateway="gone")
    earn(clock, worker="AOTHER")
    fine = ask(clock, worker="AOTHER")
    assert payment_jobs.send_payouts() == 1
    fine.refresh_from_db()
    assert fine.status == "sent"


def test_a_schedule_is_one_that_there_is_and_not_below_the_least(clock):
    with pytest.raises(InvalidInput):
        set_payout_schedule(worker=WORKER, schedule="hourly", minimum_cents=100)
    with pytest.raises(InvalidInput):
        set_payout_schedule(worker=WORKER, schedule="daily", minimum_cents=99)
