"""Deposits through Stripe's Checkout: credited once, when Stripe has the money."""

from datetime import timedelta

import pytest
from django.urls import reverse
from structlog.testing import capture_logs

from payments import audit, ledger, queries
from payments import jobs as payment_jobs
from payments.actions import record_charge as recording
from payments.actions.make_deposit import make_deposit
from payments.gateway import GatewayUnclear, gateway_named
from payments.gateway.deposits import settle_deposit
from payments.gateway.reconciling import run_reconciliation
from payments.models import AccountKind, Deposit, GatewayEvent, Incident, Transfer
from tests import world
from tests.fake_gateway import Killed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(live, clock):
    return world.a_lab(cents=0)


def ask(lab, clock, cents=500, currency="USD"):
    given = {"by": lab.by, "user": lab.user, "amount_cents": cents, "currency": currency}
    return make_deposit(**given, at=clock.now)


def settle(deposit, clock):
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    return deposit.status


def opened(lab, clock):
    """A deposit whose page at Stripe is open."""
    deposit = ask(lab, clock)
    assert settle(deposit, clock) == "pending"
    return deposit


def balance(lab):
    return queries.requester_balance(lab.requester.public_id, "USD")


def test_the_payer_is_sent_to_stripe_and_the_money_counts_when_it_is_paid(lab, live, clock):
    deposit = opened(lab, clock)
    assert deposit.pay_url.startswith("https://checkout.stripe.com/")
    assert settle(deposit, clock) == "pending"
    assert balance(lab) == 0
    live.hands.pays(deposit.gateway_reference)
    assert settle(deposit, clock) == "settled"
    assert (balance(lab), deposit.pay_url) == (500, "")
    assert list(audit.differences()) == []


def test_what_is_paid_at_stripe_is_what_was_asked_for(lab, live, clock):
    page = live.world.things[opened(lab, clock).gateway_reference]
    assert (page["amount_total"], page["currency"]) == (500, "usd")


def test_settling_again_credits_nothing_more(lab, live, clock):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference)
    for _ in range(3):
        settle(deposit, clock)
        payment_jobs.settle_deposits()
    assert balance(lab) == 500
    assert Transfer.objects.filter(reason="deposit").count() == 1
    assert Transfer.objects.filter(reason="gateway_fee").count() == 1


def summed(kind):
    return ledger.balance(ledger.account(AccountKind(kind), "", "USD"))


def test_what_stripe_keeps_has_an_account_so_that_clearing_is_what_stripe_holds(lab, live, clock):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference)
    settle(deposit, clock)
    funds = live.client().balance.retrieve()
    assert summed("clearing") == -(funds.available[0].amount + funds.pending[0].amount) == -455
    assert summed("stripe_fees") == -45
    assert (deposit.fee_cents, balance(lab)) == (45, 500)
    assert deposit.charge_reference.startswith("pi_")


def test_a_fee_that_stripe_tells_later_is_asked_for(lab, live, clock):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference)
    (charge,) = live.world.of("charge")
    booked, charge["balance_transaction"] = charge["balance_transaction"], None
    assert settle(deposit, clock) == "settled"
    assert (deposit.fee_cents, summed("clearing")) == (None, -500)
    live.faults.next("lost_before")
    clock.forward(hours=1)
    payment_jobs.settle_deposits()
    charge["balance_transaction"] = booked
    clock.forward(hours=1)
    payment_jobs.settle_deposits()
    asked = len(live.calls)
    payment_jobs.settle_deposits()
    assert (summed("stripe_fees"), len(live.calls)) == (-45, asked)


@pytest.mark.parametrize(
    ("outcome", "status", "cents"), [("succeeds", "settled", 500), ("fails", "failed", 0)]
)
def test_a_bank_debit_counts_days_later_if_it_settles(lab, live, clock, outcome, status, cents):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference, by="us_bank_account", outcome=outcome)
    assert settle(deposit, clock) == "pending"
    assert (balance(lab), deposit.pay_url) == (0, "")
    clock.forward(days=4)
    assert settle(deposit, clock) == status
    assert balance(lab) == cents
    assert bool(deposit.failure) is (status == "failed")


def test_a_declined_card_leaves_the_page_open_for_another(lab, live, clock):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference, outcome="fails")
    assert settle(deposit, clock) == "pending"
    live.hands.pays(deposit.gateway_reference)
    assert settle(deposit, clock) == "settled"


def test_a_page_that_nobody_paid_on_ends_the_deposit_after_a_day(lab, clock):
    deposit = opened(lab, clock)
    clock.forward(hours=24)
    assert settle(deposit, clock) == "failed"
    assert "before anything was paid" in deposit.failure


@pytest.mark.parametrize(
    "fault", ["limited", "error_after", "error_before", "lost_before", "lost_after"]
)
def test_an_unclear_answer_is_asked_for_again_with_the_same_key(lab, live, clock, fault):
    deposit = ask(lab, clock)
    live.faults.next(fault)
    assert settle(deposit, clock) == "created"
    assert deposit.ask_at > clock.now
    clock.forward(hours=25 if "error" in fault else 1)
    payment_jobs.settle_deposits()
    deposit.refresh_from_db()
    assert deposit.status == "pending"
    keys = {key for method, path, key in live.calls if path == "/v1/checkout/sessions"}
    assert keys == {f"deposit_{deposit.public_id}"}


