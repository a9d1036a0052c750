"""While a worker is suspended nothing of theirs leaves for the first time: whoever took the account
over may have changed the bank account."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.urls import reverse

from marketplace.accounts.actions.reinstate_user import reinstate_user
from marketplace.accounts.actions.suspend_user import suspend_user
from marketplace.errors import WrongState
from payments import jobs as payment_jobs
from payments import queries
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.gateway.onboarding import check_payee
from payments.models import Payout
from tests import world
from tests.payments.earning import earn
from tests.payments.paying_out import ask, send, transfers
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return world.a_user("staff@desk.test", is_staff=True)


@pytest.fixture
def worker(clock):
    worker = world.a_worker("w1")
    earn(clock, worker.public_id, 500)
    return worker


def suspend(worker, staff, clock):
    suspend_user(staff=staff, user=worker.user, reason="They wrote: stolen.", at=clock.now)


def reinstate(worker, staff, clock):
    reinstate_user(staff=staff, user=worker.user, reason="It is theirs again.", at=clock.now)


def rows(**changes):
    return [row | changes for row in Payout.objects.order_by("pk").values()]


def test_a_thiefs_bank_account_gets_nothing_once_the_worker_is_suspended(
    live, clock, staff, worker
):
    live.hands.tops_up(500)
    payee = a_payee(live, worker.public_id)
    live.hands.onboards(payee.reference, fingerprint="the-thief's")
    clock.forward(minutes=1)
    check_payee(payee_id=payee.pk, at=clock.now)
    payout = ask(clock, worker=worker.public_id)
    before = rows()
    suspend(worker, staff, clock)
    clock.forward(hours=49)
    calls = len(live.calls)
    assert (payment_jobs.send_payouts(), send(payout, clock)) == (0, "held")
    assert (rows(), live.calls[calls:], transfers(live)) == (before, [], [])
    reinstate(worker, staff, clock)
    assert payment_jobs.send_payouts() == 1
    assert transfers(live) == [(500, payee.reference)]


def test_what_was_sent_once_is_seen_to_its_end(live, clock, staff, worker):
    live.hands.tops_up(500)
    a_payee(live, worker.public_id)
    payout = ask(clock, worker=worker.public_id)
    live.faults.next("lost_after")
    assert send(payout, clock) == "unknown"
    suspend(worker, staff, clock)
    clock.forward(minutes=3)
    assert payment_jobs.send_payouts() == 1
    assert len(transfers(live)) == 1


def test_others_go_on(clock, staff, worker):
    suspend(worker, staff, clock)
    other = world.a_worker("w2")
    earn(clock, other.public_id, 500)
    ask(clock, worker=other.public_id)
    assert payment_jobs.send_payouts() == 1


def test_no_schedule_or_request_makes_one_until_they_are_reinstated(clock, staff, worker):
    set_payout_schedule(worker=worker.public_id, schedule="daily", minimum_cents=100)
    suspend(worker, staff, clock)
    assert payment_jobs.make_scheduled_payouts() == 0
    with pytest.raises(WrongState, match="account is suspended"):
        ask(clock, worker=worker.public_id)
    assert (rows(), queries.earnings_of(worker.public_id, "USD").available_cents) == ([], 500)
    reinstate(worker, staff, clock)
    clock.forward(days=1)
    assert payment_jobs.make_scheduled_payouts() == 1


def test_staff_read_why_it_waits_and_the_worker_too(client, clock, staff, worker):
    payout = ask(clock, worker=worker.public_id)
    page = reverse("admin:payments_payout_change", args=[payout.pk])
    words = "Waits: the worker is suspended"
    client.force_login(staff)
    assert words not in client.get(page).content.decode()
    suspend(worker, staff, clock)
    assert words in client.get(page).content.decode()
    Payout.objects.filter(~Q(status="sent")).update(
        status="sent", finished_at=clock.now + timedelta(minutes=1)
    )
    assert words not in client.get(page).content.decode()
    client.force_login(worker.user)
    assert "payouts that have not left yet wait" in client.get("/work/").content.decode()
