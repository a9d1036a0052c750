"""Stripe's books beside the ledger's: each way in which they can differ, and what is none."""

from datetime import timedelta

import pytest

from payments import jobs, reconciliation
from payments.actions.make_deposit import make_deposit
from payments.actions.record_charge import Charge, record_charge
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway import stripe_checks
from payments.gateway.deposits import settle_deposit
from payments.gateway.reconciling import run_reconciliation
from payments.models import (
    BalanceTransaction,
    Deposit,
    Incident,
    Transfer,
)
from tests.payments.stripe.comparing import (
    WORKER,
    by_hand,
    compared,
    equal,
    sent,
    summed,
    the_incident,
)
from tests.payments.stripe.paying_in import balance, paid_in, told
from tests.stripe_server import methods

pytestmark = pytest.mark.django_db

# --- Nothing is wrong -----------------------------------------------------------------------------


def test_all_that_the_marketplace_does_is_found_in_both_books(live, paid, clock):
    sent(clock)
    request_refund(by=paid.by, user=None, amount_cents=10_00, currency="USD", at=clock.now)
    jobs.send_refunds()
    second = paid_in(live, paid, clock, 50_00, by="us_bank_account")
    request_refund(by=paid.by, user=None, amount_cents=1_00, currency="USD", at=clock.now)
    jobs.send_refunds()
    live.hands.refund_comes_back(live.world.of("refund")[0]["id"])
    charge = next(c for c in live.world.of("charge") if c["amount"] == second.amount_cents)
    dispute = live.hands.disputes(charge["id"])
    told(live, clock)
    live.hands.ends_dispute(dispute, "won")
    told(live, clock)
    run = compared(clock)
    assert (run.differences, run.in_flight, run.failure) == (0, 0, "")
    assert run.lines == len(live.world.of("balance_transaction")) == 8
    assert equal(live)
    assert set(BalanceTransaction.objects.values_list("about", flat=True)) == {
        *("deposit", "payout", "refund", "dispute"),
    }


def test_what_is_young_is_in_flight_and_no_difference(live, paid, clock):
    by_hand(live, 1)
    run = run_reconciliation(at=clock.now)
    assert (run.differences, run.in_flight) == (0, 1)
    assert not Incident.objects.exists()
    assert compared(clock).differences == 1


def test_a_fee_that_is_booked_late_is_waited_for(live, lab, clock):
    deposit = paid_in(live, lab, clock, 100_00)
    fee = Transfer.objects.get(key=f"gateway-fee:{deposit.public_id}")
    assert compared(clock).differences == 0
    _unwritten(fee)
    assert [each.cents for each in reconciliation.differences()] == [-fee.amount_cents]
    clock.set(deposit.settled_at + timedelta(hours=1))
    assert run_reconciliation(at=clock.now).in_flight == 1
    assert compared(clock).differences == 1
    assert the_incident().kind == "amount"