@pytest.mark.parametrize("hours", [1, 30])
@pytest.mark.parametrize("point", ["before", "after", "answer", "paid, answer", "paid, commit"])
def test_a_process_killed_anywhere_credits_once(lab, live, clock, monkeypatch, point, hours):
    def dies(*args, **kwargs):
        raise Killed

    deposit = opened(lab, clock) if "paid" in point else ask(lab, clock)
    if "paid" in point:
        live.hands.pays(deposit.gateway_reference)
    with monkeypatch.context() as patch:
        if point == "before":
            patch.setattr(gateway_named("stripe"), "charge", dies, raising=False)
        elif point == "after":
            patch.setattr("payments.gateway.deposits.record_charge", dies)
        elif "answer" in point:
            patch.setattr(recording, "_apply", dies)
        else:
            patch.setattr(ledger, "post", dies)
        with pytest.raises(Killed):
            settle(deposit, clock)
    clock.forward(hours=hours)
    payment_jobs.settle_deposits()
    deposit.refresh_from_db()
    if deposit.status == "pending":
        live.hands.pays(deposit.gateway_reference)
        clock.forward(hours=1)
        payment_jobs.settle_deposits()
    assert balance(lab) == 500
    paid = [s for s in live.world.of("checkout.session") if s["payment_status"] == "paid"]
    assert len(paid) == 1
    assert list(audit.differences()) == []


def test_a_page_that_is_not_shown_is_no_word_about_the_money(lab, live, clock):
    deposit = opened(lab, clock)
    page = live.world.things.pop(deposit.gateway_reference)
    with capture_logs() as logs:
        assert settle(deposit, clock) == "pending"
    assert deposit.ask_at == clock.now + timedelta(seconds=10)
    (said,) = logs
    assert (said["event"], said["deposit"]) == ("payments.deposit_not_shown", deposit.pk)
    assert "No such checkout.session" in said["error"]
    live.world.things[deposit.gateway_reference] = page
    live.hands.pays(deposit.gateway_reference)
    clock.forward(minutes=1)
    payment_jobs.settle_deposits()
    assert balance(lab) == 500


def failed(lab, live, clock):
    """A deposit that failed here, and whose page was paid all the same."""
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference)
    Deposit.objects.filter(pk=deposit.pk).update(
        status="failed", failure="Not shown.", pay_url="", ask_at=None
    )
    return deposit


def test_a_deposit_that_failed_and_was_paid_is_credited_as_its_event_tells(lab, live, clock):
    deposit = failed(lab, live, clock)
    assert payment_jobs.settle_deposits() == 0, "nobody but an event asks about it"
    live.faults.next("error_before")
    payment_jobs.poll_gateway_events()
    payment_jobs.process_gateway_events()
    for _ in range(2):
        clock.forward(hours=1)
        payment_jobs.poll_gateway_events()
        payment_jobs.process_gateway_events()
    deposit.refresh_from_db()
    assert (deposit.status, deposit.failure, balance(lab)) == ("settled", "", 500)
    assert Transfer.objects.filter(reason="deposit").count() == 1
    assert summed("clearing") == -455
    assert not GatewayEvent.objects.filter(processed_at=None).exists()
    assert list(audit.differences()) == []


def test_an_event_of_a_failed_deposit_is_tried_again_where_the_answer_is_unclear(lab, live, clock):
    deposit = failed(lab, live, clock)
    live.faults.next("error_before")
    with pytest.raises(GatewayUnclear):
        settle(deposit, clock)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.ask_at) == ("failed", None)
    assert settle(deposit, clock) == "settled"


def test_a_failed_deposit_that_was_not_paid_stays_failed(lab, live, clock):
    deposit = opened(lab, clock)
    clock.forward(hours=24)
    for _ in range(2):
        assert settle(deposit, clock) == "failed"
    assert balance(lab) == 0


def test_the_books_find_a_failed_deposit_that_was_paid(lab, live, clock):
    deposit = failed(lab, live, clock)
    clock.forward(days=1)
    run_reconciliation(at=clock.now)
    assert Incident.objects.get(gone_at=None).kind == "missing_here"
    payment_jobs.process_gateway_events()
    assert balance(lab) == 500
    deposit.refresh_from_db()
    assert deposit.status == "settled"
    clock.forward(hours=7)
    run_reconciliation(at=clock.now)
    assert not Incident.objects.filter(gone_at=None).exists()


def test_a_page_of_another_deposit_credits_nothing(lab, live, clock):
    first, second = opened(lab, clock), opened(lab, clock)
    live.hands.pays(second.gateway_reference)
    Deposit.objects.filter(pk=first.pk).update(gateway_reference=second.gateway_reference)
    assert settle(first, clock) == "pending"
    assert balance(lab) == 0


def test_another_amount_than_was_asked_for_credits_nothing(lab, live, clock):
    deposit = opened(lab, clock)
    live.hands.pays(deposit.gateway_reference)
    live.world.things[deposit.gateway_reference]["amount_total"] = 499
    assert settle(deposit, clock) == "pending"
    assert balance(lab) == 0


def test_stripe_is_asked_less_often_the_older_a_deposit_is(lab, live, clock):
    opened(lab, clock)
    before = len(live.calls)
    for _minute in range(10 * 60):
        payment_jobs.settle_deposits()
        clock.forward(minutes=1)
    assert 10 < len(live.calls) - before < 60


def test_the_page_of_a_deposit_leads_to_stripe(lab, clock, client):
    client.force_login(lab.user)
    shown = client.post(reverse("money:deposit"), {"amount": "5"}, follow=True)
    assert "Play money" not in shown.content.decode()
    deposit = Deposit.objects.get()
    settle(deposit, clock)
    state = reverse("money:deposit_state", args=[deposit.public_id])
    assert f'href="{deposit.pay_url}"' in client.get(state).content.decode()


def test_the_sandbox_stays_with_play_money(lab, live, clock):
    before = len(live.calls)
    deposit = ask(lab, clock, currency="XTS")
    assert settle(deposit, clock) == "settled"
    assert len(live.calls) == before
