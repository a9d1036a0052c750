"""Saved methods at Stripe: what its answers, faults and events mean for a charge and for a page."""

import uuid

import pytest
import stripe

from payments import audit, jobs
from payments.actions.make_deposit import make_deposit
from payments.actions.remove_method import remove_method
from payments.actions.save_method import ask_to_save_method
from payments.gateway import GatewayUnclear, gateway_named
from payments.gateway.customers import advance_setup
from payments.gateway.reconciling import run_reconciliation
from payments.models import Deposit, GatewayEvent, Incident, MethodSetup, Payer, SavedMethod
from payments.queries import saved_method_of
from tests import world
from tests.payments.stripe.paying_in import told
from tests.payments.wallets import ASKS, BANK, PAYS, StripeWallet, asked, balance, press, settle
from tests.payments.wallets import saved as saved_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(live, clock):
    return world.a_lab(cents=0)


@pytest.fixture
def wallet(live):
    return StripeWallet(live)


def saved(live, lab, what=PAYS, **said):
    """A method that the lab has saved, or is saving."""
    if not said:
        return saved_in(StripeWallet(live), lab, what)
    setup = asked(lab)
    live.hands.saves_a_method(setup.gateway_reference, **said)
    MethodSetup.objects.update(ask_at=None)
    jobs.save_methods()
    setup.refresh_from_db()
    return setup


def pressed(lab, cents=500):
    return press(lab, cents, token=uuid.uuid4())


def paths(live, end):
    return [key for method, path, key in live.calls if method == "POST" and path == end]


@pytest.mark.parametrize(
    "fault", ["limited", "conflict", "error_before", "error_after", "lost_before", "lost_after"]
)
def test_an_unclear_answer_is_asked_for_again_under_the_same_key(lab, live, wallet, clock, fault):
    saved(live, lab)
    deposit = pressed(lab)
    live.faults.next(fault, path="/v1/payment_intents")
    assert settle(deposit) == "created"
    assert balance(lab) == 0
    clock.forward(hours=30)
    jobs.settle_deposits()
    assert (balance(lab), wallet.charged()) == (500, [500])
    assert set(paths(live, "/v1/payment_intents")) == {f"deposit_{deposit.public_id}"}
    assert list(audit.differences()) == []


def test_without_the_look_up_it_would_be_charged_twice(lab, live, wallet, clock, monkeypatch):
    """Twin of the one above."""
    saved(live, lab)
    deposit = pressed(lab)
    live.faults.next("lost_after", path="/v1/payment_intents")
    settle(deposit)
    there = gateway_named("stripe")
    monkeypatch.setattr(there, "find_charge", lambda *_a, **_k: None, raising=False)
    clock.forward(hours=30)
    jobs.settle_deposits()
    assert wallet.charged() == [500, 500]


def test_without_the_look_up_a_requester_would_be_two_customers(lab, live, wallet, monkeypatch,
                                                                clock):  # fmt: skip
    live.faults.next("lost_after", path="/v1/customers")
    asked(lab)
    there = gateway_named("stripe")
    monkeypatch.setattr(there, "find_customer", lambda *_a, **_k: None, raising=False)
    clock.forward(hours=30)
    jobs.save_methods()
    assert wallet.customers() == 2


def test_a_customer_is_found_behind_more_than_a_page_of_others(lab, live, wallet, clock):
    live.faults.next("lost_after", path="/v1/customers")
    asked(lab)
    clock.forward(hours=1)
    for number in range(101):
        live.client().customers.create({"name": f"Other {number}"})
    clock.forward(hours=30)
    jobs.save_methods()
    assert wallet.customers() == 102
    assert MethodSetup.objects.get().status == "open"


def test_a_charge_is_found_behind_more_than_a_page_of_others(lab, live, wallet, clock):
    method = saved(live, lab)
    deposit = pressed(lab)
    live.faults.next("lost_after", path="/v1/payment_intents")
    settle(deposit)
    given = {"amount": 100, "currency": "usd", "customer": method.payer.reference}
    for _number in range(101):
        live.client().payment_intents.create(given)
    clock.forward(hours=30)
    jobs.settle_deposits()
    assert (balance(lab), wallet.charged()) == (500, [500])


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("outcome", ["fails", "insufficient_funds", "expired_card"])
def test_a_decline_whose_answer_was_lost_is_a_decline(lab, live, wallet, clock, outcome, hours):
    saved(live, lab, outcome=outcome)
    deposit = pressed(lab)
    live.faults.next("lost_after", path="/v1/payment_intents")
    assert settle(deposit) == "created"
    clock.forward(hours=hours)
    assert settle(deposit) == "failed"
    words = {
        "fails": "Your card was declined.",
        "insufficient_funds": "Your card has insufficient funds.",
        "expired_card": "Your card has expired.",
    }
    assert (deposit.failure, wallet.charged()) == (words[outcome], [])


