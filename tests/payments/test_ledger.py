"""The ledger's rules, asked of the database itself: SQL by hand gets no further than Python."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test import override_settings

from marketplace import clock, money
from marketplace.errors import InsufficientFunds, InvalidInput
from payments import audit, ledger, queries
from payments.ledger import AlreadyMoved, Move
from payments.locks import lock_accounts
from payments.models import Account, AccountKind, Reason, Transfer
from payments.models.account import SUMMED_ON_READ

pytestmark = pytest.mark.django_db


@pytest.fixture
def world_outside():
    return ledger.account(AccountKind.CLEARING, "", "USD")


@pytest.fixture
def rich(world_outside):
    """A requester's account with 10.00."""
    account = ledger.account(AccountKind.REQUESTER, "ARICH", "USD")
    _post(world_outside, account, 1000)
    return account


@pytest.fixture
def poor():
    return ledger.account(AccountKind.WORKER, "APOOR", "USD")


def _move(debit, credit, cents, key="", currency="USD"):
    return Move(
        key=key or f"test:{debit}:{credit}:{cents}",
        debit=debit,
        credit=credit,
        amount_cents=cents,
        currency=currency,
        reason=Reason.RELEASE,
        reference="test",
    )


def _post(debit, credit, cents, key="", currency="USD"):
    ledger.post([_move(debit, credit, cents, key, currency)], at=clock.now())


INSERT = (
    "INSERT INTO payments_transfer"
    " (key, debit_id, credit_id, amount_cents, currency, reason, reference, note, at)"
    " VALUES (%s, %s, %s, %s, %s, 'deposit', 'x', '', now())"
)


def _sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def refused(*words):
    """The database itself refuses, naming the rule."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        yield
    assert any(word in str(caught.value) for word in words), caught.value


def test_a_movement_has_two_sides_or_is_not_written(rich):
    with refused("null value"):
        _sql(INSERT, "one-sided", rich, None, 5, "USD")
    with refused("null value"):
        _sql(INSERT, "one-sided", None, rich, 5, "USD")
    with refused("transfer_between_two_accounts"):
        _sql(INSERT, "to itself", rich, rich, 5, "USD")
    with refused("transfer_credit_account_currency"):
        _sql(INSERT, "to nowhere", rich, 10**9, 5, "USD")


def test_all_balances_sum_to_zero_whatever_moved(rich, poor, world_outside):
    _post(rich, poor, 300)
    _post(poor, world_outside, 100, key="out")
    assert sum(map(ledger.balance, (rich, poor, world_outside))) == 0


@pytest.mark.parametrize("currency", ["USD", "XTS"])
def test_currencies_never_mix(rich, currency):
    play = ledger.account(AccountKind.REQUESTER, "ARICH", "XTS")
    with refused("account_currency"):
        _sql(INSERT, "mixed", rich, play, 5, currency)


@pytest.mark.parametrize("cents", [0, -5, 10**12 + 1])
def test_an_amount_is_positive_and_not_absurd(rich, poor, cents):
    with refused("transfer_amount_positive"):
        _sql(INSERT, "amount", rich, poor, cents, "USD")


def test_transfers_are_never_changed_deleted_or_truncated(rich):
    for statement in (
        "UPDATE payments_transfer SET amount_cents = 1",
        "UPDATE payments_transfer SET note = 'nicer'",
        "DELETE FROM payments_transfer",
        "TRUNCATE payments_transfer CASCADE",
    ):
        with refused("append-only"):
            _sql(statement)
    assert Transfer.objects.get().amount_cents == 1000


def test_upserting_rewrites_no_transfer(rich, poor):
    transfer = Transfer.objects.get()
    with refused("append-only"):
        _sql(
            INSERT + " ON CONFLICT (key) DO UPDATE SET amount_cents = 1",
            transfer.key, rich, poor, 5, "USD",
        )  # fmt: skip


def test_nobody_writes_a_balance_but_the_transfers(rich):
    with refused("by transfers only"):
        _sql("UPDATE payments_account SET balance_cents = balance_cents + 1")
    with refused("by transfers only"):
        Account.objects.filter(pk=rich).update(holder="ATHIEF")
    with refused("append-only"):
        _sql("DELETE FROM payments_account WHERE id = %s", rich)
    with refused("append-only"):
        _sql("TRUNCATE payments_account CASCADE")
    with refused("opens with nothing"):
        Account.objects.create(
            kind=AccountKind.WORKER, holder="ANEW", currency="USD", balance_cents=5
        )


def test_an_account_is_never_overdrawn_not_even_by_sql(rich, poor):
    with refused("account_never_overdrawn"):
        _sql(INSERT, "too much", rich, poor, 1001, "USD")
    assert ledger.balance(rich) == 1000
    with pytest.raises(InsufficientFunds) as caught:
        _post(rich, poor, 1001)
    assert caught.value.details["missing_cents"] == 1


def test_money_that_comes_in_with_the_same_movement_may_be_spent(rich, poor):
    """As undoing a rejection does: held again, and paid from there, in one statement."""
    between = ledger.account(AccountKind.ESCROW, "3HIT", "USD")
    ledger.post([_move(rich, between, 400), _move(between, poor, 400)], at=clock.now())
    assert ledger.balance(poor) == 400


def test_a_frozen_balance_pays_what_is_owed_and_nothing_new(rich, clock):
    Account.objects.filter(pk=rich).update(is_frozen=True)
    escrow = ledger.account(AccountKind.ESCROW, "HIT", "USD")
    refused_for = []
    for reason in Reason:
        move = replace(_move(rich, escrow, 5, key=reason.value), reason=reason)
        try:
            with transaction.atomic():
                ledger.post([move], at=clock.now)
        except ledger.BalanceFrozen as error:
            refused_for.append((reason.value, error.code))
    spending = ["batch_hold", "bonus", "bonus_fee", "hold", "refund", "rehold"]
    assert sorted(refused_for) == [(reason, "balance_frozen") for reason in spending]
    owed = _move(escrow, rich, 1)
    with pytest.raises(ledger.BalanceFrozen), transaction.atomic():
        ledger.post([owed, replace(move, key="one of two", reason=Reason.BONUS)], at=clock.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=rich).update(is_frozen=False, balance_cents=1)


def test_only_the_world_outside_may_owe(world_outside, rich):
    assert ledger.balance(world_outside) == -1000
    for kind in AccountKind:
        account = Account.objects.get(pk=ledger.account(kind, "X", "USD"))
        is_summed = kind in SUMMED_ON_READ
        assert (account.balance_cents is None) == is_summed


def test_a_fact_moves_money_once_for_ever(rich, poor):
    _post(rich, poor, 100, key="reward:3ABC")
    with pytest.raises(AlreadyMoved), transaction.atomic():
        _post(rich, poor, 100, key="reward:3ABC")
    with pytest.raises(AlreadyMoved) as caught, transaction.atomic():
        _post(poor, rich, 7, key="reward:3ABC")
    assert caught.value.code == "already_moved"
    with refused("payments_transfer_key"):
        _sql(INSERT, "reward:3ABC", rich, poor, 100, "USD")
    assert ledger.balance(poor) == 100


def test_moves_are_posted_all_or_none(rich, poor):
    _post(rich, poor, 1, key="used")
    for bad in (_move(rich, poor, 2, key="used"), _move(rich, poor, 5000)):
        with pytest.raises((AlreadyMoved, InsufficientFunds)), transaction.atomic():
            ledger.post([_move(rich, poor, 10, key="good"), bad], at=clock.now())
    assert ledger.balance(poor) == 1


def test_what_is_refused_undoes_all_that_its_caller_did(rich, poor):
    """Whoever catches the refusal can't go on as if the rest of it held."""
    _post(rich, poor, 1, key="used")

    def goes_on():
        _post(rich, poor, 2, key="fresh")
        with suppress(AlreadyMoved):
            _post(rich, poor, 1, key="used")
        ledger.balance(poor)

    with pytest.raises(TransactionManagementError), transaction.atomic():
        goes_on()
    assert ledger.balance(poor) == 1


