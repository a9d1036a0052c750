"""Damage to deposits and refunds is found; tests/tasks/test_audit.py has all that work can show."""

import pytest
from django.db import connection

from payments import audit
from payments.actions.request_refund import request_refund
from tests import world

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
    assert list(audit.differences()) == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_audit_finds_that(books, damage):
    statement, words = DAMAGE[damage]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
    assert any(words in sentence for sentence in audit.differences())
