"""What is Stripe's own about payouts; tests/payments/test_payouts.py has what both share."""

from datetime import timedelta

import pytest

from marketplace.errors import WrongState
from payments import audit, queries
from payments import jobs as payment_jobs
from payments.actions.request_payout import request_payout
from payments.gateway import once, payouts, stripe_client
from payments.gateway.onboarding import check_payee
from payments.models import Incident, Payee
from tests.fake_gateway import held_up
from tests.payments.earning import earn
from tests.payments.paying_out import WORKER, ask, send, transfers
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def payee(live, clock):
    earn(clock, WORKER, 500)
    return a_payee(live, WORKER)


def test_a_balance_that_is_too_low_is_waited_for_under_the_next_key(live, payee, clock):
    """Stripe repeats its refusal under the same key for a day, whatever the balance is by then."""
    payout = ask(clock)
    for _ in range(3):
        assert send(payout, clock) == "held"
        clock.forward(hours=1)
    assert "too low" in payout.failure
    live.hands.tops_up(500)
    assert send(payout, clock) == "sent"
    assert transfers(live) == [(500, payee.reference)]
    keys = [key for _, path, key in live.calls if path == "/v1/transfers"]
    assert keys == [
        f"payout_{payout.public_id}",
        *(f"payout_{payout.public_id}_{n}" for n in (2, 3, 4)),
    ]


def test_one_that_the_balance_was_too_low_for_is_held_back_as_one_never_sent(live, payee, clock):
    payout = ask(clock)
    assert send(payout, clock) == "held"
    clock.forward(hours=1)
    live.hands.tops_up(500)
    Incident.objects.create(
        kind="amount", currency="USD", began_at=clock.now, opened_at=clock.now, seen_at=clock.now
    )
    assert (payment_jobs.send_payouts(), send(payout, clock)) == (0, "held")
    Incident.objects.update(gone_at=clock.now)
    live.hands.onboards(payee.reference, fingerprint="bank-2")
    check_payee(payee_id=payee.pk, at=clock.now)
    clock.forward(hours=47)
    assert (payment_jobs.send_payouts(), send(payout, clock)) == (0, "held")
    clock.forward(hours=1)
    assert (payment_jobs.send_payouts(), send(payout, clock)) == (1, "sent")
    assert transfers(live) == [(500, payee.reference)]


def test_under_one_key_it_would_wait_for_a_day(live, payee, clock, monkeypatch):
    """Twin of the one above."""
    monkeypatch.setattr("payments.gateway.payouts.isinstance", lambda *_: False, raising=False)
    payout = ask(clock)
    send(payout, clock)
    live.hands.tops_up(500)
    clock.forward(hours=1)
    assert send(payout, clock) == "unknown"


@pytest.mark.parametrize("fault", ["limited", "conflict", "lost_before", "lost_after"])
def test_an_unclear_answer_is_asked_for_again_with_the_same_key(live, payee, clock, fault):
    live.hands.tops_up(500)
    payout = ask(clock)
    live.faults.next(fault)
    assert send(payout, clock) == "unknown"
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"
    assert transfers(live) == [(500, payee.reference)]
    assert len({key for _, path, key in live.calls if path == "/v1/transfers"}) == 1


@pytest.mark.parametrize("fault", ["error_before", "error_after"])
def test_a_500_is_told_again_for_a_day_and_then_looked_up(live, payee, clock, fault):
    live.hands.tops_up(1000)
    payout = ask(clock)
    live.faults.next(fault)
    for _ in range(25):
        status = send(payout, clock)
        clock.forward(hours=1)
    assert status == "sent"
    assert transfers(live) == [(500, payee.reference)]


def test_a_key_that_stripe_does_not_take_fails_no_payout(live, payee, clock, settings):
    live.hands.tops_up(500)
    payout = ask(clock)
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    assert send(payout, clock) == "unknown"
    settings.STRIPE_SECRET_KEY = live.secret_keys[0]
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"


