"""What staff see of reconciliation, of incidents, and of what takes too long."""

import pytest
from django.contrib.admin.utils import quote

from payments import jobs, ledger
from payments.actions.advance_poll import advance_poll
from payments.actions.keep_balance_transactions import from_there, keep_funds
from payments.actions.note_differences import note_books
from payments.actions.pause_payouts import pause_payouts
from payments.actions.request_payout import request_payout
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.admin_reasons import BY_STATUS, BY_WORDS, INCIDENT_STEPS, next_step
from payments.gateway.reconciling import run_reconciliation
from payments.models import (
    AccountKind,
    BalanceTransaction,
    BooksReading,
    Deposit,
    GatewayEvent,
    Incident,
    Payout,
    PayoutBatch,
    PlayCharge,
    Reason,
    Reconciliation,
    Refund,
    Transfer,
)
from tests import world
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return world.a_user("staff@desk.test", is_staff=True)


@pytest.fixture
def desk(client, staff):
    """A browser in which staff have signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def lab(clock):
    return world.a_lab("Lab", cents=50_00)


def stray(clock, cents=7_00, currency="USD"):
    """A payment that nobody here asked for, found."""
    PlayCharge.objects.create(
        idempotency_key=f"stray {cents} {currency}",
        amount_cents=cents,
        currency=currency,
        settles_at=clock.now,
    )
    clock.forward(hours=7)
    run_reconciliation(at=clock.now)
    return Incident.objects.get(kind="unknown", currency=currency, gone_at=None)


def seen(desk, path, **query):
    answer = desk.get(path, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_first_day_says_that_no_books_were_read(desk):
    page = seen(desk, "/admin/money/")
    assert "No books were read yet" in page
    assert "None: nothing holds payouts back." in page


def test_the_books_stand_side_by_side(desk, lab, clock):
    run_reconciliation(at=clock.now)
    assert "hold nothing of this" in seen(desk, "/admin/money/", side="sandbox")
    page = seen(desk, "/admin/money/")
    assert "The books agree" in page
    for words in ("The gateways held as their books were read", "The ledger says now"):
        assert f"{words}</td><td>$50.00" in page
    assert "Apart: in flight, or since then</td><td>$0.00" in page


def test_what_moved_since_the_books_were_read_is_called_that(desk, lab, clock):
    run_reconciliation(at=clock.now)
    world.deposit(lab, 7_00, "USD")
    page = seen(desk, "/admin/money/")
    assert "The books agree" in page
    assert "Apart: in flight, or since then</td><td>-$7.00" in page


def test_live_money_and_the_sandboxs_have_a_side_each(desk, lab, clock):
    stray(clock)
    world.deposit(lab, 3_00, "XTS")
    live, sandbox = seen(desk, "/admin/money/"), seen(desk, "/admin/money/", side="sandbox")
    assert "T$" not in live
    assert "T$3.00" in sandbox
    assert " $" not in sandbox
    assert "none of ours" in live
    assert "None: nothing holds payouts back." in sandbox


def test_staff_ask_for_a_reconciliation_and_it_runs_at_the_next_turn(desk, lab, clock, staff):
    jobs.reconcile()
    assert desk.get("/admin/money/reconcile/").status_code == 405
    for side in ("", "sandbox"):
        answer = desk.post("/admin/money/reconcile/", {"side": side})
        assert answer.headers["Location"].endswith("?side=sandbox" if side else "/admin/money/")
    assert "Asked for: it begins within a minute" in seen(desk, "/admin/money/")
    jobs.reconcile()
    run = Reconciliation.objects.get(asked_by=staff)
    assert "The books agree" in seen(desk, f"/admin/payments/reconciliation/{run.pk}/change/")
    Reconciliation.objects.filter(pk=run.pk).update(ended_at=None)
    assert "Under way" in seen(desk, "/admin/payments/reconciliation/")
    Reconciliation.objects.filter(pk=run.pk).update(failure="No connection.")
    assert "No connection." in seen(desk, "/admin/payments/reconciliation/")


def test_others_ask_for_nothing(client, lab):
    client.force_login(lab.user)
    assert client.post("/admin/money/reconcile/").status_code == 302
    assert not Reconciliation.objects.exists()


def test_an_incident_stands_on_the_first_page_with_its_next_step(desk, lab, clock, staff):
    incident = stray(clock)
    assert "<strong>1</strong> money incidents to look at" in seen(desk, "/admin/")
    listed = seen(desk, "/admin/payments/incident/", closed_at__isnull="True")
    assert "Open: payouts wait" in listed
    page = seen(desk, f"/admin/payments/incident/{incident.pk}/change/")
    assert "another program uses the account" in page
    line = BalanceTransaction.objects.get(source__startswith="stray")
    assert f'<a href="/admin/payments/balancetransaction/{line.pk}/change/">' in page
    assert "No transfer of it." in page
    act = f"/admin/payments/incident/{incident.pk}/act"
    assert desk.get(f"{act}/close/").status_code == 302  # it stands
    assert "Nothing moves at Stripe." in seen(desk, f"{act}/bear/")
    assert desk.post(f"{act}/bear/", {"reason": "A friend’s gift"}).status_code == 302
    page = seen(desk, f"/admin/payments/incident/{incident.pk}/change/")
    assert "A friend’s gift" in page
    assert "Nothing: it is closed." in page
    assert f"user:{staff.pk}" in page
    borne = Transfer.objects.get(reason="difference")
    found = seen(desk, f"/admin/payments/transfer/{borne.pk}/change/")
    by_subject = f"/admin/payments/incident/{quote(incident.subject)}/change/"
    assert by_subject in found
    assert "A friend’s gift" in seen(desk, by_subject)


def test_one_whose_difference_is_gone_is_closed_with_what_was_found(desk, lab, clock):
    incident = stray(clock)
    BalanceTransaction.objects.filter(source__startswith="stray").update(net_cents=0)
    run_reconciliation(at=clock.now)
    assert "Gone, to be closed" in seen(desk, "/admin/money/")
    assert "Find out why it came and went" in seen(desk, "/admin/money/")
    act = f"/admin/payments/incident/{incident.pk}/act/close/"
    desk.post(act, {"reason": "A slip of mine"})
    assert "A slip of mine" in seen(desk, f"/admin/payments/incident/{incident.pk}/change/")
    assert "None: nothing holds payouts back." in seen(desk, "/admin/money/")


def test_an_incident_of_the_audit_shows_its_sentences(desk, clock):
    note_books(["account 1 keeps 5 cents"], part="ledger", at=clock.now)
    incident = Incident.objects.get()
    page = seen(desk, f"/admin/payments/incident/{incident.pk}/change/")
    assert "account 1 keeps 5 cents" in page
    assert "audit_ledger" in page
    assert "payouts wait" in seen(desk, "/admin/payments/incident/")


def test_lines_of_the_books_are_found_and_lead_to_what_they_are_here(desk, lab, clock):
    stray(clock)
    deposit = Deposit.objects.get()
    line = BalanceTransaction.objects.get(about="deposit")
    assert line.reference in seen(
        desk, "/admin/payments/balancetransaction/", q=f"deposit:{deposit.public_id}"
    )
    page = seen(desk, f"/admin/payments/balancetransaction/{quote(line.reference)}/change/")
    assert f"/admin/payments/deposit/{deposit.public_id}/change/" in page
    strange = BalanceTransaction.objects.get(about="")
    page = seen(desk, f"/admin/payments/balancetransaction/{quote(strange.reference)}/change/")
    assert "None of ours" in page


def test_a_batch_says_that_it_waits_for_an_incident(desk, lab, clock):
    earn(clock, "AWORKER", 500)
    stray(clock)
    request_payout(worker="AWORKER", currency="USD", at=clock.now)
    batch = PayoutBatch.objects.get(kind="request")
    assert "Waits: a money incident is open" in seen(
        desk, f"/admin/payments/payoutbatch/{batch.pk}/change/"
    )


def test_a_batch_that_is_prepared_or_paused_says_so(desk, lab, clock, staff):
    for number in range(2):
        earn(clock, f"AWORKER{number}", 500)
        set_payout_schedule(worker=f"AWORKER{number}", schedule="daily", minimum_cents=100)
    jobs.make_scheduled_payouts(limit=1)
    batch = PayoutBatch.objects.get(kind="daily")
    page = seen(desk, f"/admin/payments/payoutbatch/{batch.pk}/change/")
    assert "Being prepared" in page
    assert "1 of 2" in page
    pause_payouts(staff=staff, batch=batch, reason="Wait", at=clock.now)
    assert "Paused" in seen(desk, "/admin/money/")


def test_what_takes_too_long_is_marked_by_the_oldest(desk, lab, clock):
    earn(clock, "AWORKER", 500)
    payout = request_payout(worker="AWORKER", currency="USD", at=clock.now)
    GatewayEvent.objects.create(
        gateway="stripe", event_id="evt", kind="transfer.created", happened_at=clock.now,
        received_at=clock.now, due_at=clock.now,
    )  # fmt: skip
    Deposit.objects.update(gateway="stripe", fee_cents=None, held_until=clock.now)
    page = seen(desk, "/admin/money/")
    assert "days: look at it" not in page
    for words in ("whose fee is not booked", "deposits on hold", "Events not looked at"):
        assert words in page
    assert str(payout.public_id)[:8] in page
    clock.forward(days=6)
    assert seen(desk, "/admin/money/").count("6 days: look at it") == 3


def test_events_that_could_not_be_asked_for_are_told_of(desk, clock, settings):
    words = "Events that Stripe was not asked for"
    assert words not in seen(desk, "/admin/money/"), "there is no Stripe"
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    page = seen(desk, "/admin/money/")
    assert words in page
    assert "never – " in page
    advance_poll(gateway="stripe", at=clock.now)
    clock.forward(hours=6)
    assert words not in seen(desk, "/admin/money/")
    assert words not in seen(desk, "/admin/money/?side=sandbox")
    clock.forward(seconds=1)
    assert words in seen(desk, "/admin/money/")
    assert words not in seen(desk, "/admin/money/?side=sandbox")


def test_each_failure_says_what_comes_next(desk, lab, clock):
    earn(clock, "AWORKER", 500)
    request_payout(worker="AWORKER", currency="USD", at=clock.now)
    Payout.objects.update(
        status="held", failure="The marketplace's balance at Stripe is too low now."
    )
    Refund.objects.create(
        deposit=Deposit.objects.get(), amount_cents=100, status="failed", created_at=clock.now,
        due_at=clock.now, finished_at=clock.now, failure="The payer's bank did not take it.",
    )  # fmt: skip
    page = seen(desk, "/admin/money/")
    assert "Top up the balance at Stripe" in page
    assert "back on the requester’s balance" in page
    assert "Refunds" in page


def test_every_reason_that_is_known_has_a_step_and_so_has_every_incident():
    assert set(INCIDENT_STEPS) == set(Incident.Kind)
    for part, step in BY_WORDS:
        assert next_step(f"Stripe: {part.upper()}.", "") == step
    assert next_step("Something new.", BY_STATUS["failed"]) == BY_STATUS["failed"]


def test_money_of_others_that_was_taken_out_is_seen(desk, lab, clock):
    move = from_there("x", AccountKind.OPERATOR, -1_00, "USD", Reason.OPERATOR, "po_1", "")
    ledger.post([move], at=clock.now)
    assert "top it up" in seen(desk, "/admin/money/")


def test_what_was_there_before_leads_nowhere_and_a_lost_deposit_is_named(desk, lab, clock):
    keep_funds(gateway="stripe", funds={"USD": (1_00, 0)}, at=clock.now)
    opening = Transfer.objects.get(key="opening:stripe:USD")
    page = seen(desk, f"/admin/payments/transfer/{opening.pk}/change/")
    assert "<dd> balance:stripe:USD </dd>" in page
    assert str(BooksReading.objects.get()) == "the books of stripe"
    Deposit.objects.update(status="failed", settled_at=None, failure="Your card was declined.")
    assert "try another way to pay" in seen(desk, "/admin/money/")
