"""Automatic top-up: one at a time, by the settings as they are, and never where it must not be."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from marketplace.models import OutboxMessage
from payments import audit, jobs
from payments.actions.keep_method import MethodFacts, record_method
from payments.actions.make_deposit import make_deposit
from payments.actions.make_top_up import make_top_up
from payments.actions.remove_method import remove_method
from payments.actions.request_refund import request_refund
from payments.actions.set_top_up import set_top_up, turn_off_top_up
from payments.models import Account, AccountKind, Deposit, TopUp
from payments.queries import saved_method_of
from tests import world
from tests.fake_gateway import Killed
from tests.payments.wallets import ASKS, BANK, DECLINES, balance, press, saved, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock, wallet):
    return world.a_lab(cents=0)


@pytest.mark.parametrize(("cents", "is_on"), [(1000, True), (1001, False)])
def test_what_an_owner_takes_back_is_not_charged_again(lab, clock, wallet, cents, is_on):
    saved(wallet, lab)
    turn_on(lab, clock)
    assert run() == 1
    other = world.a_lab("Other Lab", cents=0).requester
    given = {"is_on": False, "due_at": clock.now, "changed_at": clock.now, "amount_cents": 1}
    TopUp.objects.create(requester=other, threshold_cents=99_00, **given)
    request_refund(by=lab.by, user=None, amount_cents=cents, currency="USD", at=clock.now)
    assert run() == 0
    assert wallet.charged() == [2000]
    assert TopUp.objects.get(requester=lab.requester).is_on is is_on
    off = AuditEntry.objects.filter(action="turn_off_top_up")
    told = (lab.by.trail, "Money was taken back from the balance.", clock.now)
    assert list(off.values_list("actor", "reason", "at")) == ([] if is_on else [told])


def test_play_money_that_is_taken_back_leaves_top_up_alone(lab, clock, wallet):
    saved(wallet, lab)
    turn_on(lab, clock)
    world.deposit(lab, 500, currency="XTS")
    request_refund(by=lab.by, user=None, amount_cents=100, currency="XTS", at=clock.now)
    assert TopUp.objects.get().is_on


def test_what_never_was_on_is_not_turned_off_by_a_refund(lab, clock, wallet):
    saved(wallet, lab)
    turn_on(lab, clock)
    assert run() == 1
    turn_off_top_up(by=lab.by, at=clock.now)
    request_refund(by=lab.by, user=None, amount_cents=2000, currency="USD", at=clock.now)
    assert AuditEntry.objects.filter(action="turn_off_top_up").count() == 1


def turn_on(lab, clock, *, threshold=1000, amount=2000, cap=None, by=None, method=None):
    given = {"threshold_cents": threshold, "amount_cents": amount, "cap_cents": cap}
    method = method or str(saved_method_of(lab.requester).public_id)
    return set_top_up(by=by or lab.by, method=method, **given, at=clock.now)


def run():
    """Both jobs' turns: how many top-ups were begun."""
    made = jobs.top_up_balances()
    jobs.settle_deposits()
    return made


def letters(words):
    return [m for m in OutboxMessage.objects.order_by("pk") if words in m.payload["subject"]]


def test_a_low_balance_is_topped_up_and_one_that_is_not_low_is_left(lab, clock, wallet):
    saved(wallet, lab)
    turn_on(lab, clock)
    assert [run(), run()] == [1, 0]
    assert (balance(lab), wallet.charged()) == (2000, [2000])
    world.a_batch(lab, rows=50)
    assert balance(lab) == 1000, "not below the threshold"
    assert run() == 0
    world.a_batch(lab, rows=1, name="One more")
    assert run() == 1
    assert wallet.charged() == [2000, 2000]
    assert AuditEntry.objects.filter(action="make_top_up", actor="system").count() == 2
    assert list(audit.differences()) == []


def test_it_is_off_until_an_owner_turns_it_on_and_what_was_changed_is_recorded(lab, clock, wallet):
    saved(wallet, lab)
    assert run() == 0
    turn_on(lab, clock, cap=5000)
    entry = AuditEntry.objects.get(action="set_top_up")
    assert (entry.data["threshold_cents"], entry.data["cap_cents"]) == (1000, 5000)
    assert entry.actor == f"user:{lab.user.pk}"
    turn_off_top_up(by=lab.by, at=clock.now)
    turn_off_top_up(by=lab.by, at=clock.now)
    assert AuditEntry.objects.filter(action="turn_off_top_up").count() == 1
    assert run() == 0
    assert wallet.charged() == []


