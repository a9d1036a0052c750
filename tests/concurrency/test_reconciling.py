"""Two processes read the same books at the same moment. The race has its twin without the lock."""

from datetime import timedelta
from functools import partial

import pytest

from marketplace import clock
from payments import audit
from payments.actions import keep_balance_transactions
from payments.actions.keep_balance_transactions import Line, keep_page
from payments.actions.note_differences import note_differences
from payments.gateway import reconciling
from payments.gateway.reconciling import run_reconciliation
from payments.models import (
    BalanceTransaction,
    BooksReading,
    Incident,
    PlayCharge,
    Reconciliation,
    Transfer,
)
from payments.reconciliation import Difference
from tests import world
from tests.concurrency.racing import Meeting, errors, together

pytestmark = pytest.mark.django_db(transaction=True)


def a_top_up():
    """A line that is booked as it is kept."""
    now = clock.now()
    return Line(
        reference="txn_1",
        kind="topup",
        amount_cents=500,
        currency="USD",
        created_at=now,
        available_at=now,
        source="",
        about="operator",
        named="",
    )


def kept_twice(monkeypatch):
    BooksReading.objects.create(gateway="stripe")
    monkeypatch.setattr(
        keep_balance_transactions, "_rows", Meeting().after(keep_balance_transactions._rows)
    )
    keep = partial(keep_page, gateway="stripe", lines=[a_top_up()], at=clock.now())
    return together(keep, keep)


def test_a_page_that_two_keep_is_kept_and_booked_once(monkeypatch):
    assert sorted(kept_twice(monkeypatch)) == [0, 1]
    assert BalanceTransaction.objects.count() == Transfer.objects.count() == 1
    assert list(audit.differences()) == []


def test_without_the_lock_the_second_is_stopped_by_its_key(monkeypatch):
    """Twin of the one above."""

    monkeypatch.setattr(
        keep_balance_transactions, "_locked", lambda name: BooksReading.objects.get(gateway=name)
    )
    assert len(errors(kept_twice(monkeypatch))) == 1
    assert BalanceTransaction.objects.count() == 1


def test_of_two_reconciliations_at_once_one_runs(monkeypatch):
    world.a_lab(cents=500)
    meeting = Meeting(seconds=2)
    monkeypatch.setattr(
        reconciling, "begin_reconciliation", meeting.after(reconciling.begin_reconciliation)
    )
    runs = together(*[partial(run_reconciliation, at=clock.now())] * 2)
    assert errors(runs) == []
    assert sum(run is None for run in runs) == 1
    assert Reconciliation.objects.count() == BalanceTransaction.objects.count() == 1


def test_an_incident_that_two_find_is_opened_once():
    now = clock.now()
    PlayCharge.objects.create(idempotency_key="x", amount_cents=1, currency="USD", settles_at=now)
    found = Difference(
        fact="line:play_charge_1",
        currency="USD",
        there_cents=1,
        here_cents=None,
        latest_at=now - timedelta(days=1),
    )
    note = partial(note_differences, [found], currencies={"USD"}, at=now)
    assert errors(together(*[note] * 4)) == []
    assert Incident.objects.get().times == 1
