"""A saved card or bank account: charged once per deposit, whatever dies when, until removed."""

import uuid
from datetime import timedelta

import pytest

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, NotFound, WrongState
from marketplace.models import OutboxMessage
from payments import audit, jobs, ledger
from payments.actions.make_deposit import charge_saved_method, make_deposit
from payments.actions.remove_method import remove_method
from payments.actions.save_method import ask_to_save_method, record_setup
from payments.gateway import deposits, gateway_named
from payments.gateway.customers import advance_setup, check_method
from payments.gateway.reconciling import run_reconciliation
from payments.models import Deposit, Incident, MethodSetup, Payer, SavedMethod, Transfer
from payments.models.saved_method import method_words
from payments.queries import saved_method_of
from payments.states import SetupStatus
from tests import world
from tests.fake_gateway import Killed, held_up
from tests.payments.wallets import (
    ASKS,
    BANK,
    DECLINES,
    asked,
    balance,
    press,
    saved,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock, wallet):
    return world.a_lab(cents=0)


@pytest.fixture
def token():
    return uuid.uuid4()


def test_what_is_told_on_the_gateways_page_is_saved_and_nothing_is_charged(lab, wallet):
    setup = asked(lab)
    assert (setup.status, bool(setup.page_url)) == ("open", True)
    assert saved_method_of(lab.requester) is None, "coming back from the page proves nothing"
    method = saved(wallet, lab)
    assert (method.words, method.expires) == ("Visa card ending 4242", "04/40")
    setup.refresh_from_db()
    assert (setup.status, setup.page_url) == ("saved", "")
    assert wallet.charged() == []


def test_a_bank_account_is_shown_by_its_banks_name(lab, wallet):
    method = saved(wallet, lab, BANK)
    assert method.words.lower().endswith("bank, account ending 6789")
    assert method.expires == ""


def test_a_bank_that_is_not_named_is_a_bank_account(db):
    assert method_words("us_bank_account", "", "6789") == "Bank account ending 6789"


def test_a_page_that_nobody_has_done_anything_on_stays_open(lab, clock, wallet):
    setup = asked(lab)
    clock.forward(hours=1)
    jobs.save_methods()
    setup.refresh_from_db()
    assert (setup.status, bool(setup.page_url)) == ("open", True)


def test_asking_again_while_a_page_is_open_is_that_page(lab, wallet):
    assert asked(lab) == asked(lab)
    assert wallet.customers() == 1


def test_another_one_replaces_it_and_the_gateway_forgets_the_first(lab, wallet):
    first = saved(wallet, lab)
    second = saved(wallet, lab, BANK)
    assert saved_method_of(lab.requester) == second != first
    assert [jobs.forget_methods(), jobs.forget_methods()] == [1, 0]
    assert wallet.attached() == 1
    assert wallet.customers() == Payer.objects.count() == 1


def test_removing_it_is_forgetting_it_and_there_is_none_then(lab, clock, wallet):
    method = saved(wallet, lab)
    given = {"by": lab.by, "public_id": str(method.public_id), "at": clock.now}
    remove_method(**given)
    assert saved_method_of(lab.requester) is None
    jobs.forget_methods()
    assert wallet.attached() == 0
    with pytest.raises(NotFound):
        remove_method(**given)
    assert AuditEntry.objects.filter(action="remove_method").count() == 1


def test_saving_removing_and_charging_take_an_owner(lab, clock, wallet, token):
    method = saved(wallet, lab)
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        ask_to_save_method(by=manager, user=None, at=clock.now)
    with pytest.raises(NotAllowed):
        remove_method(by=manager, public_id=str(method.public_id), at=clock.now)
    with pytest.raises(NotAllowed):
        press(lab, 500, token=token, by=manager)
    with pytest.raises(NotAllowed):
        make_deposit(
            by=manager, user=None, amount_cents=500, currency="USD", saves_method=True, at=clock.now
        )


def test_one_press_is_one_deposit_that_counts_when_it_has_settled(lab, wallet, token):
    method = saved(wallet, lab)
    deposit = press(lab, 500, token=token)
    assert (balance(lab), deposit.public_id, deposit.method) == (0, token, method)
    assert press(lab, 500, token=token) == deposit, "the same press, sent twice"
    entry = AuditEntry.objects.get(action="make_deposit")
    assert entry.data == {
        "deposit": str(token), "amount_cents": 500, "currency": "USD",
        "method": "Visa card ending 4242",
    }  # fmt: skip
    assert settle(deposit) == "settled"
    assert (balance(lab), wallet.charged()) == (500, [500])
    assert deposit.paid_by == lab.requester.name
    assert list(audit.differences()) == []