def test_settings_that_the_trail_does_not_have_are_not_made(lab, clock, wallet, monkeypatch):
    def dies(**_given):
        raise Killed

    saved(wallet, lab)
    monkeypatch.setattr("payments.actions.set_top_up.trail.record", dies)
    with pytest.raises(Killed):
        turn_on(lab, clock)
    assert not TopUp.objects.exists()


def test_turning_it_on_takes_an_owner_and_the_method_that_was_shown(lab, clock, wallet):
    with pytest.raises(WrongState, match="Save a card"):
        turn_on(lab, clock, method="x")
    first = saved(wallet, lab)
    saved(wallet, lab, BANK)
    with pytest.raises(WrongState, match="Look once more"):
        turn_on(lab, clock, method=str(first.public_id))
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        turn_on(lab, clock, by=manager)
    with pytest.raises(NotAllowed):
        turn_off_top_up(by=manager, at=clock.now)
    assert not TopUp.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"threshold": 0}, "threshold"),
        ({"threshold": 10**13}, "threshold"),
        ({"amount": 99}, "amount"),
        ({"amount": 10**13}, "amount"),
        ({"cap": 1999}, "cap"),
    ],
)
def test_settings_that_could_not_work_are_refused_at_their_field(
    lab, clock, wallet, changes, field
):
    saved(wallet, lab)
    with pytest.raises(InvalidInput) as refused:
        turn_on(lab, clock, **changes)
    assert refused.value.details["field"] == field


def test_only_one_is_under_way_however_often_it_is_looked(lab, clock, wallet):
    saved(wallet, lab, BANK)
    top_up = turn_on(lab, clock)
    assert [run(), run(), run()] == [1, 0, 0]
    assert make_top_up(top_up_id=top_up.pk, at=clock.now) is None
    (open_one,) = Deposit.objects.all()
    assert (open_one.status, balance(lab)) == ("pending", 0)
    fields = ("requester", "amount_cents", "currency", "gateway", "created_at")
    values = {name: getattr(open_one, name) for name in fields}
    with pytest.raises(IntegrityError, match="one_open_top_up"), transaction.atomic():
        Deposit.objects.create(**values, is_top_up=True)


def test_what_is_on_hold_or_on_its_way_counts_and_a_page_that_is_only_open_does_not(
    lab, clock, wallet, settings
):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    saved(wallet, lab)
    turn_on(lab, clock)
    assert [run(), run()] == [1, 0], "on hold, it is not topped up over and over"
    assert (balance(lab), wallet.charged()) == (0, [2000])
    clock.forward(hours=72)
    jobs.free_deposits()
    assert balance(lab) == 2000
    world.a_batch(lab, rows=60)
    given = {"by": lab.by, "user": lab.user, "amount_cents": 900, "currency": "USD"}
    page = make_deposit(**given, at=clock.now)
    Deposit.objects.filter(pk=page.pk).update(status="pending", pay_url="https://pay.test/")
    assert jobs.top_up_balances() == 1


def test_a_months_limit_holds_until_the_next_month(lab, clock, wallet):
    saved(wallet, lab)
    turn_on(lab, clock, threshold=10_000, cap=5000)
    assert [run(), run(), run()] == [1, 1, 0], "two of twenty dollars fit into fifty"
    clock.set(clock.now.replace(month=clock.now.month + 1, day=1, hour=0, minute=0))
    assert [run(), run(), run()] == [1, 1, 0]
    assert wallet.charged() == [2000] * 4


def test_what_failed_takes_no_room_of_the_limit(lab, clock, wallet):
    saved(wallet, lab, DECLINES)
    turn_on(lab, clock, cap=2000)
    assert run() == 1
    saved(wallet, lab)
    clock.forward(hours=6)
    assert run() == 1
    assert balance(lab) == 2000


