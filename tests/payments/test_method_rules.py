"""Saved methods and top-ups, to the field: what is kept, for how long, and who is told what."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, NotFound, WrongState
from marketplace.models import OutboxMessage
from payments.actions.keep_method import MethodFacts, keep_method, record_method
from payments.actions.make_top_up import (
    make_top_up,
    note_top_up_failed,
    note_top_up_settled,
    tell_to_confirm,
)
from payments.actions.remove_method import note_forgotten, remove_method
from payments.actions.save_method import (
    SetupState,
    ask_to_save_method,
    name_payer,
    note_attempt,
    payer_of,
    postpone_setup,
    record_setup,
)
from payments.actions.set_billing import set_billing
from payments.actions.set_top_up import require_top_up, set_top_up, turn_off_top_up
from payments.models import Billing, MethodSetup, Payer, SavedMethod, TopUp
from tests import world

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)
CARD = MethodFacts(
    reference="pm_1", kind="card", brand="visa", last4="4242", exp_month=4, exp_year=2029
)


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


@pytest.fixture
def payer(lab, clock):
    return payer_of(lab.requester, gateway="play", at=clock.now)


@pytest.fixture
def card(payer, clock):
    return keep_method(payer=payer, told=CARD, at=clock.now)


def entry(action):
    return AuditEntry.objects.get(action=action)


def is_about(found, lab, actor):
    return (found.actor, found.subject_kind, found.subject_id) == (
        actor, "requester", lab.requester.public_id,
    )  # fmt: skip


def on(lab, clock, card, threshold=1000, amount=2000, cap=None):
    given = {"threshold_cents": threshold, "amount_cents": amount, "cap_cents": cap}
    return set_top_up(by=lab.by, method=str(card.public_id), **given, at=clock.now)


def test_a_requester_is_one_customer_of_a_gateway_by_its_first_name(lab, payer, clock):
    assert (payer.requester, payer.gateway, payer.name) == (lab.requester, "play", "Vision Lab")
    assert (payer.created_at, payer.reference) == (clock.now, "")
    assert payer_of(lab.requester, gateway="play", at=clock.now + HOURS) == payer
    other = payer_of(lab.requester, gateway="stripe", at=clock.now)
    assert other != payer
    for number in (1, 2):
        assert name_payer(payer=payer, reference=f"cus_{number}").reference == "cus_1"
        at = clock.now + number * HOURS
        assert note_attempt(payer=payer, at=at).first_attempt_at == clock.now + HOURS
    other.refresh_from_db()
    assert (other.reference, other.first_attempt_at) == ("", None)
    assert Payer.objects.count() == 2


def test_a_method_is_kept_once_as_far_as_there_is_room(lab, payer, card, clock):
    assert (card.reference, card.kind, card.brand, card.last4) == ("pm_1", "card", "visa", "4242")
    assert (card.exp_month, card.exp_year, card.saved_at) == (4, 2029, clock.now)
    kept = entry("keep_method")
    assert is_about(kept, lab, "system")
    assert (kept.at, kept.data) == (clock.now, {"method": "Visa card ending 4242"})
    assert keep_method(payer=payer, told=CARD, at=clock.now + HOURS) == card
    long = MethodFacts(reference="pm_2", kind="k" * 90, brand="b" * 90, last4="1" * 90)
    second = keep_method(payer=payer, told=long, at=clock.now + HOURS)
    assert (second.kind, second.brand, second.last4) == ("k" * 40, "b" * 60, "1" * 8)
    card.refresh_from_db()
    assert (card.removed_at, second.removed_at) == (clock.now + HOURS, None)
    third = replace(CARD, reference="pm_3")
    keep_method(payer=payer, told=third, at=clock.now + 2 * HOURS)
    card.refresh_from_db()
    assert card.removed_at == clock.now + HOURS, "what was removed before stays as it was"
    bare = keep_method(payer=payer, told=MethodFacts(reference="pm_4", kind="link"), at=clock.now)
    assert (bare.brand, bare.last4, bare.exp_month, bare.words) == ("", "", None, "Link")


def test_what_the_gateway_says_of_a_method_later_is_kept_and_an_end_is_one(card, clock):
    renewed = MethodFacts(
        reference="pm_1", kind="card", brand="b" * 90, last4="2" * 90, exp_month=5, exp_year=2031
    )
    found = record_method(method_id=card.pk, told=renewed, at=clock.now)
    card.refresh_from_db()
    assert found == card
    assert (card.exp_month, card.exp_year) == (5, 2031)
    assert (card.brand, card.last4) == ("b" * 60, "2" * 8)
    assert (card.removed_at, card.forgotten_at) == (None, None)
    ended = clock.now
    for _ in range(2):
        record_method(method_id=card.pk, told=replace(CARD, is_gone=True), at=clock.now)
        clock.forward(hours=1)
    card.refresh_from_db()
    assert (card.removed_at, card.forgotten_at) == (ended, ended)


def test_a_page_to_save_on_is_asked_for_once_while_it_is_open(lab, clock):
    setup = ask_to_save_method(by=lab.by, user=lab.user, at=clock.now)
    assert (setup.status, setup.made_by, setup.created_at) == ("created", lab.user, clock.now)
    assert (setup.payer.requester, setup.payer.gateway) == (lab.requester, "play")
    asked = entry("ask_to_save_method")
    assert is_about(asked, lab, lab.by.trail)
    assert (asked.at, asked.data) == (clock.now, {"setup": str(setup.public_id)})
    assert ask_to_save_method(by=lab.by, user=lab.user, at=clock.now) == setup
    record_setup(setup_id=setup.pk, told=SetupState(failure="Left."), at=clock.now)
    assert ask_to_save_method(by=lab.by, user=lab.user, at=clock.now) != setup
    manager = world.a_member(lab.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        ask_to_save_method(by=manager, user=None, at=clock.now)


def told(setup, clock, ask_at=None, **said):
    done = record_setup(setup_id=setup.pk, told=SetupState(**said), at=clock.now, ask_at=ask_at)
    setup.refresh_from_db()
    assert done == setup
    return setup


@pytest.fixture
def setup(lab, clock):
    return ask_to_save_method(by=lab.by, user=lab.user, at=clock.now)


def test_a_page_is_open_until_something_is_saved(setup, clock):
    later = clock.now + HOURS
    told(setup, clock, later, reference="cs_1", page_url="https://page/")
    assert (setup.status, setup.gateway_reference, setup.page_url) == (
        "open", "cs_1", "https://page/",
    )  # fmt: skip
    assert (setup.ask_at, setup.finished_at) == (later, None)
    told(setup, clock, later)
    assert setup.page_url == "", "an address that the gateway names no more leads nowhere"
    told(setup, clock, later, page_url="https://page/2")
    assert (setup.status, setup.gateway_reference) == ("open", "cs_1")
    postpone_setup(setup_id=setup.pk, until=later + HOURS)
    setup.refresh_from_db()
    assert setup.ask_at == later + HOURS
    told(setup, clock, later, page_url="https://page/3", method=CARD)
    assert (setup.status, setup.page_url, setup.ask_at) == ("saved", "", None)
    assert setup.finished_at == clock.now
    assert SavedMethod.objects.get().saved_at == clock.now
    told(setup, clock, failure="Late.")
    postpone_setup(setup_id=setup.pk, until=later)
    setup.refresh_from_db()
    assert (setup.status, setup.failure, setup.ask_at) == ("saved", "", None)


def test_a_page_that_came_to_nothing_says_why(lab, setup, clock):
    told(setup, clock, clock.now + HOURS, failure="?" * 1000)
    assert (setup.status, setup.failure, setup.finished_at) == ("failed", "?" * 300, clock.now)
    assert (setup.page_url, setup.ask_at) == ("", None)
    other = ask_to_save_method(by=lab.by, user=lab.user, at=clock.now)
    rich = world.a_lab("Other", cents=0)
    theirs = ask_to_save_method(by=rich.by, user=rich.user, at=clock.now)
    postpone_setup(setup_id=other.pk, until=clock.now)
    assert dict(MethodSetup.objects.values_list("pk", "ask_at")) == {
        setup.pk: None, other.pk: clock.now, theirs.pk: None,
    }  # fmt: skip


def test_removing_a_method_is_the_owners_and_ends_top_ups(lab, card, clock):
    on(lab, clock, card)
    other = world.a_lab("Other", cents=0)
    with pytest.raises(NotFound):
        remove_method(by=other.by, public_id=str(card.public_id), at=clock.now)
    removed = remove_method(by=lab.by, public_id=str(card.public_id), at=clock.now)
    card.refresh_from_db()
    assert removed == card
    assert (card.removed_at, card.forgotten_at) == (clock.now, None)
    kept = entry("remove_method")
    assert is_about(kept, lab, lab.by.trail)
    assert (kept.at, kept.data) == (clock.now, {"method": "Visa card ending 4242"})
    off = entry("turn_off_top_up")
    assert is_about(off, lab, lab.by.trail)
    assert (off.at, off.reason) == (clock.now, "The method was removed.")
    assert not TopUp.objects.get().is_on
    with pytest.raises(NotFound):
        remove_method(by=lab.by, public_id=str(card.public_id), at=clock.now)
    for hours in (1, 2):
        note_forgotten(method_id=card.pk, at=clock.now + hours * HOURS)
    card.refresh_from_db()
    assert card.forgotten_at == clock.now + HOURS


def test_only_the_method_that_was_shown_is_removed(lab, payer, card, clock):
    newer = keep_method(payer=payer, told=replace(CARD, reference="pm_2"), at=clock.now)
    with pytest.raises(NotFound):
        remove_method(by=lab.by, public_id=str(card.public_id), at=clock.now)
    newer.refresh_from_db()
    assert newer.removed_at is None


def test_whom_invoices_are_for_is_kept_as_it_was_written_and_can_be_changed(lab, clock):
    for name in (" Old Inc. ", " Lab Inc. "):
        billing = set_billing(
            by=lab.by, name=name, address=" 1 Road\nTown ", tax_id=" X1 ", at=clock.now
        )
    assert (billing.name, billing.address, billing.tax_id) == ("Lab Inc.", "1 Road\nTown", "X1")
    assert Billing.objects.get() == billing
    kept = AuditEntry.objects.filter(action="set_billing").latest("pk")
    assert is_about(kept, lab, lab.by.trail)
    assert kept.at == clock.now
    assert kept.data == {"name": "Lab Inc.", "address": "1 Road\nTown", "tax_id": "X1"}


@pytest.mark.parametrize(
    ("threshold", "amount", "cap"),
    [(1, 100, None), (10**12, 10**12, 10**12), (500, 2000, 2000)],
)
def test_settings_at_their_bounds_are_taken(threshold, amount, cap):
    require_top_up(threshold, amount, cap)


REFUSED = {
    "threshold": "Say below which balance, at least 0.01.",
    "amount": "A deposit is at least $1.00.",
    "cap": "A month's limit below one top-up of $20.00 would allow none.",
}


@pytest.mark.parametrize(
    ("threshold", "amount", "cap", "field"),
    [
        (0, 100, None, "threshold"),
        (10**12 + 1, 100, None, "threshold"),
        (1, 99, None, "amount"),
        (1, 10**12 + 1, None, "amount"),
        (1, 2000, 1999, "cap"),
    ],
)
def test_settings_beyond_them_are_not(threshold, amount, cap, field):
    with pytest.raises(InvalidInput) as caught:
        require_top_up(threshold, amount, cap)
    assert (caught.value.details["field"], str(caught.value)) == (field, REFUSED[field])


def test_even_where_any_deposit_does_a_top_up_is_a_cent_at_least(settings):
    settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS = 0
    require_top_up(1, 1, None)
    with pytest.raises(InvalidInput):
        require_top_up(1, 0, None)


def test_turning_it_on_forgets_failures_and_is_in_the_trail(lab, card, clock):
    top_up = on(lab, clock, card, cap=9000)
    assert (top_up.threshold_cents, top_up.amount_cents, top_up.cap_cents) == (1000, 2000, 9000)
    assert (top_up.is_on, top_up.due_at, top_up.changed_at) == (True, clock.now, clock.now)
    kept = entry("set_top_up")
    assert is_about(kept, lab, lab.by.trail)
    assert kept.at == clock.now
    assert kept.data == {
        "method": "Visa card ending 4242", "threshold_cents": 1000, "amount_cents": 2000,
        "cap_cents": 9000,
    }  # fmt: skip
    TopUp.objects.update(is_on=False, failures=3, last_failure="No.", due_at=clock.now + HOURS)
    clock.forward(minutes=1)
    again = on(lab, clock, card, threshold=1)
    assert again.pk == top_up.pk
    assert (again.is_on, again.failures, again.last_failure) == (True, 0, "")
    assert (again.due_at, again.cap_cents, again.threshold_cents) == (clock.now, None, 1)


def test_turning_it_off_is_said_once_and_is_nobody_elses(lab, card, clock):
    other = world.a_lab("Other", cents=0)
    theirs = keep_method(
        payer=payer_of(other.requester, gateway="play", at=clock.now), told=CARD, at=clock.now
    )
    on(lab, clock, card)
    on(other, clock, theirs)
    clock.forward(hours=1)
    for _ in range(2):
        turn_off_top_up(by=lab.by, at=clock.now)
    off = entry("turn_off_top_up")
    assert is_about(off, lab, lab.by.trail)
    assert (off.at, off.reason) == (clock.now, "")
    assert TopUp.objects.get(requester=lab.requester).changed_at == clock.now
    assert TopUp.objects.get(requester=other.requester).is_on
    manager = world.a_member(other.requester, world.a_user("m@lab.test"), Role.MANAGER)
    with pytest.raises(NotAllowed):
        turn_off_top_up(by=manager, at=clock.now)


def test_without_the_method_that_was_shown_it_is_not_turned_on(lab, card, clock):
    other = replace(CARD, reference="pm_2", last4="1111")
    keep_method(payer=card.payer, told=other, at=clock.now)
    with pytest.raises(WrongState, match="Visa card ending 1111"):
        on(lab, clock, card)
    SavedMethod.objects.update(removed_at=clock.now)
    with pytest.raises(WrongState, match="Save a card"):
        on(lab, clock, card)
    assert not TopUp.objects.exists()


def with_top_up(clock, name="Other"):
    """Another lab that is low as well."""
    other = world.a_lab(name, cents=0)
    payer = payer_of(other.requester, gateway="play", at=clock.now)
    return on(other, clock, keep_method(payer=payer, told=CARD, at=clock.now))


def test_a_top_up_is_a_deposit_of_the_settings_and_of_the_method(lab, card, clock):
    with_top_up(clock)
    top_up = on(lab, clock, card, cap=2000)
    with_top_up(clock, "Third")
    deposit = make_top_up(top_up_id=top_up.pk, at=clock.now)
    assert (deposit.requester, deposit.amount_cents, deposit.currency) == (
        lab.requester, 2000, "USD",
    )  # fmt: skip
    assert (deposit.gateway, deposit.method, deposit.is_top_up) == ("play", card, True)
    assert (deposit.created_at, deposit.made_by) == (clock.now, None)
    made = entry("make_top_up")
    assert is_about(made, lab, "system")
    assert made.at == clock.now
    assert made.data == {
        "deposit": str(deposit.public_id), "amount_cents": 2000, "currency": "USD",
    }  # fmt: skip
    assert make_top_up(top_up_id=top_up.pk, at=clock.now) is None


def test_three_failures_in_a_row_wait_six_hours_then_a_day_and_then_turn_it_off(lab, card, clock):
    theirs = with_top_up(clock)
    TopUp.objects.update(failures=1, last_failure="Theirs.")
    top_up = on(lab, clock, card)
    deposit = make_top_up(top_up_id=top_up.pk, at=clock.now)
    deposit.failure = "Declined."
    seen = []
    for number in (1, 2, 3):
        deposit.public_id = f"5b7d1a36-4c0d-4a8e-9a53-6d1f0d3f2b1{number}"
        with transaction.atomic():
            note_top_up_failed(deposit=deposit, at=clock.now)
        top_up.refresh_from_db()
        seen.append((top_up.failures, top_up.is_on, (top_up.due_at - clock.now) // HOURS))
        assert top_up.last_failure == "Declined."
    assert seen == [(1, True, 6), (2, True, 24), (3, False, 24)]
    off = entry("turn_off_top_up")
    assert is_about(off, lab, "system")
    assert (off.at, off.reason) == (clock.now, "3 top-ups failed in a row.")
    letters = OutboxMessage.objects.order_by("pk")
    assert [letter.key for letter in letters] == [
        f"top-up-failed:5b7d1a36-4c0d-4a8e-9a53-6d1f0d3f2b1{n}:{lab.user.pk}" for n in (1, 2, 3)
    ]
    first, last = letters[0].payload, letters[2].payload
    assert first["subject"] == "Vision Lab: a top-up did not go through"
    assert "$20.00 from Visa card ending 4242 were not taken: Declined." in first["text"]
    assert "The next try is at 2026-03-02 15:00 UTC" in first["text"]
    assert "automatic top-up is off now" in last["text"]
    note_top_up_settled(deposit=deposit)
    top_up.refresh_from_db()
    assert (top_up.failures, top_up.last_failure) == (0, "")
    theirs.refresh_from_db()
    assert (theirs.failures, theirs.last_failure) == (1, "Theirs.")


def test_the_owner_is_asked_to_confirm_what_the_bank_asks_about(lab, card, clock):
    deposit = make_top_up(top_up_id=on(lab, clock, card).pk, at=clock.now)
    for _ in range(2):
        tell_to_confirm(deposit=deposit, at=clock.now)
    letter = OutboxMessage.objects.get()
    assert letter.key == f"top-up-asks:{deposit.public_id}:{lab.user.pk}"
    assert letter.payload["subject"] == "Vision Lab: your bank wants you to confirm a top-up"
    assert "$20.00 from Visa card ending 4242 wait for you" in letter.payload["text"]