def _unwritten(transfer):
    """As the database's owner would do it, with the rules switched off."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM payments_transfer WHERE id = %s", [transfer.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "looked up a day later"])
def test_a_refund_that_came_back_before_it_was_known_as_sent_is_nothing_in_both_books(
    live, paid, clock, is_told
):
    given = {"by": paid.by, "user": paid.user, "amount_cents": 5_00, "currency": "USD"}
    (refund,) = request_refund(**given, at=clock.now)
    live.faults.next("lost_after")
    jobs.send_refunds()
    live.hands.refund_comes_back(live.world.of("refund")[0]["id"])
    if is_told:
        told(live, clock)
    else:
        clock.forward(hours=30)
        jobs.send_refunds()
    refund.refresh_from_db()
    assert (refund.status, balance(paid), balance(paid, "in_refund")) == ("failed", 95_00, 0)
    run = compared(clock)
    assert (run.differences, run.in_flight, run.failure) == (0, 0, "")
    assert equal(live)


@pytest.mark.parametrize("outcome", ["succeeds", "fails"])
@pytest.mark.parametrize("line_of", ["charge", "refund"])
def test_a_debit_that_is_booked_before_it_settles_is_no_difference_and_if_it_fails_nothing(
    live, paid, clock, line_of, outcome
):
    """Stripe takes its line back by a `payment_failure_refund`."""
    live.world.failed_debits = line_of
    deposit = make_deposit(
        by=paid.by, user=paid.user, amount_cents=20_00, currency="USD", at=clock.now
    )
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    live.hands.pays(deposit.gateway_reference, by="us_bank_account", outcome=outcome)
    for _ in range(3):
        run = compared(clock, later=timedelta(hours=31))
        assert (run.differences, run.in_flight) == (0, 1)
        jobs.process_gateway_events()
        assert not Incident.objects.exists()
    clock.forward(hours=4)
    told(live, clock)
    deposit.refresh_from_db()
    assert deposit.status == ("settled" if outcome == "succeeds" else "failed")
    clock.forward(hours=1)
    between = run_reconciliation(at=clock.now)
    assert (between.differences, between.in_flight) == (0, 0)
    assert compared(clock).differences == 0
    facts = BalanceTransaction.objects.filter(about="deposit").values_list("fact", flat=True)
    lines = 1 if outcome == "succeeds" else 2
    assert sorted(facts).count(f"deposit:{deposit.public_id}") == lines
    assert equal(live)


@pytest.mark.parametrize(("minutes", "waits"), [(359, 1), (361, 0)])
def test_a_debit_that_has_only_just_failed_gives_stripe_time_to_take_its_line_back(
    live, paid, clock, minutes, waits
):
    live.world.failed_debits = "charge"
    given = {"by": paid.by, "user": paid.user, "amount_cents": 20_00, "currency": "USD"}
    deposit = make_deposit(**given, at=clock.now)
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    live.hands.pays(deposit.gateway_reference, by="us_bank_account")
    clock.forward(days=1)
    told_to = Charge(failure="Its bank did not pay.")
    record_charge(deposit_id=deposit.pk, told=told_to, at=clock.now)
    run = compared(clock, later=timedelta(minutes=minutes))
    assert (run.differences, run.in_flight) == (1 - waits, waits)


# --- Each way to differ ---------------------------------------------------------------------------


def found(clock):
    """(kind, what it is about, the difference) of the one incident that stands."""
    compared(clock)
    incident = the_incident()
    return incident.kind, incident.subject.partition(":")[0], incident.amount_cents


def test_a_payment_that_no_event_told_of_is_looked_at_once_more(live, lab, clock):
    deposit = make_deposit(
        by=lab.by, user=lab.user, amount_cents=20_00, currency="USD", at=clock.now
    )
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    live.hands.pays(deposit.gateway_reference)
    compared(clock)
    jobs.process_gateway_events()
    deposit.refresh_from_db()
    assert deposit.status == "settled"
    assert compared(clock).differences == 0
    assert equal(live)


def test_a_bank_debit_has_days_to_settle(live, lab, clock):
    deposit = make_deposit(
        by=lab.by, user=lab.user, amount_cents=20_00, currency="USD", at=clock.now
    )
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    live.hands.pays(deposit.gateway_reference)
    run = compared(clock, later=timedelta(days=9))
    assert (run.differences, run.in_flight) == (0, 1)
    clock.forward(days=2)
    assert found(clock)[:2] == ("missing_here", "deposit")


def test_a_payout_that_failed_here_and_was_sent_there(live, paid, clock):
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    live.hands.is_refused(live.world.of("account")[0]["id"])
    jobs.send_payouts()
    payout.refresh_from_db()
    assert payout.status == "failed"
    live.hands.onboards(live.world.of("account")[0]["id"])
    by_hand(live, 5_00, transfer_group=payout.transfer_group)
    assert found(clock) == ("missing_here", "payout", -5_00)
    jobs.process_gateway_events()
    payout.refresh_from_db()
    assert payout.status == "failed"  # asked once more, and nothing moved


def test_a_payout_that_is_missing_there(live, paid, clock):
    live.hands.loses(sent(clock).gateway_reference)
    assert found(clock) == ("missing_there", "payout", 5_00)


def test_a_line_that_says_another_amount(live, paid, clock):
    live.hands.rewrites(sent(clock).gateway_reference, -6_00)
    assert found(clock) == ("amount", "payout", -1_00)


def test_a_line_that_says_another_amount_than_it_did(live, paid, clock):
    payout = sent(clock)
    assert compared(clock).differences == 0
    live.hands.rewrites(payout.gateway_reference, -6_00)
    assert found(clock) == ("amount", "payout", -1_00)


def test_a_second_transfer_for_one_payout(live, paid, clock):
    payout = sent(clock)
    by_hand(live, 5_00, metadata={"payout": payout.transfer_group})
    assert found(clock) == ("amount", "payout", -5_00)
    assert len(the_incident().evidence["lines"]) == 2


def test_a_transfer_that_was_taken_back_in_the_dashboard(live, paid, clock):
    payout = sent(clock)
    live.client().transfers.reversals.create(payout.gateway_reference)
    assert found(clock) == ("amount", "payout", 5_00)


@pytest.mark.parametrize("failed", [False, True])
def test_a_second_transfer_that_staff_reverse_as_they_are_told_leaves_nothing(
    live, paid, clock, failed
):
    if failed:
        live.faults.next("refused", path="/v1/transfers")
    payout = sent(clock)
    made = by_hand(live, 5_00, metadata={"payout": payout.transfer_group})
    assert found(clock) == ("missing_here" if failed else "amount", "payout", -5_00)
    live.client().transfers.reversals.create(made.id)
    for _ in range(2):
        run = compared(clock)
        assert (run.differences, run.in_flight) == (0, 0)
        told(live, clock)
    assert Incident.objects.get().gone_at is not None
    assert equal(live)


def test_a_transfer_made_by_hand_and_taken_back_is_nothing_in_all(live, paid, clock):
    made = by_hand(live, 3_00)
    assert found(clock) == ("unknown", "line", -3_00)
    live.client().transfers.reversals.create(made.id)
    assert compared(clock).differences == 0
    assert equal(live)


def test_a_transfer_made_by_hand(live, paid, clock):
    by_hand(live, 3_00)
    by_hand(live, 2_00, transfer_group="payout_of_something_else")
    assert compared(clock).differences == 2
    kinds = set(Incident.objects.values_list("kind", "amount_cents"))
    assert kinds == {("unknown", -3_00), ("unknown", -2_00)}


def test_a_refund_made_by_hand_and_a_payment_by_another_program(live, paid, clock):
    run_reconciliation(at=clock.now)
    live.client().refunds.create({"charge": live.world.of("charge")[0]["id"], "amount": 100})
    intent = live.client().payment_intents.create({"amount": 700, "currency": "usd"})
    method = methods.method_of(live.world, "card", None, "succeeds")
    live.client().payment_intents.confirm(intent.id, {"payment_method": method["id"]})
    live.hands.writes("payment_unreconciled", -1)
    assert compared(clock).differences == 3
    assert set(Incident.objects.values_list("kind", flat=True)) == {"unknown"}


def test_a_balance_that_its_own_lines_do_not_explain(live, paid, clock):
    assert compared(clock).differences == 0
    live.world.funds["acct_platform", "usd", "available"] += 1
    assert compared(clock).in_flight == 1
    assert found(clock) == ("balance", "balance", 1)
    live.world.funds["acct_platform", "usd", "available"] -= 1
    compared(clock)
    assert Incident.objects.get().gone_at == clock.now


# --- What an operator does at Stripe --------------------------------------------------------------


def test_top_ups_payouts_to_the_bank_and_costs_have_their_place(live, paid, clock):
    live.hands.tops_up(40_00)
    live.hands.pays_out(30_00, fee=45)
    live.hands.writes("stripe_fee", -2_00)
    live.hands.writes("adjustment", -7, category="fee")
    live.hands.writes("contribution", -11)
    live.hands.writes("anticipation_repayment", -13)
    live.hands.writes("reserved_funds", -10_00)
    assert compared(clock).differences == 0
    assert (summed("operator"), summed("reserve")) == (10_00 - 13, -10_00)
    deposit_fee = Deposit.objects.get().fee_cents
    assert summed("stripe_fees") == -(deposit_fee + 45 + 2_00 + 7 + 11)
    assert equal(live)
    live.hands.writes("reserve_release", 10_00)
    compared(clock)
    assert summed("reserve") == 0
    assert Transfer.objects.filter(reason="gateway_cost").count() == 4


def test_what_was_at_stripe_before_is_the_operators(live, lab, clock):
    live.hands.tops_up(77_00)
    live.hands.writes("charge", 1_00)
    clock.forward(days=30)
    paid_in(live, lab, clock, 10_00)
    assert compared(clock).differences == 0
    assert summed("operator") == 78_00
    assert BalanceTransaction.objects.count() == 1
    assert equal(live)


def test_an_account_that_others_use_is_read_from_the_first_use_on(live, lab, clock):
    live.hands.writes("charge", 9_00)
    clock.forward(days=30)
    assert compared(clock).lines == 0
    assert summed("operator") == 9_00
    paid_in(live, lab, clock, 10_00)
    assert compared(clock).differences == 0
    assert equal(live)


def test_a_check_of_the_account_leaves_nothing_to_explain(live, paid, clock):
    compared(clock)
    assert next(o for o in stripe_checks.outcomes() if "transfer" in o.question).words
    assert compared(clock).lines == 2
    assert not Incident.objects.exists()
    assert summed("operator") == 0


def test_lines_of_other_balances_are_not_ours(live, paid, clock):
    live.hands.writes("reserve_hold", 5_00)["balance_type"] = "risk_reserved"
    live.world.funds["acct_platform", "usd", "available"] -= 5_00
    assert compared(clock).differences == 0
    assert BalanceTransaction.objects.count() == 1


# --- The stand-in's own books ----------------------------------------------------------------


def test_the_stand_in_files_its_lines_as_stripe_documents(live, paid, clock):
    """docs.stripe.com/reports/balance-transaction-types and …/reporting-categories."""
    transfer = by_hand(live, 2_00)
    live.client().transfers.reversals.create(transfer.id)
    charge = live.world.of("charge")[0]
    live.client().refunds.create({"charge": charge["id"], "amount": 100})
    live.hands.ends_dispute(live.hands.disputes(charge["id"]), "won")
    live.hands.tops_up(1_00)
    live.hands.pays_out(1_00)
    live.hands.writes("stripe_fee", -1)
    expanded = {"limit": 100, "expand": ["data.source"]}
    listed = live.client().balance_transactions.list(expanded).data
    assert [(t.type, t.reporting_category, t.source and t.source.object) for t in listed] == [
        ("stripe_fee", "fee", None),
        ("payout", "payout", "payout"),
        ("topup", "topup", "topup"),
        ("adjustment", "dispute_reversal", "dispute"),
        ("adjustment", "dispute", "dispute"),
        ("refund", "refund", "refund"),
        ("transfer_refund", "transfer_reversal", "transfer_reversal"),
        ("transfer", "transfer", "transfer"),
        ("charge", "charge", "charge"),
    ]
    assert all(t.net == t.amount - t.fee for t in listed)
    assert listed[-1].available_on - listed[-1].created == 2 * 86_400
    assert [d.amount for d in listed[-1].fee_details] == [listed[-1].fee]
    since = {"created": {"gt": listed[-1].created}, "limit": 3}
    first = live.client().balance_transactions.list(since)
    rest = live.client().balance_transactions.list({**since, "starting_after": first.data[-1].id})
    assert (len(first.data), first.has_more, len(rest.data)) == (3, True, 3)