def test_after_a_failure_it_waits_and_tells_and_after_three_it_is_off(lab, clock, wallet):
    saved(wallet, lab, DECLINES)
    top_up = turn_on(lab, clock)
    tried = []
    for _hour in range(24 * 5):
        if run():
            tried.append(_hour)
        clock.forward(hours=1)
    assert tried == [0, 6, 30]
    top_up.refresh_from_db()
    assert (top_up.is_on, top_up.failures) == (False, 3)
    assert top_up.last_failure == "Your card was declined."
    told = letters("a top-up did not go through")
    assert len(told) == 3
    assert "declined" in told[0].payload["text"]
    assert "is off now" in told[2].payload["text"]
    assert AuditEntry.objects.get(action="turn_off_top_up").actor == "system"
    assert (balance(lab), wallet.charged()) == (0, [])


def test_one_that_goes_well_counts_failures_from_anew(lab, clock, wallet):
    saved(wallet, lab, DECLINES)
    top_up = turn_on(lab, clock)
    run()
    saved(wallet, lab)
    press(lab, 500, token=uuid.uuid4())
    jobs.settle_deposits()
    top_up.refresh_from_db()
    assert (balance(lab), top_up.failures) == (500, 1), "one by hand is no top-up"
    clock.forward(hours=6)
    assert run() == 1
    top_up.refresh_from_db()
    assert (top_up.failures, top_up.last_failure) == (0, "")


def test_a_bank_that_asks_is_told_of_and_nothing_more_is_made_until_it_is_answered(
    lab, clock, wallet
):
    saved(wallet, lab, ASKS)
    turn_on(lab, clock)
    assert [run(), run()] == [1, 0]
    assert len(letters("wants you to confirm")) == 1
    assert (balance(lab), wallet.charged()) == (0, [])
    deposit = Deposit.objects.get()
    wallet.confirms(deposit)
    assert settle(deposit) == "settled"
    assert (balance(lab), run()) == (2000, 0)


def test_never_from_a_frozen_balance_nor_for_a_suspended_requester(lab, clock, wallet):
    saved(wallet, lab)
    turn_on(lab, clock, threshold=5000)
    run()
    account = Account.objects.filter(kind=AccountKind.REQUESTER)
    account.update(is_frozen=True)
    assert run() == 0
    account.update(is_frozen=False)
    lab.requester.suspended_at = clock.now
    lab.requester.save()
    assert run() == 0
    lab.requester.suspended_at = None
    lab.requester.save()
    assert run() == 1


def test_without_a_method_it_is_off(lab, clock, wallet):
    method = saved(wallet, lab)
    top_up = turn_on(lab, clock)
    remove_method(by=lab.by, public_id=str(method.public_id), at=clock.now)
    top_up.refresh_from_db()
    assert not top_up.is_on
    method = saved(wallet, lab)
    turn_on(lab, clock)
    gone = MethodFacts(reference=method.reference, kind="card", is_gone=True)
    record_method(method_id=method.pk, told=gone, at=clock.now)
    assert run() == 0
    top_up.refresh_from_db()
    assert not top_up.is_on
    assert not Deposit.objects.exists()


def test_settings_that_changed_since_it_was_found_are_the_ones_that_count(lab, clock, wallet):
    saved(wallet, lab)
    top_up = turn_on(lab, clock)
    turn_on(lab, clock, threshold=1000, amount=3000)
    assert make_top_up(top_up_id=top_up.pk, at=clock.now).amount_cents == 3000
    run()
    turn_off_top_up(by=lab.by, at=clock.now)
    assert make_top_up(top_up_id=top_up.pk, at=clock.now) is None


def test_one_that_is_under_way_as_it_is_turned_off_goes_on(lab, clock, wallet):
    saved(wallet, lab)
    top_up = turn_on(lab, clock)
    deposit = make_top_up(top_up_id=top_up.pk, at=clock.now)
    turn_off_top_up(by=lab.by, at=clock.now)
    assert settle(deposit) == "settled"
    assert balance(lab) == 2000


def test_one_requester_that_breaks_keeps_none_waiting(lab, clock, wallet, monkeypatch):
    saved(wallet, lab)
    turn_on(lab, clock)
    other = world.a_lab("Other Lab", cents=0)
    saved(wallet, other)
    turn_on(other, clock)
    done = []

    def breaks_once(**given):
        done.append(given)
        if len(done) == 1:
            raise RuntimeError("broken")
        return make_top_up(**given)

    monkeypatch.setattr(jobs, "make_top_up", breaks_once)
    assert run() == 1
    assert wallet.charged() == [2000]