def test_another_amount_under_a_used_key_is_never_taken_for_a_refusal(live, payee, clock):
    live.hands.tops_up(1000)
    payout = ask(clock)
    live.client().transfers.create(
        {"amount": 1, "currency": "usd", "destination": payee.reference},
        {"idempotency_key": payout.idempotency_key},
    )
    assert send(payout, clock) == "unknown"
    assert queries.earnings_of(WORKER, "USD").in_payout_cents == 500


def test_a_closed_account_returns_the_money(live, payee, clock):
    live.hands.tops_up(500)
    payout = ask(clock)
    live.hands.is_refused(payee.reference)
    assert send(payout, clock) == "failed"
    assert queries.earnings_of(WORKER, "USD").available_cents == 500
    assert list(audit.differences()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (None, "where your money is to go"),
        ({"is_submitted": False}, "where your money is to go"),
        ({"is_ready": False}, "wants to know"),
        ({"is_duplicate": True}, "another worker's"),
    ],
)
def test_money_is_kept_until_stripe_knows_where_to(live, payee, clock, changes, words):
    if changes is None:
        payee.delete()
    else:
        Payee.objects.update(**changes)
    with pytest.raises(WrongState, match=words):
        ask(clock)
    assert queries.earnings_of(WORKER, "USD").available_cents == 500


def test_a_changed_destination_delays_a_payout_by_48_hours(live, payee, clock):
    live.hands.tops_up(500)
    Payee.objects.update(changed_at=clock.now)
    payout = ask(clock)
    clock.forward(hours=47)
    assert payment_jobs.send_payouts() == 0
    clock.forward(hours=1)
    assert payment_jobs.send_payouts() == 1
    assert send(payout, clock) == "sent"


def test_faults_by_seed_still_pay_each_worker_once(live, clock):
    workers = [f"AWORKER{number}" for number in range(15)]
    for worker in workers:
        earn(clock, worker, 500)
        a_payee(live, worker)
        request_payout(worker=worker, currency="USD", at=clock.now)
    live.hands.tops_up(100_00)
    live.faults.seed, live.faults.share, live.faults.paths = 11, 0.7, "/v1/transfers"
    for _ in range(150):  # from a day on, both a look-up and a sending have to get through
        payment_jobs.send_payouts()
        clock.forward(hours=2)
    assert sorted(cents for cents, _ in transfers(live)) == [500] * 15
    assert len({destination for _, destination in transfers(live)}) == 15
    assert sum(live.faults.counted[kind] for kind in live.faults.kinds) > 15
    assert list(audit.differences()) == []


def test_an_attempt_that_was_held_up_for_a_day_does_not_send(live, payee, clock):
    """Its machine was suspended after it had decided that nothing need be looked up: by now
    Stripe has forgotten the key of the attempt before, whose answer was lost."""
    live.hands.tops_up(1000)
    payout = ask(clock)
    live.faults.next("lost_after")
    assert send(payout, clock) == "unknown"
    clock.forward(minutes=5)
    with held_up(payouts, "take_payout", clock):
        assert send(payout, clock) == "unknown"
    clock.forward(hours=2)
    assert send(payout, clock) == "sent"
    assert transfers(live) == [(500, payee.reference)]


def test_a_look_up_that_stripe_refuses_says_nothing_about_the_money(live, payee, clock):
    """It is no word that nothing was sent: the money must not go back to the worker."""
    live.hands.tops_up(1000)
    payout = ask(clock)
    live.faults.next("lost_after")
    assert send(payout, clock) == "unknown"
    clock.forward(hours=30)
    live.faults.next("refused", path="/v1/transfers")
    assert send(payout, clock) == "unknown"
    clock.forward(hours=2)
    assert send(payout, clock) == "sent"
    assert transfers(live) == [(500, payee.reference)]


def test_a_call_has_its_end_within_what_leases_reckon_with():
    seconds = stripe_client.CONNECT_SECONDS + stripe_client.ANSWER_SECONDS
    assert timedelta(seconds=seconds) == once.LONGEST_CALL
