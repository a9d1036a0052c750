"""Who has a row of money in hand, who waits for it, who passes it by, and who is let through."""

from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from marketplace.errors import WrongState
from payments import ledger
from payments.actions.advance_payout import (
    LEASE,
    finish_payout,
    take_payout,
)
from payments.actions.advance_refund import finish_refund, take_refund
from payments.actions.call_back_refunds import call_back_refunds
from payments.actions.free_deposit import free_deposit, free_deposit_early
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.leave_open import leave_open
from payments.actions.pause_payouts import pause_payouts
from payments.actions.receive_gateway_event import (
    Told,
    receive_gateway_events,
    take_gateway_event,
)
from payments.actions.record_charge import Charge, record_charge, take_charge
from payments.actions.record_dispute import DisputeState, record_dispute
from payments.actions.record_payee import PayeeState, record_payee
from payments.actions.request_payout import request_payout
from payments.actions.request_refund import request_refund
from payments.actions.save_method import payer_of
from payments.actions.schedule_payouts import prepare_payouts
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.actions.settle_loss import settle_loss
from payments.ledger import Move
from payments.models import (
    Account,
    AccountKind,
    Deposit,
    Dispute,
    GatewayEvent,
    Payee,
    PayoutBatch,
    Reason,
)
from tests import world
from tests.concurrency.racing import Meeting, errors, together
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db(transaction=True)
CHANGES = "FOR NO KEY UPDATE"
REFERS = "FOR KEY SHARE"
"""What a foreign key's check takes of the row that it leads to."""


@contextmanager
def in_hand(row, how=CHANGES):
    """Another process has this row, and does not end."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {row._meta.db_table} WHERE id = %s {how}", [row.pk])
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def impatient():
    """Waiting for a row ends in OperationalError."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '150ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


class Books:
    """A row of each kind, and what is done with it."""

    def __init__(self, clock, settings):
        now = clock.now
        self.now = now
        self.staff = world.a_user("staff@desk.test", is_staff=True)
        self.lab = world.a_lab(cents=9_00)
        self.deposit = Deposit.objects.get()
        (self.refund,) = self.refunds()
        self.dispute = Dispute.objects.create(
            gateway="play", reference="dp_1", deposit=self.deposit, amount_cents=1,
            status="lost", opened_at=now, closed_at=now,
        )  # fmt: skip
        settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = 72
        world.deposit(self.lab, 5_00)
        self.other_deposit = Deposit.objects.latest("pk")
        payer = payer_of(self.lab.requester, gateway="play", at=now)
        card = keep_method(payer=payer, told=MethodFacts(reference="pm_1", kind="card"), at=now)
        self.charge = Deposit.objects.create(
            requester=self.lab.requester, method=card, amount_cents=5_00, currency="USD",
            gateway="play", created_at=now,
        )  # fmt: skip
        earn(clock, "AWORKER", 5_00)
        self.payout = request_payout(worker="AWORKER", currency="USD", at=now)
        set_payout_schedule(worker="AOTHER", schedule="daily", minimum_cents=100)
        self.batch = PayoutBatch.objects.create(kind="daily", on=now.date(), currency="USD")
        told = Told(
            event_id="evt_1", kind="refund.failed", object_id="re_1", account="", happened_at=now
        )
        receive_gateway_events([told], gateway="stripe", at=now)
        self.event = GatewayEvent.objects.get()
        self.payee = Payee.objects.create(holder="AW", gateway="stripe", created_at=now)
        holder = self.lab.requester.public_id
        self.balance = Account.objects.get(kind="requester", holder=holder, currency="USD")

    def refunds(self):
        return request_refund(
            by=self.lab.by, user=None, amount_cents=10, currency="USD", at=self.now
        )

    def move(self):
        clearing = ledger.account(AccountKind.CLEARING, "", "USD")
        move = Move(
            key="test", debit=clearing, credit=self.balance.pk, amount_cents=5, currency="USD",
            reason=Reason.DEPOSIT, reference="test",
        )  # fmt: skip
        ledger.post([move], at=self.now)

    def dispute_again(self):
        said = DisputeState(
            reference="dp_1", deposit=f"deposit_{self.deposit.public_id}", amount_cents=1,
            reason="fraudulent", status="lost", method="pm_1", bookings=(),
        )  # fmt: skip
        record_dispute(gateway="play", said=said, at=self.now)

    def changes(self):
        """(row, what changes it): each waits while somebody else has the row."""
        now = self.now
        said = PayeeState()
        reason = {"staff": self.staff, "reason": "Known to us.", "at": now}
        payee = partial(
            record_payee, payee_id=self.payee.pk, reference=self.payee.reference, said=said,
            asked_at=now, at=now,
        )  # fmt: skip
        loss = partial(settle_loss, requester=self.lab.requester, currency="USD", at=now)
        return [
            (self.payout, partial(finish_payout, payout=self.payout, at=now)),
            (self.payout, partial(leave_open, row=self.payout, why="?", at=now)),
            (self.refund, partial(finish_refund, refund=self.refund, at=now)),
            (self.refund, partial(leave_open, row=self.refund, why="?", at=now)),
            (self.deposit, partial(free_deposit, deposit_id=self.deposit.pk, at=now)),
            (self.other_deposit, partial(free_deposit_early, deposit=self.other_deposit, **reason)),
            (self.other_deposit, self.refunds),
            (self.batch, partial(pause_payouts, batch=self.batch, **reason)),
            (self.batch, partial(prepare_payouts, batch=self.batch, at=now, limit=9)),
            (self.payee, payee),
            (self.dispute, self.dispute_again),
            (self.balance, self.move),
            (self.balance, loss),
            (
                self.deposit,
                partial(record_charge, deposit_id=self.deposit.pk, told=Charge(), at=now),
            ),
        ]

    def takes(self):
        """(row, what takes it): each takes another while somebody else has this one."""
        charge = {"deposit_id": self.charge.pk, "at": self.now, "until": self.now + LEASE}
        return [
            (self.charge, partial(take_charge, **charge)),
            (self.payout, partial(take_payout, payout_id=self.payout.pk, at=self.now)),
            (self.refund, partial(take_refund, refund_id=self.refund.pk, at=self.now)),
            (self.event, partial(take_gateway_event, event_id=self.event.pk, at=self.now)),
        ]


