"""What a payout's payee is by the time it leaves, whatever it was when it was asked for."""

from datetime import timedelta

import pytest

from payments import audit, queries
from payments import jobs as payment_jobs
from payments.actions.advance_payout import take_payout
from payments.actions.leave_open import leave_open
from payments.gateway.payouts import send_payout
from payments.gateway.sending import Pace, send_payouts
from payments.models import Incident, Payee, Payout
from tests.payments.earning import earn
from tests.payments.paying_out import WORKER, ask, send, transfers
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


@pytest.fixture
def payee(live, clock):
    live.hands.tops_up(1000)
    return a_payee(live, WORKER)


@pytest.fixture
def payout(payee, clock):
    earn(clock, WORKER, 500)
    return ask(clock)


def asked(live, payee):
    return [path for _, path, _ in live.calls].count(f"/v1/accounts/{payee.reference}")


def row(payout):
    return Payout.objects.filter(pk=payout.pk).values().get()


def test_a_changed_bank_account_of_which_no_event_came_delays_all_the_same(
    live, payee, payout, clock
):
    live.hands.onboards(payee.reference, fingerprint="bank-2")
    clock.forward(minutes=61)
    assert payment_jobs.send_payouts() == 0
    payout.refresh_from_db()
    assert (payout.status, payout.due_at, payout.attempts) == ("held", clock.now + 48 * HOURS, 0)
    clock.forward(hours=48)
    assert (payment_jobs.send_payouts(), send(payout, clock)) == (1, "sent")
    assert transfers(live) == [(500, payee.reference)]


@pytest.mark.parametrize(("seconds", "times"), [(-1, 0), (0, 0), (1, 1)])
def test_stripe_is_asked_where_what_is_known_is_older_than_an_hour(
    live, payee, payout, clock, seconds, times
):
    Payee.objects.update(checked_at=clock.now - HOURS - timedelta(seconds=seconds))
    assert send(payout, clock) == "sent"
    assert asked(live, payee) == times


def test_one_who_was_never_asked_about_is(live, payee, payout, clock):
    other = a_payee(live, "AOTHER")
    Payee.objects.update(checked_at=None)
    assert send(payout, clock) == "sent"
    assert (asked(live, payee), asked(live, other)) == (1, 0)


def test_without_an_answer_it_stays_as_it_is_until_the_next_turn(live, payee, payout, clock):
    Payee.objects.update(checked_at=None)
    before = row(payout)
    live.faults.next("lost_before")
    assert send_payout(payout_id=payout.pk, at=clock.now) is None
    assert row(payout) == before
    assert send(payout, clock) == "sent"


def test_asking_about_a_payee_waits_for_its_turn_too(live, payee, payout, clock, monkeypatch):
    """Stripe's limit is of calls, not of payouts."""
    turns = []
    monkeypatch.setattr(Pace, "wait", lambda _pace: turns.append(len(live.calls)))
    Payee.objects.update(checked_at=clock.now - 2 * HOURS)
    assert send_payouts([payout.pk], lanes=1, per_second=20) == 1
    calls = [(method, path) for method, path, _key in live.calls[turns[0] :]]
    assert calls == [("GET", f"/v1/accounts/{payee.reference}"), ("POST", "/v1/transfers")]
    assert turns == [turns[0]] * 2, "both turns before their calls"


def test_nobody_is_asked_about_for_what_is_not_due_or_held_back(live, payee, payout, clock):
    Payee.objects.update(checked_at=None)
    Incident.objects.create(
        kind="amount", currency="USD", began_at=clock.now, opened_at=clock.now, seen_at=clock.now
    )
    assert send(payout, clock) == "held"
    Incident.objects.update(gone_at=clock.now)
    Payout.objects.update(due_at=clock.now + HOURS)
    assert send(payout, clock) == "held"
    assert asked(live, payee) == 0


def shares(live, payee):
    a_payee(live, "AOTHER")
    live.hands.onboards(payee.reference, fingerprint="bank-of-AOTHER")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (shares, "Your bank account is another worker's already. Name one of your own"),
        (lambda live, payee: live.hands.is_refused(payee.reference), "still wants to know"),
        (lambda live, payee: live.hands.leaves(payee.reference), "Say first where"),
    ],
)
def test_one_who_can_not_be_paid_any_more_has_the_money_back(
    live, payee, payout, clock, happens, words
):
    happens(live, payee)
    clock.forward(minutes=61)
    if happens is shares:  # a change, which delays it first
        assert send(payout, clock) == "held"
        clock.forward(hours=48)
    assert send_payout(payout_id=payout.pk, at=clock.now) is None
    payout.refresh_from_db()
    assert (payout.status, payout.attempts, payout.finished_at) == ("failed", 0, clock.now)
    assert words in payout.failure
    assert payout.failure == queries.obstacle_to_payout(Payee.objects.get(holder=WORKER))
    assert queries.earnings_of(WORKER, "USD").available_cents == 500
    assert transfers(live) == []
    assert list(audit.differences()) == []


def test_one_without_an_account_is_not_asked_about(live, payee, payout, clock):
    Payee.objects.update(reference="", is_submitted=False, checked_at=None)
    assert send(payout, clock) == "failed"
    assert [path for _, path, _ in live.calls if path.startswith("/v1/accounts/")] == []


def test_one_whose_payee_is_gone_altogether_has_the_money_back(live, payee, payout, clock):
    payee.delete()
    assert send(payout, clock) == "failed"
    assert payout.failure.startswith("Say first where")


def test_what_was_sent_once_is_seen_to_its_end(live, payee, payout, clock):
    """It may have arrived: only asking again tells, whoever the payee is by now."""
    live.faults.next("lost_after")
    assert send(payout, clock) == "unknown"
    Payee.objects.update(is_duplicate=True, checked_at=None, changed_at=clock.now)
    clock.forward(minutes=1)
    assert send(payout, clock) == "sent"
    assert (asked(live, payee), transfers(live)) == (0, [(500, payee.reference)])


def test_a_change_while_it_was_being_sent_to_no_end_delays_it(live, payee, payout, clock):
    taken = take_payout(payout_id=payout.pk, at=clock.now)
    Payee.objects.update(changed_at=clock.now)
    leave_open(row=taken, why="Too low.", at=clock.now, is_key_used_up=True)
    free_from = clock.now + 48 * HOURS
    clock.forward(minutes=1)
    assert take_payout(payout_id=payout.pk, at=clock.now) is None
    payout.refresh_from_db()
    assert (payout.status, payout.due_at, payout.attempts) == ("held", free_from, 1)
    clock.set(free_from)
    assert take_payout(payout_id=payout.pk, at=clock.now) == payout