def test_a_bank_debit_counts_when_the_bank_has_paid(lab, clock, wallet, token):
    saved(wallet, lab, BANK)
    deposit = press(lab, 500, token=token)
    assert settle(deposit) == "pending"
    assert balance(lab) == 0
    clock.forward(days=5)
    assert settle(deposit) == "settled"
    assert (balance(lab), wallet.charged()) == (500, [500])


def test_a_declined_card_is_said_in_words_and_nothing_is_credited(lab, wallet, token):
    saved(wallet, lab, DECLINES)
    deposit = press(lab, 500, token=token)
    assert settle(deposit) == "failed"
    assert deposit.failure == "Your card was declined."
    assert (balance(lab), wallet.charged()) == (0, [])


def test_a_bank_that_asks_its_owner_is_answered_on_a_page_and_credits_once(
    lab, clock, wallet, token
):
    saved(wallet, lab, ASKS)
    deposit = press(lab, 500, token=token)
    assert settle(deposit) == "pending"
    assert (bool(deposit.pay_url), balance(lab), wallet.charged()) == (True, 0, [])
    assert not OutboxMessage.objects.exists(), "whoever pressed the button is here"
    assert settle(deposit) == "pending"
    wallet.confirms(deposit)
    assert settle(deposit) == "settled"
    assert (balance(lab), wallet.charged()) == (500, [500])
    assert list(audit.differences()) == []


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["before", "after", "answer", "commit"])
def test_a_process_killed_anywhere_charges_and_credits_once(
    lab, clock, wallet, token, monkeypatch, point, hours
):
    def dies(*args, **kwargs):
        raise Killed

    saved(wallet, lab)
    deposit = press(lab, 500, token=token)
    with monkeypatch.context() as patch:
        if point == "before":
            there = gateway_named(wallet.gateway)
            patch.setattr(there, "charge_method", dies, raising=False)
        elif point == "after":
            patch.setattr("payments.gateway.deposits.record_charge", dies)
        elif point == "answer":
            patch.setattr("payments.actions.record_charge._apply", dies)
        else:
            patch.setattr(ledger, "post", dies)
        with pytest.raises(Killed):
            settle(deposit)
    assert balance(lab) == 0
    clock.forward(hours=hours)
    jobs.settle_deposits()
    jobs.settle_deposits()
    assert (balance(lab), wallet.charged()) == (500, [500])
    assert Transfer.objects.filter(reason="deposit").count() == 1
    assert list(audit.differences()) == []


