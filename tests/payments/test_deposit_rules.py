"""A deposit from the wish to the hold's end, to the field and to the cent."""

from datetime import timedelta

import pytest

from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from marketplace.models import OutboxMessage
from payments import jobs, ledger
from payments.actions.advance_refund import finish_refund
from payments.actions.free_deposit import free_deposit, free_deposit_early
from payments.actions.grant_play_money import grant_play_money
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.make_deposit import make_deposit
from payments.actions.record_charge import Charge, postpone_charge, record_charge, take_charge
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.request_refund import request_refund
from payments.actions.save_method import payer_of
from payments.models import AccountKind, Deposit, Transfer
from payments.queries import balance_of, debts, requester_balance, saved_method_of
from tests import world

pytestmark = pytest.mark.django_db
HOURS, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def lab():
    return world.a_lab(cents=0)


def wished(lab, clock, cents=500, currency="USD"):
    return make_deposit(
        by=lab.by, user=lab.user, amount_cents=cents, currency=currency, at=clock.now
    )


def told(deposit, clock, ask_at=None, **said):
    record_charge(deposit_id=deposit.pk, told=Charge(**said), at=clock.now, ask_at=ask_at)
    deposit.refresh_from_db()
    return deposit


def settled(lab, clock, cents=500, currency="USD"):
    return told(wished(lab, clock, cents, currency), clock, is_settled=True)


def balance(lab, kind="requester", currency="USD"):
    return balance_of(kind, lab.requester.public_id, currency)


@pytest.mark.parametrize("gateway", ["play", "stripe"])
def test_a_wish_is_a_row_and_an_entry_and_moves_nothing(lab, clock, settings, gateway):
    settings.MANYHANDS_GATEWAY = gateway
    deposit = wished(lab, clock)
    assert (deposit.requester, deposit.made_by, deposit.amount_cents) == (
        lab.requester, lab.user, 500,
    )  # fmt: skip
    assert (deposit.currency, deposit.gateway, deposit.created_at) == ("USD", gateway, clock.now)
    assert deposit.status == "created"
    assert wished(lab, clock, currency="XTS").gateway == "play"
    entry = AuditEntry.objects.filter(action="make_deposit").earliest("pk")
    assert (entry.actor, entry.at) == (lab.by.trail, clock.now)
    assert (entry.subject_kind, entry.subject_id) == ("requester", lab.requester.public_id)
    assert entry.data == {
        "deposit": str(deposit.public_id), "amount_cents": 500, "currency": "USD", "method": "",
    }  # fmt: skip
    assert not Transfer.objects.exists()


def test_the_least_and_the_most_can_be_deposited_and_not_a_cent_beyond(lab, clock, settings):
    for cents in (100, 10**12):
        assert wished(lab, clock, cents).amount_cents == cents
    for cents in (99, 10**12 + 1):
        with pytest.raises(InvalidInput) as caught:
            wished(lab, clock, cents)
        assert caught.value.details["field"] == "amount"
    settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS = 0
    assert wished(lab, clock, 1).amount_cents == 1
    with pytest.raises(InvalidInput):
        wished(lab, clock, 0)
    with pytest.raises(InvalidInput) as caught:
        wished(lab, clock, 500, "EUR")
    assert caught.value.details["field"] == "currency"


def test_what_has_settled_is_credited_under_the_deposits_name(lab, clock):
    deposit = settled(lab, clock)
    assert (deposit.status, deposit.settled_at) == ("settled", clock.now)
    moved = Transfer.objects.get()
    assert moved.key == f"deposit:{deposit.public_id}"
    assert (moved.debit.kind, moved.debit.holder) == ("clearing", "")
    assert (moved.credit.kind, moved.credit.holder) == ("requester", lab.requester.public_id)
    assert (moved.amount_cents, moved.currency, moved.reason) == (500, "USD", "deposit")
    assert (moved.reference, moved.note, moved.at) == (str(deposit.public_id), "", clock.now)