def test_a_refusal_does_not_hide_an_earlier_charge_whose_answer_was_lost(lab, live, wallet, clock):
    method = saved(live, lab)
    deposit = pressed(lab)
    live.faults.next("lost_after", path="/v1/payment_intents")
    settle(deposit)
    live.keys.kept.clear()
    live.client().payment_methods.detach(method.reference)
    clock.forward(hours=1)
    assert settle(deposit) == "settled"
    assert (balance(lab), wallet.charged()) == (500, [500])


def test_what_is_told_again_with_a_late_fee_is_saved_once(lab, live, clock):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    deposit = make_deposit(**given, saves_method=True, at=clock.now)
    settle(deposit)
    live.hands.pays(deposit.gateway_reference)
    (charge,) = live.world.of("charge")
    booked, charge["balance_transaction"] = charge["balance_transaction"], None
    assert settle(deposit) == "settled"
    method = saved_method_of(lab.requester)
    charge["balance_transaction"] = booked
    clock.forward(hours=1)
    settle(deposit)
    assert (deposit.fee_cents, saved_method_of(lab.requester)) == (45, method)


@pytest.mark.parametrize("hours", [0, 1, 30])
@pytest.mark.parametrize("outcome", ["asks", "asks_softly"])
def test_a_banks_question_leads_to_a_page_also_where_its_answer_was_lost(
    lab, live, wallet, clock, outcome, hours
):
    saved(live, lab, outcome=outcome)
    deposit = pressed(lab)
    if hours:
        live.faults.next("lost_after", path="/v1/payment_intents")
        assert settle(deposit) == "created"
        clock.forward(hours=hours)
    assert settle(deposit) == "pending"
    assert deposit.pay_url.startswith("https://checkout.stripe.com/")
    page = live.world.things[deposit.gateway_reference]
    assert page["customer"] == Payer.objects.get().reference
    assert page["metadata"] == {"deposit": f"deposit_{deposit.public_id}"}
    live.hands.pays(deposit.gateway_reference)
    assert settle(deposit) == "settled"
    assert (balance(lab), wallet.charged()) == (500, [500])


def test_a_question_that_nobody_answers_ends_after_a_day(lab, live, wallet, clock):
    saved(live, lab, ASKS)
    deposit = pressed(lab)
    settle(deposit)
    clock.forward(hours=24)
    assert settle(deposit) == "failed"
    assert (balance(lab), wallet.charged()) == (0, [])


def test_a_page_that_could_not_be_opened_is_opened_later(lab, live, clock):
    saved(live, lab, ASKS)
    deposit = pressed(lab)
    live.faults.next("lost_before", path="/v1/checkout/sessions")
    assert settle(deposit) == "created"
    assert (deposit.needs_payer, deposit.pay_url) == (True, "")
    clock.forward(minutes=1)
    jobs.settle_deposits()
    assert settle(deposit) == "pending"


def test_a_bank_debit_that_comes_back_is_never_credited(lab, live, clock):
    saved(live, lab, by="us_bank_account", outcome="fails")
    deposit = pressed(lab)
    assert settle(deposit) == "pending"
    assert deposit.gateway_reference.startswith("pi_")
    clock.forward(days=4)
    assert settle(deposit) == "failed"
    assert "insufficient funds" in deposit.failure
    assert balance(lab) == 0


def test_what_stripe_tells_of_a_debit_settles_it_without_asking_by_the_hour(lab, live, clock):
    saved(live, lab, BANK)
    deposit = pressed(lab)
    settle(deposit)
    clock.forward(days=4)
    Deposit.objects.update(ask_at=clock.now.replace(year=clock.now.year + 1))
    told(live, clock)
    assert balance(lab) == 500


def test_a_payment_that_was_cancelled_at_stripe_has_failed(lab, live):
    saved(live, lab, BANK)
    deposit = pressed(lab)
    settle(deposit)
    live.world.things[deposit.gateway_reference].update(status="canceled")
    assert settle(deposit) == "failed"
    assert deposit.failure == "The payment did not go through."


def test_another_deposits_payment_credits_nothing(lab, live, clock):
    saved(live, lab, BANK)
    first, second = pressed(lab), pressed(lab)
    for deposit in (first, second):
        settle(deposit)
    clock.forward(days=4)
    Deposit.objects.filter(pk=first.pk).update(gateway_reference=second.gateway_reference)
    first.refresh_from_db()
    assert settle(first) == "pending"
    assert balance(lab) == 0
    with pytest.raises(GatewayUnclear):
        gateway_named("stripe").charge_state(
            reference=second.gateway_reference, idempotency_key=first.name
        )