@pytest.fixture
def books(clock, settings):
    return Books(clock, settings)


def test_what_changes_a_row_does_not_read_it_while_another_process_has_it(books):
    """Read first and locked when writing, it would write over what the other one did."""
    for row, change in books.changes():
        statements = []

        def watch(execute, sql, params, many, context, seen=statements):
            seen.append(sql)
            return execute(sql, params, many, context)

        with in_hand(row), impatient(), connection.execute_wrapper(watch):
            with pytest.raises(OperationalError):
                change()
            waited = [sql for sql in statements if "SAVEPOINT" not in sql][-1]
        assert waited.startswith("SELECT"), (row, change, waited)


def test_what_takes_rows_one_by_one_passes_by_what_another_process_has(books):
    for row, take in books.takes():
        with in_hand(row), impatient():
            assert take() is None, row
        assert take() == row


def test_a_refund_that_another_process_has_in_hand_is_not_called_back(books):
    """It may be on its way."""
    holder = books.lab.requester.public_id
    owed = Move(
        key="owed", debit=ledger.account(AccountKind.DISPUTE_LOSS, holder, "USD"),
        credit=ledger.account(AccountKind.CLEARING, "", "USD"), amount_cents=5, currency="USD",
        reason=Reason.DISPUTE, reference="test",
    )  # fmt: skip
    ledger.post([owed], at=books.now)
    Account.objects.filter(pk=books.balance.pk).update(is_frozen=True)
    given = {"requester": books.lab.requester, "currency": "USD", "at": books.now}
    with in_hand(books.refund), impatient():
        call_back_refunds(**given)
    books.refund.refresh_from_db()
    assert books.refund.status == "held"
    call_back_refunds(**given)
    books.refund.refresh_from_db()
    assert books.refund.status == "failed"


def test_rows_that_merely_refer_to_it_stop_no_change(books):
    """A lock that they stop would deadlock: see the next."""
    for row, change in books.changes():
        with in_hand(row, REFERS), impatient(), transaction.atomic():
            with suppress(WrongState):  # what it refuses it says, and does not wait
                change()
            transaction.set_rollback(True)
    for row, take in books.takes():
        with in_hand(row, REFERS), impatient():
            assert take() == row


def test_a_refund_waits_for_nobody_who_changes_its_requester(books):
    finish = partial(finish_refund, refund=books.refund, at=books.now)
    take = partial(take_refund, refund_id=books.refund.pk, at=books.now)
    leave = partial(leave_open, row=books.refund, why="?", at=books.now)
    for change in (take, leave, finish, books.refunds):
        with in_hand(books.lab.requester), impatient(), transaction.atomic():
            assert change()
            transaction.set_rollback(True)


def _two_movements(books):
    """Two transactions with a row each that refers to the account, and then a movement on it."""
    meeting = Meeting(seconds=10)

    def refers_and_moves(number):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT 1 FROM payments_account WHERE id = %s {REFERS}", [books.balance.pk]
                )
            meeting.wait()
            move = Move(
                key=f"test:{number}", credit=books.balance.pk, amount_cents=5, currency="USD",
                debit=ledger.account(AccountKind.CLEARING, "", "USD"),
                reason=Reason.DEPOSIT, reference="test",
            )  # fmt: skip
            ledger.post([move], at=books.now + timedelta(seconds=number))

    return together(*(partial(refers_and_moves, number) for number in (1, 2)))


def test_two_movements_of_an_account_that_both_refer_to_do_not_deadlock(books):
    before = ledger.balance(books.balance.pk)
    assert errors(_two_movements(books)) == []
    assert ledger.balance(books.balance.pk) == before + 10


def test_with_for_update_in_its_place_they_deadlock(books, monkeypatch):
    """Twin."""

    def whole(ids):
        rows = Account.objects.filter(pk__in=set(ids), balance_cents__isnull=False)
        locked = rows.order_by("pk").select_for_update(no_key=False)
        return dict(locked.values_list("pk", "balance_cents")), set()

    monkeypatch.setattr(ledger, "lock_accounts", whole)
    (error,) = errors(_two_movements(books))
    assert "deadlock detected" in str(error)