def test_while_it_waits_it_keeps_the_page_and_the_time_to_ask_again(lab, clock):
    later = clock.now + HOURS
    deposit = told(wished(lab, clock), clock, later, reference="cs_1", pay_url="https://pay/")
    assert (deposit.status, deposit.gateway_reference) == ("pending", "cs_1")
    assert (deposit.pay_url, deposit.ask_at) == ("https://pay/", later)
    assert (deposit.charge_reference, deposit.paid_with) == ("", "")
    deposit = told(deposit, clock, later + HOURS, pay_url="https://pay/2", paid_with="x" * 121)
    assert deposit.paid_with == "x" * 120
    assert (deposit.gateway_reference, deposit.pay_url) == ("cs_1", "https://pay/2")
    assert deposit.ask_at == later + HOURS
    deposit = told(deposit, clock, later, is_settled=True, payment="pi_1", pay_url="https://pay/")
    assert (deposit.charge_reference, deposit.pay_url, deposit.ask_at) == ("pi_1", "", None)
    assert deposit.paid_with == "x" * 120, "nothing else was said since"
    again = record_charge(deposit_id=deposit.pk, told=Charge(failure="No."), at=clock.now)
    assert again.status == "settled"


def test_a_method_is_kept_only_where_its_owner_wanted_that(lab, clock):
    card = MethodFacts(reference="pm_1", kind="card")
    told(wished(lab, clock), clock, is_settled=True, method=card)
    assert saved_method_of(lab.requester) is None
    wish = {"amount_cents": 500, "currency": "USD", "at": clock.now, "saves_method": True}
    told(make_deposit(by=lab.by, user=lab.user, **wish), clock, is_settled=True, method=card)
    assert saved_method_of(lab.requester).reference == "pm_1"


@pytest.mark.parametrize(("seconds", "stays"), [(1, "pm_2"), (0, "pm_1")])
def test_what_was_saved_since_a_deposit_was_made_is_not_replaced_by_what_pays_it(
    lab, clock, seconds, stays
):
    wish = {"amount_cents": 500, "currency": "USD", "at": clock.now, "saves_method": True}
    deposit = make_deposit(by=lab.by, user=lab.user, **wish)
    clock.forward(seconds=seconds)
    payer = payer_of(lab.requester, gateway="play", at=clock.now)
    keep_method(payer=payer, told=MethodFacts(reference="pm_2", kind="card"), at=clock.now)
    clock.forward(days=5)
    debit = MethodFacts(reference="pm_1", kind="us_bank_account")
    assert told(deposit, clock, is_settled=True, method=debit).status == "settled"
    assert saved_method_of(lab.requester).reference == stays


def test_taking_a_charge_is_a_lease_and_counts_an_attempt(lab, clock):
    payer = payer_of(lab.requester, gateway="play", at=clock.now)
    card = keep_method(payer=payer, told=MethodFacts(reference="pm_1", kind="card"), at=clock.now)
    deposit = wished(lab, clock)
    Deposit.objects.filter(pk=deposit.pk).update(method=card)
    began = clock.now
    for attempt in (1, 2, 3):
        until = clock.now + HOURS
        taken = take_charge(deposit_id=deposit.pk, at=clock.now, until=until)
        assert (taken.attempts, taken.first_attempt_at, taken.ask_at) == (attempt, began, until)
        assert take_charge(deposit_id=deposit.pk, at=until - SECOND, until=until) is None
        deposit.refresh_from_db()
        assert (deposit.attempts, deposit.first_attempt_at) == (attempt, began)
        clock.set(until)


def test_a_deposit_without_a_saved_method_is_charged_by_nobody(lab, clock):
    deposit = wished(lab, clock)
    assert take_charge(deposit_id=deposit.pk, at=clock.now, until=clock.now + HOURS) is None


