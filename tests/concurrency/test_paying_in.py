"""A saved card, a top-up, an invoice, wanted twice at the same moment. Each race has its twin."""

import uuid
from datetime import date
from functools import partial

import pytest
from django.db import connection, transaction

from marketplace import clock
from marketplace.errors import WrongState
from payments import jobs
from payments.actions import issue_invoices as issuing
from payments.actions import make_top_up as topping
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.make_deposit import charge_saved_method
from payments.actions.save_method import ask_to_save_method, payer_of
from payments.actions.set_top_up import set_top_up, turn_off_top_up
from payments.models import Deposit, Invoice, Payer, SavedMethod
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together
from tests.payments.wallets import PlayWallet, balance, press, saved

pytestmark = pytest.mark.django_db(transaction=True)
CARD = MethodFacts(reference="play_method_1", kind="card", brand="visa", last4="4242")


def with_card(lab):
    payer = payer_of(lab.requester, gateway="play", at=clock.now())
    return keep_method(payer=payer, told=CARD, at=clock.now())


def with_top_up(name="Vision Lab"):
    """A lab whose balance is low."""
    lab = world.a_lab(name, cents=0)
    card = with_card(lab)
    return lab, set_top_up(
        by=lab.by,
        threshold_cents=1000,
        amount_cents=2000,
        cap_cents=None,
        method=str(card.public_id),
        at=clock.now(),
    )


def test_two_jobs_at_once_make_one_top_up():
    for number in range(ROUNDS):
        _lab, top_up = with_top_up(f"Lab {number}")
        call = partial(topping.make_top_up, top_up_id=top_up.pk, at=clock.now())
        made = together(call, call)
        assert errors(made) == []
        assert sum(one is not None for one in made) == 1
    assert Deposit.objects.count() == ROUNDS


def test_without_the_lock_the_second_is_refused_by_the_constraint(monkeypatch, lift_row_locks):
    """Twin of the one above: one top-up all the same, and an error in the log."""
    _lab, top_up = with_top_up()
    lift_row_locks()
    meeting = Meeting()
    monkeypatch.setattr(topping, "saved_method_of", meeting.after(topping.saved_method_of))
    call = partial(topping.make_top_up, top_up_id=top_up.pk, at=clock.now())
    made = together(call, call)
    assert len(errors(made)) == 1
    assert "one_open_top_up" in str(errors(made)[0])
    assert Deposit.objects.count() == 1


def test_turning_it_off_comes_before_a_top_up_or_after_it():
    for number in range(ROUNDS):
        lab, top_up = with_top_up(f"Lab {number}")
        made, _off = together(
            partial(topping.make_top_up, top_up_id=top_up.pk, at=clock.now()),
            partial(turn_off_top_up, by=lab.by, at=clock.now()),
        )
        assert errors([made, _off]) == []
        top_up.refresh_from_db()
        assert not top_up.is_on
        assert Deposit.objects.filter(requester=lab.requester).count() == (made is not None)


def test_one_press_sent_twice_at_once_is_one_deposit():
    lab = world.a_lab(cents=0)
    card = with_card(lab)
    for _round in range(ROUNDS):
        call = partial(
            charge_saved_method,
            by=lab.by,
            user=lab.user,
            amount_cents=500,
            method=str(card.public_id),
            public_id=uuid.uuid4(),
            at=clock.now(),
        )
        answers = together(call, call)
        assert [type(error) for error in errors(answers)] in ([], [WrongState])
    assert Deposit.objects.count() == ROUNDS


def test_two_jobs_at_once_charge_and_credit_a_deposit_once():
    lab = world.a_lab(cents=0)
    saved(PlayWallet(), lab)
    for _round in range(ROUNDS):
        press(lab, 500, token=uuid.uuid4())
        assert errors(together(jobs.settle_deposits, jobs.settle_deposits)) == []
    jobs.settle_deposits()
    assert PlayWallet().charged() == [500] * ROUNDS
    assert balance(lab) == 500 * ROUNDS
    assert differences() == []


def test_asking_twice_at_once_opens_one_page_for_one_customer():
    for number in range(ROUNDS):
        lab = world.a_lab(f"Lab {number}", cents=0)
        call = partial(ask_to_save_method, by=lab.by, user=lab.user, at=clock.now())
        answers = together(call, call)
        assert errors(answers) == []
        assert answers[0] == answers[1]


def test_two_methods_saved_at_once_leave_one():
    lab = world.a_lab(cents=0)
    payer = payer_of(lab.requester, gateway="play", at=clock.now())
    facts = [MethodFacts(reference=f"play_method_{n}", kind="card") for n in range(2)]
    calls = [partial(keep_method, payer=payer, told=told, at=clock.now()) for told in facts]
    assert errors(together(*calls)) == []
    assert SavedMethod.objects.filter(removed_at=None).count() == 1


def test_who_saves_waits_for_who_is_saving_for_the_same_customer():
    lab = world.a_lab(cents=0)
    payer = payer_of(lab.requester, gateway="play", at=clock.now())
    asks = partial(ask_to_save_method, by=lab.by, user=lab.user, at=clock.now())
    keeps = partial(keep_method, payer=payer, told=CARD, at=clock.now())
    with transaction.atomic():
        Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)
        answers = together(partial(impatient, asks), partial(impatient, keeps))
    assert ["lock timeout" in str(answer) for answer in answers] == [True, True]
    assert errors(together(asks, keeps)) == []


def impatient(call):
    """`call`, which gives up where it would have to wait."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    return call()


MONTH = date(2026, 3, 1)


def issue(lab):
    return partial(issuing.issue_invoice, requester=lab.requester, month=MONTH, at=clock.now())


@pytest.fixture
def march(clock):
    clock.set(clock.now.replace(year=2026, month=3, day=2))


def test_invoices_issued_at_once_have_numbers_without_gaps(march):
    labs = [world.a_lab(f"Lab {number}", cents=500) for number in range(4)]
    answers = together(*[issue(lab) for lab in [*labs, *labs]])
    assert errors(answers) == []
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_without_the_lock_two_would_take_one_number(march, monkeypatch):
    """Twin of the one above."""
    labs = [world.a_lab(f"Lab {number}", cents=500) for number in range(2)]
    monkeypatch.setattr(issuing, "_take_number", lambda: None)
    meeting = Meeting()
    monkeypatch.setattr(issuing, "billed_to", meeting.after(issuing.billed_to))
    answers = together(*[issue(lab) for lab in labs])
    assert len(errors(answers)) == 1
