"""Deposits are credited once, when they have settled and not before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from payments import audit, gateway, ledger, queries
from payments import jobs as payment_jobs
from payments.actions import grant_play_money as granting
from payments.actions import record_charge as settling
from payments.actions.free_deposit import free_deposit, free_deposit_early
from payments.actions.grant_play_money import grant_play_money
from payments.actions.make_deposit import make_deposit
from payments.gateway.deposits import settle_deposit
from payments.models import Deposit, Transfer
from tests import world
from tests.fake_gateway import FakeGateway, Killed

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(monkeypatch):
    there = FakeGateway()
    monkeypatch.setitem(gateway._GATEWAYS, "play", there)
    return there


@pytest.fixture
def lab():
    return world.a_lab(cents=0)


def pay_in(lab, clock, plan=(), fake=None, **changes):
    values = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    deposit = make_deposit(**{**values, **changes}, at=clock.now)
    if fake:
        fake.charge_plans[str(deposit.public_id)] = list(plan)
    return deposit


def balance(lab, currency="USD"):
    return queries.requester_balance(lab.requester.public_id, currency)


def settle(deposit, clock):
    return settle_deposit(deposit_id=deposit.pk, at=clock.now).status


def test_a_deposit_waits_until_the_gateway_has_the_money(lab, clock, settings):
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 60
    deposit = pay_in(lab, clock)
    assert settle(deposit, clock) == "pending"
    assert balance(lab) == 0
    clock.forward(seconds=60)
    assert settle(deposit, clock) == "settled"
    assert balance(lab) == 500


def test_settling_again_credits_nothing_more(lab, clock):
    deposit = pay_in(lab, clock)
    for _ in range(3):
        settle(deposit, clock)
        payment_jobs.settle_deposits()
    assert balance(lab) == 500
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("plan", [["refuse"], ["pending", "refuse", "refuse"]])
def test_a_refused_deposit_is_never_credited(lab, clock, fake, plan):
    deposit = pay_in(lab, clock, plan, fake)
    for _ in range(3):
        settle(deposit, clock)
    deposit.refresh_from_db()
    assert deposit.status == "failed"
    assert deposit.failure
    assert balance(lab) == 0
    assert list(audit.differences()) == []


def test_a_refusal_without_words_is_still_a_refusal(lab, clock, fake, monkeypatch):
    def refuses(_order):
        raise gateway.GatewayError

    deposit = pay_in(lab, clock)
    monkeypatch.setattr(fake, "charge", refuses)
    assert settle(deposit, clock) == "failed"


@pytest.mark.parametrize("answer", ["lost", "late"])
def test_silence_leaves_a_deposit_to_be_asked_about_again(lab, clock, fake, answer):
    deposit = pay_in(lab, clock, [answer, answer], fake)
    assert [settle(deposit, clock) for _ in range(3)] == ["created", "created", "settled"]
    assert balance(lab) == 500


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["die_before", "die_after", "answer", "commit"])
def test_a_process_killed_anywhere_credits_once(lab, clock, fake, monkeypatch, point, hours):
    def dies(*args, **kwargs):
        raise Killed

    plan = [point] if point.startswith("die") else []
    deposit = pay_in(lab, clock, plan, fake)
    with monkeypatch.context() as patch:
        if point == "answer":
            patch.setattr(settling, "_apply", dies)
        elif point == "commit":
            patch.setattr(ledger, "post", dies)
        with pytest.raises(Killed):
            settle(deposit, clock)
    clock.forward(hours=hours)
    payment_jobs.settle_deposits()
    payment_jobs.settle_deposits()
    assert balance(lab) == 500
    assert len(fake.charged) == 1
    assert list(audit.differences()) == []


def test_one_deposit_that_breaks_keeps_none_waiting(lab, clock):
    broken = pay_in(lab, clock)
    Deposit.objects.filter(pk=broken.pk).update(gateway="gone")
    pay_in(lab, clock)
    payment_jobs.settle_deposits()
    assert balance(lab) == 500


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [
        (99, "USD", "A deposit is at least $1.00."),
        (0, "USD", "A deposit is at least $1.00."),
        (-500, "USD", "A deposit is at least $1.00."),
        (10**13, "USD", "A deposit is at least $1.00."),
        (500, "EUR", "Nothing here is paid in EUR."),
    ],
)
def test_a_deposit_is_an_amount_that_can_be_of_money_that_is_used_here(
    lab, clock, cents, currency, words
):
    with pytest.raises(InvalidInput) as refused:
        pay_in(lab, clock, amount_cents=cents, currency=currency)
    assert str(refused.value) == words


def test_adding_money_takes_a_manager(lab, clock):
    reviewer = world.a_member(lab.requester, world.a_user("r@lab.test"), Role.REVIEWER)
    with pytest.raises(NotAllowed):
        pay_in(lab, clock, by=reviewer)
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    made = pay_in(lab, clock, by=manager)
    assert made.saves_method is False
    entry = AuditEntry.objects.get(action="make_deposit")
    assert (entry.actor, entry.at, entry.subject_kind) == (manager.trail, clock.now, "requester")
    assert entry.subject_id == lab.requester.public_id
    assert entry.data == {
        "deposit": str(made.public_id), "amount_cents": 500, "currency": "USD", "method": "",
    }  # fmt: skip


def test_the_sandbox_is_filled_up_once_a_day(lab, clock):
    for _ in range(2):
        grant_play_money(requester=lab.requester, at=clock.now)
        assert balance(lab, "XTS") == 10_000_00
    world.a_batch(lab, is_sandbox=True)
    spent = balance(lab, "XTS")
    assert spent < 10_000_00
    grant_play_money(requester=lab.requester, at=clock.now)
    assert balance(lab, "XTS") == spent
    clock.forward(days=1)
    grant_play_money(requester=lab.requester, at=clock.now)
    assert balance(lab, "XTS") == 10_000_00
    assert balance(lab) == 0
    assert list(audit.differences()) == []


def test_a_day_on_which_the_sandbox_was_filled_costs_its_calls_nothing(lab, clock):
    """Every call of a program comes by here."""
    grant_play_money(requester=lab.requester, at=clock.now)
    world.a_batch(lab, is_sandbox=True)
    with CaptureQueriesContext(connection) as asked:
        grant_play_money(requester=lab.requester, at=clock.now)
    assert all(each["sql"].startswith("SELECT") for each in asked)
    assert len(asked) == 2


def test_a_sandbox_that_is_full_is_looked_at_once_and_one_cent_short_is_filled(
    lab, clock, django_assert_num_queries
):
    world.deposit(lab, 9_999_99, "XTS")
    grant_play_money(requester=lab.requester, at=clock.now)
    assert Transfer.objects.get(reason="play_grant").amount_cents == 1
    clock.forward(days=1)
    with django_assert_num_queries(1):
        grant_play_money(requester=lab.requester, at=clock.now)


def test_a_sandbox_that_somebody_else_fills_meanwhile_lets_the_caller_go_on(
    lab, clock, monkeypatch
):
    grant_play_money(requester=lab.requester, at=clock.now)
    world.a_batch(lab, is_sandbox=True)
    left = balance(lab, "XTS")
    monkeypatch.setattr(granting, "was_given_play_money", lambda *_a, **_k: False)
    grant_play_money(requester=lab.requester, at=clock.now)
    assert balance(lab, "XTS") == left


@pytest.fixture
def held(settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 700


def test_a_new_requesters_first_deposits_are_held_and_then_free(lab, clock, held):
    for cents in (500, 400):
        settle(pay_in(lab, clock, amount_cents=cents), clock)
    assert balance(lab) == 0, "what is on hold itself vouches for nothing"
    assert queries.balance_of("on_hold", lab.requester.public_id, "USD") == 900
    assert list(audit.differences()) == []
    clock.forward(hours=71)
    assert payment_jobs.free_deposits() == 0
    clock.forward(hours=1)
    assert [payment_jobs.free_deposits(), payment_jobs.free_deposits()] == [2, 0]
    assert balance(lab) == 900
    settle(pay_in(lab, clock, amount_cents=300), clock)
    assert balance(lab) == 1200, "by then more than the bound is free"
    assert list(audit.differences()) == []


def test_a_hold_ends_at_its_time_and_once_whoever_asks_for_it(lab, clock, held):
    deposit = pay_in(lab, clock)
    settle(deposit, clock)
    clock.forward(hours=72, seconds=-1)
    assert free_deposit(deposit_id=deposit.pk, at=clock.now).is_on_hold
    assert balance(lab) == 0
    clock.forward(seconds=1)
    for _ in range(2):
        assert not free_deposit(deposit_id=deposit.pk, at=clock.now).is_on_hold
    assert balance(lab) == 500


def test_sandbox_money_is_never_held(lab, clock, held):
    settle(pay_in(lab, clock, currency="XTS"), clock)
    assert balance(lab, "XTS") == 500


def test_staff_end_a_hold_early_with_a_reason_once(lab, clock, held):
    deposit = pay_in(lab, clock)
    settle(deposit, clock)
    staff = world.a_user("staff@here.test", is_staff=True)
    given = {"staff": staff, "deposit": deposit, "reason": "Known to us", "at": clock.now}
    free_deposit_early(**given)
    assert balance(lab) == 500
    with pytest.raises(WrongState):
        free_deposit_early(**given)