def test_a_deposit_that_failed_is_settled_where_the_gateway_has_the_money_all_the_same(lab, clock):
    deposit = told(wished(lab, clock), clock, reference="cs_1", pay_url="https://pay/")
    deposit = told(deposit, clock, clock.now + HOURS, failure="The page was closed.")
    assert (deposit.status, deposit.ask_at) == ("failed", None)
    for said in ({}, {"failure": "Again."}, {"needs_payer": True}, {"pay_url": "https://pay/2"}):
        deposit = told(deposit, clock, clock.now + HOURS, paid_with="Visa", **said)
        assert (deposit.status, deposit.failure) == ("failed", "The page was closed.")
        assert (deposit.paid_with, deposit.pay_url, deposit.ask_at) == ("", "", None)
        assert not deposit.needs_payer
    clock.forward(days=1)
    for _ in range(2):
        deposit = told(deposit, clock, is_settled=True, payment="pi_1", paid_with="Visa")
    assert (deposit.status, deposit.failure, deposit.settled_at) == ("settled", "", clock.now)
    assert deposit.failed_at is None
    assert (deposit.charge_reference, deposit.paid_with) == ("pi_1", "Visa")
    assert (deposit.paid_by, balance(lab)) == ("Vision Lab", 500)
    assert Transfer.objects.get().key == f"deposit:{deposit.public_id}"
    letter = OutboxMessage.objects.get()
    assert letter.key == f"deposit-paid-late:{deposit.public_id}:{lab.user.pk}"
    assert letter.payload["subject"] == "Vision Lab: a deposit that had failed was paid after all"
    assert letter.payload["text"].startswith(
        "The payment service has your $5.00: they were added. If you paid again meanwhile, an "
        "owner can take the money back on the money page.\n\n"
    )


def test_a_deposit_that_settles_in_time_is_no_news(lab, clock):
    settled(lab, clock)
    assert not OutboxMessage.objects.exists()


def test_a_deposit_that_failed_says_why_and_is_asked_about_no_more(lab, clock):
    deposit = told(wished(lab, clock), clock, clock.now + HOURS, failure="?" * 1000)
    assert (deposit.status, deposit.failure) == ("failed", "?" * 300)
    assert deposit.failed_at == clock.now
    assert (deposit.pay_url, deposit.ask_at, deposit.settled_at) == ("", None, None)
    deposit = told(deposit, clock, is_settled=True, reference="cs_9")
    assert (deposit.status, deposit.gateway_reference) == ("failed", "")
    postpone_charge(deposit_id=deposit.pk, until=clock.now)
    deposit.refresh_from_db()
    assert deposit.ask_at is None


def test_no_answer_puts_off_this_deposit_and_no_other(lab, clock):
    deposit, other = wished(lab, clock), wished(lab, clock)
    postpone_charge(deposit_id=deposit.pk, until=clock.now + HOURS)
    asked = dict(Deposit.objects.values_list("pk", "ask_at"))
    assert asked == {deposit.pk: clock.now + HOURS, other.pk: None}


def test_what_the_gateway_keeps_is_booked_once_as_soon_as_it_says(lab, clock, settings):
    settings.MANYHANDS_GATEWAY = "stripe"
    later = clock.now + HOURS
    deposit = told(wished(lab, clock), clock, later, is_settled=True, fee_cents=None, payment="pi")
    assert (deposit.fee_cents, deposit.ask_at) == (None, later)
    deposit = told(deposit, clock, later, is_settled=True, fee_cents=45)
    assert (deposit.fee_cents, deposit.ask_at, deposit.charge_reference) == (45, None, "pi")
    told(deposit, clock, later, is_settled=True, fee_cents=46)
    moved = Transfer.objects.get(key=f"gateway-fee:{deposit.public_id}")
    assert (moved.debit.kind, moved.debit.holder) == ("stripe_fees", "")
    assert (moved.credit.kind, moved.credit.holder) == ("clearing", "")
    assert (moved.amount_cents, moved.currency, moved.reason) == (45, "USD", "gateway_fee")
    assert (moved.reference, moved.at) == (str(deposit.public_id), clock.now)
    assert Transfer.objects.count() == 2
    assert balance(lab) == 500
    assert ledger.balance(ledger.account(AccountKind.CLEARING, "", "USD")) == -455