def test_payments_of_other_programs_are_none_of_ours(lab, live, clock):
    live.client().payment_intents.create({"amount": 100, "currency": "usd"})
    (intent,) = live.world.of("payment_intent")
    live.world.emit("payment_intent.payment_failed", intent)
    told(live, clock)
    assert GatewayEvent.objects.get().processed_at
    assert not Deposit.objects.exists()


def test_a_method_that_stripe_has_lost_charges_nothing_and_says_so(lab, live, wallet):
    method = saved(live, lab)
    live.client().payment_methods.detach(method.reference)
    deposit = pressed(lab)
    assert settle(deposit) == "failed"
    assert "detached" in deposit.failure
    assert wallet.charged() == []


def test_a_bank_account_is_saved_once_it_is_verified(lab, live):
    step = {"verify_with_microdeposits": {"hosted_verification_url": "https://verify.test/"}}
    setup = saved(live, lab, by="us_bank_account", status="requires_action", next_action=step)
    assert (setup.status, setup.page_url) == ("open", "https://verify.test/")
    assert saved_method_of(lab.requester) is None
    live.hands.verifies(setup.gateway_reference)
    MethodSetup.objects.update(ask_at=None)
    jobs.save_methods()
    assert saved_method_of(lab.requester).last4 == "6789"


def test_a_setup_that_is_processed_waits(lab, live):
    setup = saved(live, lab, status="processing")
    assert (setup.status, setup.page_url) == ("open", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [({"message": "Your card was declined."}, "declined"), (None, "could not be saved")],
)
def test_a_setup_that_failed_says_why_and_another_can_begin(lab, live, error, words):
    setup = saved(live, lab, status="requires_payment_method", last_setup_error=error)
    assert setup.status == "failed"
    assert words in setup.failure
    assert asked(lab) != setup


def test_a_page_that_was_left_is_closed_after_a_day(lab, live, clock):
    setup = asked(lab)
    clock.forward(hours=24)
    jobs.save_methods()
    setup.refresh_from_db()
    assert (setup.status, setup.page_url) == ("failed", "")
    assert "before anything was saved" in setup.failure


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "error_after"])
def test_an_unclear_answer_about_a_page_is_asked_for_again(lab, live, wallet, clock, fault):
    live.faults.next(fault, path="/v1/checkout/sessions")
    setup = asked(lab)
    assert (setup.status, wallet.customers()) == ("created", 1)
    clock.forward(hours=30)
    jobs.save_methods()
    setup.refresh_from_db()
    assert setup.status == "open"
    assert set(paths(live, "/v1/checkout/sessions")) == {f"setup_{setup.public_id}"}


def test_a_refusal_for_good_ends_the_setup(lab, live, clock):
    setup = ask_to_save_method(by=lab.by, user=lab.user, at=clock.now)
    Payer.objects.update(reference="cus_unknown")
    done = advance_setup(setup_id=setup.pk, at=clock.now)
    assert done.status == "failed"
    assert "No such customer" in done.failure


def test_the_page_is_in_setup_mode_for_the_requesters_customer(lab, live):
    page = live.world.things[asked(lab).gateway_reference]
    assert (page["mode"], page["currency"]) == ("setup", "usd")
    customer = live.world.things[page["customer"]]
    assert customer["name"] == lab.requester.name
    assert customer["metadata"]["requester"] == lab.requester.public_id


def test_what_was_saved_is_told_by_its_event_alone(lab, live, clock):
    setup = asked(lab)
    MethodSetup.objects.update(ask_at=clock.now.replace(year=clock.now.year + 1))
    live.hands.saves_a_method(setup.gateway_reference)
    told(live, clock)
    assert saved_method_of(lab.requester) is not None


def test_a_card_that_its_bank_renews_shows_its_new_date(lab, live, clock):
    method = saved(live, lab)
    live.hands.renews(method.reference, exp_year=2045, last4="1881")
    told(live, clock)
    method.refresh_from_db()
    assert (method.words, method.expires) == ("Visa card ending 1881", "04/45")


def test_a_method_that_is_taken_away_at_stripe_is_saved_no_more(lab, live, clock):
    method = saved(live, lab)
    live.client().payment_methods.detach(method.reference)
    told(live, clock)
    method.refresh_from_db()
    assert saved_method_of(lab.requester) is None
    assert method.forgotten_at
    assert jobs.forget_methods() == 0


