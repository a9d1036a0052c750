"""Damage to deposits and refunds is found; tests/tasks/test_audit.py has all that work can show."""

import pytest
from django.db import connection

from payments import audit
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.gateway.payouts import send_payout
from payments.models import Deposit
from tests import world
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db

DAMAGE = {
    "a refund counts as sent, and isn't": (
        "UPDATE payments_refund SET status = 'sent', finished_at = now()",
        "outcome in the ledger is nothing",
    ),
    "a refund is gone, and its money is still on its way": (
        "DELETE FROM payments_transfer WHERE reason = 'refund'",
        "0 were held for it",
    ),
    "a hold has ended, and its money is still held": (
        "UPDATE payments_deposit SET freed_at = now() WHERE held_until IS NOT NULL",
        "has 700 USD cents on hold, deposits say 0",
    ),
    "a settled deposit's row is another's": (
        "UPDATE payments_deposit SET public_id = gen_random_uuid() WHERE held_until IS NULL",
        "moved 10000 USD cents of deposit from the platform to {lab}, for no row of theirs",
    ),
    "a deposit was somebody else's": (
        "UPDATE payments_transfer SET reference = 'other' WHERE reason = 'deposit'",
        "moved 700 USD cents of deposit from the platform to {lab}, for no row of theirs",
    ),
    "a deposit was in another currency": (
        "UPDATE payments_deposit SET currency = 'EUR'",
        "moved 700 USD cents of deposit from the platform to {lab}, for no row of theirs",
    ),
    "a deposit is credited again, under another fact's name": (
        "UPDATE payments_transfer SET key = 'deposit-freed:' || reference WHERE amount_cents = 700",
        "moved 700 USD cents of deposit from the platform to {lab}, for no row of theirs",
    ),
    "a refund is gone": (
        "DELETE FROM payments_refund",
        "moved 100 USD cents of refund from {lab} to {lab}, for no row of theirs",
    ),
    "a refund went to another requester's money": (
        "UPDATE payments_account SET holder = 'AOTHER' WHERE kind = 'in_refund'",
        "moved 100 USD cents of refund from {lab} to AOTHER, for no row of theirs",
    ),
    "a refund came from another requester's money": (
        "UPDATE payments_account SET holder = 'AOTHER' WHERE kind = 'requester'",
        "moved 100 USD cents of refund from AOTHER to {lab}, for no row of theirs",
    ),
    "a dispute's booking has another's name": (
        "UPDATE payments_transfer SET key = 'x:' || key WHERE reason = 'dispute'",
        "moved 40 USD cents of dispute from {lab} to the platform, for no row of theirs",
    ),
    "a dispute is gone": (
        "DELETE FROM payments_dispute",
        "moved 40 USD cents of dispute from {lab} to the platform, for no row of theirs",
    ),
    "a dispute has ended, and the balance is still frozen": (
        "UPDATE payments_dispute SET closed_at = now()",
        "requester {lab} USD is frozen, and should not be",
    ),
    "only an inquiry is open, and the balance is frozen": (
        "UPDATE payments_dispute SET status = 'warning_needs_response'",
        "requester {lab} USD is frozen, and should not be",
    ),
    "a dispute is open, and the balance can be spent": (
        "UPDATE payments_account SET is_frozen = FALSE WHERE kind = 'requester'",
        "requester {lab} USD is not frozen, and should be",
    ),
    "something is owed, and the balance can be spent": (
        "UPDATE payments_dispute SET closed_at = now();"
        " UPDATE payments_account SET is_frozen = FALSE WHERE kind = 'requester';"
        " UPDATE payments_transfer SET debit_id = (SELECT id FROM payments_account WHERE"
        " kind = 'dispute_loss') WHERE reason = 'dispute'",
        "requester {lab} USD is not frozen, and should be",
    ),
    "an account is frozen that nothing freezes": (
        "UPDATE payments_account SET is_frozen = TRUE WHERE kind = 'in_refund'",
        "in_refund {lab} USD is frozen, and should not be",
    ),
    "the gateway kept something that was never booked": (
        "UPDATE payments_deposit SET fee_cents = 5 WHERE held_until IS NULL",
        "cost 5 cents at the gateway, 0 were booked",
    ),
}


@pytest.fixture
def books(clock, settings):
    lab = world.a_lab()
    settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
    world.deposit(lab, 700)
    request_refund(by=lab.by, user=None, amount_cents=100, currency="USD", at=clock.now)
    settled = Deposit.objects.get(held_until=None)
    said = DisputeState(
        reference="dp_1", deposit=f"deposit_{settled.public_id}", amount_cents=40,
        reason="fraudulent", status="needs_response", method="",
        bookings=(Booking(reference="txn_1", amount_cents=-40, fee_cents=15),),
    )  # fmt: skip
    record_dispute(gateway=settled.gateway, said=said, at=clock.now)
    assert list(audit.differences()) == []
    return lab


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_audit_finds_that(books, damage):
    statement, words = DAMAGE[damage]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
    words = words.format(lab=books.requester.public_id)
    found = list(audit.differences())
    assert any(words in sentence for sentence in found), found


def test_money_that_was_sent_for_another_workers_payout_is_found(books, clock):
    earn(clock, "AWORKER", 100)
    payout = request_payout(worker="AWORKER", currency="USD", at=clock.now)
    send_payout(payout_id=payout.pk, at=clock.now)
    assert list(audit.differences()) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_payout SET worker = 'AOTHER'")
    assert sorted(audit.differences()) == [
        f"transfer payout-outcome:{payout.public_id} moved 100 USD cents of payout_sent from"
        " AWORKER to the platform, for no row of theirs",
        f"transfer payout:{payout.public_id} moved 100 USD cents of payout from AWORKER to AWORKER,"
        " for no row of theirs",
    ]