def test_a_fee_is_not_booked_before_the_money_is_there(lab, clock):
    told(wished(lab, clock), clock, fee_cents=45)
    assert not Transfer.objects.exists()


def test_the_first_deposits_up_to_the_bound_are_held_so_many_hours(lab, clock, settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 1000
    assert settled(lab, clock, 100).held_until is None, "no hours, no hold"
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    for bound, is_held in ((0, False), (1, True)):
        settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = bound
        new = world.a_lab(f"New {bound}", cents=0)
        assert bool(settled(new, clock, 100).held_until) == is_held
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 1000
    other = world.a_lab("Other", cents=0)
    settled(other, clock, 5000)
    settled(lab, clock, 5000, "XTS")
    wished(lab, clock, 5000)
    first = settled(lab, clock, 899)
    assert first.held_until == clock.now + 72 * HOURS
    second = settled(lab, clock, 5000)
    assert second.held_until == clock.now + 72 * HOURS, "the first is on hold itself"
    assert (balance(lab), balance(lab, "on_hold")) == (100, 5899)
    clock.forward(hours=72)
    free_deposit(deposit_id=first.pk, at=clock.now)
    assert settled(lab, clock, 100).held_until, "999 cents are free, a cent less than the bound"
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 999
    assert settled(lab, clock, 100).held_until is None, "never held, and freed: as much is free"
    held = Transfer.objects.get(key=f"deposit:{first.public_id}")
    assert (held.credit.kind, held.credit.holder) == ("on_hold", lab.requester.public_id)


@pytest.mark.parametrize(
    ("how", "counts"),
    [("needs_response", False), ("lost", False), ("won", True), ("warning_closed", True)],
)
def test_a_deposit_that_is_disputed_or_was_taken_back_vouches_for_no_other(
    lab, clock, settings, how, counts
):
    first = settled(lab, clock, 1000)
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 1000
    disputed(first, clock, how)
    assert (settled(lab, clock, 100).held_until is None) is counts


def disputed(deposit, clock, how, *bookings):
    said = DisputeState(
        reference=f"dp_{deposit.pk}", deposit=deposit.name, amount_cents=deposit.amount_cents,
        reason="fraudulent", status=how, method="", bookings=bookings,
    )  # fmt: skip
    assert record_dispute(gateway=deposit.gateway, said=said, at=clock.now) == ""


@pytest.fixture
def held(lab, clock, settings):
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    return settled(lab, clock)


def test_the_end_of_a_hold_moves_the_deposit_to_the_balance(lab, held, clock):
    clock.forward(hours=72)
    free_deposit(deposit_id=held.pk, at=clock.now)
    held.refresh_from_db()
    assert (held.freed_at, held.is_on_hold) == (clock.now, False)
    moved = Transfer.objects.get(key=f"deposit-freed:{held.public_id}")
    assert (moved.debit.kind, moved.credit.kind) == ("on_hold", "requester")
    assert moved.debit.holder == moved.credit.holder == lab.requester.public_id
    assert (moved.amount_cents, moved.currency, moved.reason) == (500, "USD", "deposit_freed")
    assert (moved.reference, moved.at) == (str(held.public_id), clock.now)


def test_a_deposit_that_was_never_held_is_not_freed(lab, clock):
    deposit = settled(lab, clock)
    assert not free_deposit(deposit_id=deposit.pk, at=clock.now).freed_at
    staff = world.a_user("staff@desk.test", is_staff=True)
    with pytest.raises(WrongState):
        free_deposit_early(staff=staff, deposit=deposit, reason="Known.", at=clock.now)
    free_deposit(deposit_id=deposit.pk, at=clock.now, is_disputed=True)
    deposit.refresh_from_db()
    assert (deposit.freed_at, balance(lab)) == (None, 500)


def test_who_frees_early_is_staff_and_says_why_and_the_trail_keeps_it(lab, held, clock):
    settled(lab, clock, 300)
    with pytest.raises(NotAllowed):
        free_deposit_early(staff=lab.user, deposit=held, reason="Mine.", at=clock.now)
    staff = world.a_user("staff@desk.test", is_staff=True)
    with pytest.raises(InvalidInput):
        free_deposit_early(staff=staff, deposit=held, reason=" ", at=clock.now)
    freed = free_deposit_early(staff=staff, deposit=held, reason=" Known. ", at=clock.now)
    assert freed.freed_at == clock.now
    entry = AuditEntry.objects.get(action="free_deposit_early")
    assert (entry.actor, entry.at, entry.reason) == (f"user:{staff.pk}", clock.now, "Known.")
    assert (entry.subject_kind, entry.subject_id) == ("deposit", str(held.public_id))


def test_a_dispute_that_takes_of_a_deposit_ends_its_hold_and_no_other(lab, held, clock):
    settled(lab, clock, 300)
    disputed(held, clock, "needs_response")
    assert (balance(lab), balance(lab, "on_hold")) == (0, 800), "nothing was taken yet"
    for cents, reference in ((5, "txn_0"), (0, "txn_1"), (-1, "txn_2"), (-1, "txn_2")):
        taken = Booking(reference=reference, amount_cents=cents, fee_cents=7)
        disputed(held, clock, "needs_response", taken)
        left = (5, 800) if cents >= 0 else (5 + 500 - 1, 300)
        assert (balance(lab), balance(lab, "on_hold")) == left
    held.refresh_from_db()
    assert (held.freed_at, held.is_on_hold) == (clock.now, False)


def test_what_another_deposit_owes_is_paid_when_the_hold_of_this_one_is_over(lab, clock, settings):
    first = settled(lab, clock, 1_00)
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    settled(lab, clock, 5_00)
    world.a_batch(lab, rows=1, reward_cents=100, max_assignments=1)
    disputed(first, clock, "lost", Booking(reference="t", amount_cents=-1_00, fee_cents=0))
    assert (balance(lab), balance(lab, "on_hold")) == (0, 5_00)
    assert debts("USD") == [(lab.requester.public_id, 1_00, clock.now)]
    clock.forward(hours=72)
    jobs.free_deposits()
    jobs.settle_losses()
    assert (balance(lab), balance(lab, "on_hold"), debts("USD")) == (4_00, 0, [])


def test_what_was_refunded_vouches_no_more_unless_it_came_back(lab, clock, settings):
    settled(lab, clock, 1000)
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = 1000
    given = {"by": lab.by, "user": lab.user, "currency": "USD", "at": clock.now}
    (refund,) = request_refund(**given, amount_cents=1)
    assert settled(lab, clock, 100).is_on_hold, "999 cents stay"
    finish_refund(refund=refund, failure="The card is closed.", at=clock.now)
    assert settled(lab, clock, 100).held_until is None


def test_the_sandbox_is_filled_from_outside_to_ten_thousand_exactly(lab, clock):
    world.deposit(lab, 1_00, "XTS")
    grant_play_money(requester=lab.requester, at=clock.now)
    moved = Transfer.objects.get(reason="play_grant")
    assert moved.key == f"play-grant:{lab.requester.public_id}:{clock.now.date()}"
    assert (moved.debit.kind, moved.debit.holder) == ("clearing", "")
    assert (moved.credit.kind, moved.credit.holder) == ("requester", lab.requester.public_id)
    assert (moved.amount_cents, moved.currency, moved.at) == (999_900, "XTS", clock.now)
    assert moved.reference == lab.requester.public_id
    clock.forward(days=1)
    for cents in (0, 1_00):  # exactly full, and more than full
        if cents:
            world.deposit(lab, cents, "XTS")
        grant_play_money(requester=lab.requester, at=clock.now)
    assert requester_balance(lab.requester.public_id, "XTS") == 10_001_00
    assert Transfer.objects.filter(reason="play_grant").count() == 1