@pytest.mark.parametrize("fault", ["", "lost_after", "error_after"])
def test_forgetting_is_asked_for_until_it_is_so(lab, live, wallet, clock, fault):
    method = saved(live, lab)
    remove_method(by=lab.by, public_id=str(method.public_id), at=clock.now)
    if fault:
        live.faults.next(fault, path="/detach")
    jobs.forget_methods()
    assert SavedMethod.objects.filter(forgotten_at=None).exists() is bool(fault)
    jobs.forget_methods()
    assert not SavedMethod.objects.filter(forgotten_at=None).exists()
    assert wallet.attached() == 0


def test_a_payment_that_has_begun_goes_on_when_its_method_is_removed(lab, live, wallet, clock):
    card = saved_in(wallet, lab, PAYS)
    deposit = press(lab, 500, token=uuid.uuid4())
    live.faults.next("lost_before", path="/v1/payment_intents")
    assert settle(deposit) == "created"
    remove_method(by=lab.by, public_id=str(card.public_id), at=clock.now)
    replaced = saved_in(wallet, lab, PAYS)
    remove_method(by=lab.by, public_id=str(replaced.public_id), at=clock.now)
    assert jobs.forget_methods() == 1, "only the one by which nothing is to be charged"
    clock.forward(minutes=5)
    assert settle(deposit) == "settled"
    assert wallet.attached() == 1
    assert [jobs.forget_methods(), jobs.forget_methods()] == [1, 0]
    assert wallet.attached() == 0


def test_a_method_that_stripe_does_not_know_is_forgotten(lab, live, clock):
    method = saved(live, lab)
    SavedMethod.objects.update(reference="pm_unknown")
    remove_method(by=lab.by, public_id=str(method.public_id), at=clock.now)
    jobs.forget_methods()
    assert not SavedMethod.objects.filter(forgotten_at=None).exists()


@pytest.mark.parametrize(
    ("by", "words"),
    [("link", "Link"), ("us_bank_account", "STRIPE TEST BANK, account ending 6789")],
)
def test_whatever_stripe_saves_has_a_name(lab, live, by, words):
    assert saved(live, lab, by=by).status == "saved"
    assert saved_method_of(lab.requester).words == words


def test_the_tick_box_saves_what_pays_on_the_page_and_without_it_nothing_is(lab, live, clock):
    given = {"by": lab.by, "user": lab.user, "amount_cents": 500, "currency": "USD"}
    plain = make_deposit(**given, at=clock.now)
    settle(plain)
    assert live.world.things[plain.gateway_reference]["customer"] is None
    live.hands.pays(plain.gateway_reference)
    settle(plain)
    assert plain.paid_with == "Visa card ending 4242"
    assert saved_method_of(lab.requester) is None


def test_what_a_saved_method_paid_stands_in_stripes_books_as_ours(lab, live, clock):
    for what in (PAYS, BANK, ASKS):
        saved(live, lab, what)
        deposit = pressed(lab)
        if settle(deposit) == "pending" and deposit.pay_url:
            live.hands.pays(deposit.gateway_reference)
        clock.forward(days=5)
        assert settle(deposit) == "settled"
    clock.forward(hours=7)
    run_reconciliation(at=clock.now)
    assert not Incident.objects.exists()
    assert balance(lab) == 1500


def intent(library, customer, method, **more):
    given = {"amount": 500, "currency": "usd", "customer": customer, "payment_method": method}
    return library.payment_intents.create({**given, "confirm": True, "off_session": True, **more})


def test_the_stand_in_charges_only_what_is_the_customers_and_allowed(live, library):
    customer = library.customers.create({"name": "A"}).id
    other = library.customers.create({"name": "B"}).id
    card = library.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    assert intent(library, customer, card).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        intent(library, other, card)
    with pytest.raises(stripe.InvalidRequestError, match="not allowed"):
        intent(library, customer, card, allowed_payment_method_types=["us_bank_account"])
    given = {"amount": 500, "currency": "usd", "off_session": True}
    with pytest.raises(stripe.InvalidRequestError, match="only be used when confirm"):
        library.payment_intents.create(given)
    library.payment_methods.detach(card)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        intent(library, customer, card)
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        library.payment_methods.detach(card)
    page = {"mode": "setup", "customer": customer, "success_url": "https://x.test/"}
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        library.checkout.sessions.create(page)


def test_the_stand_in_holds_what_is_captured_by_hand_and_lets_it_go(live, library):
    customer = library.customers.create({"name": "A"}).id
    card = library.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    held = intent(library, customer, card, capture_method="manual")
    assert held.status == "requires_capture"
    assert library.payment_intents.cancel(held.id).status == "canceled"
    assert not live.world.of("charge")