@pytest.mark.parametrize("hours", [1, 30])
def test_a_process_killed_between_the_banks_question_and_its_page_charges_once(
    lab, clock, wallet, token, monkeypatch, hours
):
    def dies(*args, **kwargs):
        raise Killed

    saved(wallet, lab, ASKS)
    deposit = press(lab, 500, token=token)
    with monkeypatch.context() as patch:
        patch.setattr(gateway_named(wallet.gateway), "charge", dies, raising=False)
        with pytest.raises(Killed):
            settle(deposit)
    clock.forward(hours=hours)
    jobs.settle_deposits()
    deposit.refresh_from_db()
    assert (deposit.status, bool(deposit.pay_url)) == ("pending", True)
    wallet.confirms(deposit)
    assert settle(deposit) == "settled"
    assert wallet.charged() == [500]


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["before", "after", "page"])
def test_a_process_killed_while_a_method_is_asked_for_leaves_one_customer(
    lab, clock, wallet, monkeypatch, point, hours
):
    def dies(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        if point == "before":
            patch.setattr(gateway_named(wallet.gateway), "open_customer", dies, raising=False)
        elif point == "after":
            patch.setattr("payments.gateway.customers.name_payer", dies)
        else:
            patch.setattr("payments.gateway.customers.record_setup", dies)
        with pytest.raises(Killed):
            asked(lab)
    clock.forward(hours=hours)
    assert saved(wallet, lab) is not None
    assert wallet.customers() == 1


def test_a_charge_that_somebody_else_is_at_is_left_to_them(lab, clock, wallet, token, monkeypatch):
    saved(wallet, lab)
    deposit = press(lab, 500, token=token)
    there, inner = gateway_named(wallet.gateway), []
    charge = there.charge_method

    def meanwhile(order):
        inner.append(settle(deposit))
        return charge(order)

    monkeypatch.setattr(there, "charge_method", meanwhile, raising=False)
    settle(deposit)
    assert inner == ["created"]
    assert wallet.charged() == [500]


def test_a_charge_that_was_held_up_for_a_day_is_not_made(lab, clock, wallet, token, monkeypatch):
    """Its machine was suspended after it had decided that nothing need be looked up: by now the
    gateway has forgotten the key of the attempt before, which was cut off."""

    def dies(*args, **kwargs):
        raise Killed

    saved(wallet, lab)
    deposit = press(lab, 500, token=token)
    with monkeypatch.context() as patch:
        patch.setattr("payments.gateway.deposits.record_charge", dies)
        with pytest.raises(Killed):
            settle(deposit)
    clock.forward(minutes=5)
    with held_up(deposits, "take_charge", clock):
        assert settle(deposit) == "created"
    clock.forward(hours=2)
    jobs.settle_deposits()
    jobs.settle_deposits()
    assert (balance(lab), wallet.charged()) == (500, [500])


def test_a_method_that_was_shown_and_is_gone_charges_nothing(lab, clock, wallet, token):
    first = saved(wallet, lab)
    saved(wallet, lab)
    with pytest.raises(WrongState, match="not saved any more"):
        press(lab, 500, token=token, method=str(first.public_id))
    remove_method(by=lab.by, public_id=str(saved_method_of(lab.requester).public_id), at=clock.now)
    with pytest.raises(WrongState):
        charge_saved_method(
            by=lab.by, user=None, amount_cents=500, method="", public_id=token, at=clock.now
        )
    assert not Deposit.objects.exists()


def test_a_method_that_the_gateway_has_forgotten_charges_nothing(lab, clock, wallet, token):
    method = saved(wallet, lab)
    deposit = press(lab, 500, token=token)
    gateway_named(wallet.gateway).forget_method(method.reference)
    assert settle(deposit) == "failed"
    assert wallet.charged() == []


def test_the_gateways_books_agree_with_the_ledger_of_what_saved_methods_paid(lab, clock, wallet):
    for what in (DECLINES, ASKS, BANK):
        saved(wallet, lab, what)
        deposit = press(lab, 500, token=uuid.uuid4())
        if settle(deposit) == "pending" and deposit.pay_url:
            wallet.confirms(deposit)
        clock.forward(days=5)
        settle(deposit)
    clock.forward(hours=7)
    run_reconciliation(at=clock.now)
    assert balance(lab) == 1000
    assert not Incident.objects.exists()


def test_a_method_is_what_the_gateway_says_of_it_now(lab, clock, wallet):
    method = saved(wallet, lab)
    check_method(method_id=method.pk, at=clock.now)
    assert saved_method_of(lab.requester) == method
    gateway_named(wallet.gateway).forget_method(method.reference)
    check_method(method_id=method.pk, at=clock.now)
    assert saved_method_of(lab.requester) is None


def test_a_token_of_somebody_elses_deposit_is_refused(lab, wallet, token):
    saved(wallet, lab)
    press(lab, 500, token=token)
    other = world.a_lab("Other Lab", cents=0)
    saved(wallet, other)
    with pytest.raises(WrongState, match="sent twice"):
        press(other, 500, token=token)


def test_an_amount_out_of_bounds_charges_nothing(lab, wallet, token):
    saved(wallet, lab)
    with pytest.raises(InvalidInput):
        press(lab, 99, token=token)


def test_what_pays_a_deposit_is_kept_where_that_was_asked_for(lab, clock, wallet):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    deposit = make_deposit(**given, saves_method=True, at=clock.now)
    if settle(deposit) == "pending":
        wallet.confirms(deposit)
        settle(deposit)
    assert balance(lab) == 500
    assert saved_method_of(lab.requester).words == "Visa card ending 4242"
    assert wallet.customers() == 1
    settle(deposit)
    assert SavedMethod.objects.count() == 1


def test_a_setup_that_has_ended_stays_as_it_ended(lab, clock, wallet):
    saved(wallet, lab)
    setup = MethodSetup.objects.get()
    assert advance_setup(setup_id=setup.pk, at=clock.now).status == "saved"
    told = type("Told", (), {"failure": "late", "method": None, "reference": "", "page_url": ""})
    assert record_setup(setup_id=setup.pk, told=told, at=clock.now).status == "saved"
    with pytest.raises(WrongState):
        setup.move_to(SetupStatus.OPEN)


def test_one_that_breaks_keeps_none_waiting(lab, clock, wallet):
    broken = ask_to_save_method(by=lab.by, user=lab.user, at=clock.now)
    Payer.objects.filter(pk=broken.payer_id).update(gateway="gone")
    other = world.a_lab("Other Lab", cents=0)
    method = saved(wallet, other)
    assert method is not None
    remove_method(by=other.by, public_id=str(method.public_id), at=clock.now)
    lost = SavedMethod.objects.create(
        payer=broken.payer, reference="gone", kind="card", saved_at=clock.now,
        removed_at=clock.now - timedelta(days=1),
    )  # fmt: skip
    assert jobs.forget_methods() == 2
    lost.refresh_from_db()
    assert lost.forgotten_at is None
    assert wallet.attached() == 0


def test_money_of_the_sandbox_saves_nothing(lab, clock, wallet):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "XTS"}
    deposit = make_deposit(**given, saves_method=True, at=clock.now)
    assert settle(deposit) == "settled"
    assert not Payer.objects.exists()