def test_only_the_accounts_that_money_moves_between_are_locked(rich, poor, world_outside):
    with transaction.atomic():
        assert lock_accounts([rich, world_outside]) == ({rich: 1000}, set())


def test_nothing_moves_for_nothing(rich, poor):
    _post(rich, poor, 0)
    assert Transfer.objects.count() == 1


def test_a_balance_is_the_sum_of_its_transfers(rich, poor):
    for number in range(1, 6):
        _post(rich, poor, number, key=f"n{number}")
    for account in (rich, poor):
        assert ledger.balance(account) == ledger.summed_balance(account)
    assert queries.balance_of(AccountKind.WORKER, "APOOR", "USD") == 15
    assert list(audit.differences()) == []


def test_an_account_is_opened_once(rich):
    assert ledger.account(AccountKind.REQUESTER, "ARICH", "USD") == rich
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(
            kind=AccountKind.REQUESTER, holder="ARICH", currency="USD", balance_cents=0
        )


def test_asking_for_no_accounts_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ledger.accounts([]) == {}


@pytest.mark.parametrize(
    ("reward", "percent", "fee"),
    [
        (52, "20", 10),  # 10.4
        (4, "12.5", 1),  # 0.5: half goes up
        (3, "12.5", 0),  # 0.375
        (12, "12.5", 2),  # 1.5: half goes up, though to an even number
        (20, "12.5", 3),  # 2.5: half goes up, though from an even number
        (0, "12.5", 0),
        (1, "0", 0),
        (1_000_000, "12.5", 125_000),
    ],
)
def test_a_fee_is_rounded_half_up_per_assignment(reward, percent, fee):
    assert money.fee_cents(reward, Decimal(percent)) == fee


def test_the_fee_is_the_operators_setting():
    assert money.fee_cents(100) == 0
    with override_settings(MANYHANDS_FEE_PERCENT=Decimal("12.5")):
        assert money.fee_cents(100) == 13  # 12.5


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("0.25", 25),
        ("$1,200", 120_000),
        ("12,345,678.90", 1_234_567_890),
        (".5", 50),
        ("7.", 700),
        ("0.2500", 25),
        ("10000000000", money.MAX_CENTS),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, cents):
    assert money.parse_cents(text) == cents


NO_NUMBERS = ["abc", "", ".", "-1", "NaN", "Infinity", "1e30", "1e999999"]
UNCLEAR = ["1,75", "0,5", "1,0000", ",100", "1.000,00"]
REFUSED = [*NO_NUMBERS, *UNCLEAR, "0.255", "10000000000.01"]


@pytest.mark.parametrize("text", REFUSED)
def test_an_amount_that_is_none_is_refused(text):
    with pytest.raises(InvalidInput):
        money.parse_cents(text)
