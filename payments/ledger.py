"""Moving money. `post` is the only way: it writes transfers, and the database does the rest.

The rules live in the schema (payments/migrations/0002_ledger_rules): balances follow the
transfers by trigger, can't go below zero, and rows can't be changed or deleted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from marketplace.errors import InsufficientFunds, WrongState
from payments.locks import lock_accounts
from payments.models import Account, AccountKind, Reason, Transfer
from payments.models.account import SUMMED_ON_READ

SPENDING = frozenset(
    {
        Reason.BATCH_HOLD,
        Reason.HOLD,
        Reason.REHOLD,
        Reason.BONUS,
        Reason.BONUS_FEE,
        Reason.REFUND,
    }
)
"""What a frozen balance refuses. Work whose money is in escrow already is paid all the same."""


class AlreadyMoved(WrongState):
    """The fact that this transfer is for has moved money already."""

    code = "already_moved"


class BalanceFrozen(WrongState):
    """A dispute is open, or something is owed after one."""

    code = "balance_frozen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One transfer to write: `amount_cents` from the account `debit` to the account `credit`."""

    key: str
    debit: int
    credit: int
    amount_cents: int
    currency: str
    reason: Reason
    reference: str
    note: str = ""


Key = tuple[AccountKind, str, str]
"""Whose account it is: its kind, holder and currency."""


def account(kind: AccountKind, holder: str, currency: str) -> int:
    """The id of the holder's account, opened on first use."""
    key = (kind, holder, currency)
    return accounts([key])[key]


def accounts(keys: Iterable[Key]) -> dict[Key, int]:
    """{key: account id}, opened where missing: one statement where none is."""
    wanted = set(keys)
    ids = _ids_of(wanted)
    if missing := sorted(wanted - ids.keys()):
        Account.objects.bulk_create(map(_unopened, missing), ignore_conflicts=True)
        ids |= _ids_of(missing)
    return ids


def opened(kind: AccountKind, holders: Iterable[str], currency: str) -> dict[str, int]:
    """{holder: account id} of holders that are new, and so have none."""
    made = Account.objects.bulk_create(_unopened((kind, each, currency)) for each in holders)
    return {account.holder: account.pk for account in made}


def _ids_of(keys: Collection[Key]) -> dict[Key, int]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, holder, currency, id FROM {Account._meta.db_table}"  # noqa: S608
            " WHERE (kind, holder, currency) IN %s",
            [tuple((kind.value, holder, currency) for kind, holder, currency in keys)],
        )
        return {(AccountKind(kind), who, money): pk for kind, who, money, pk in cursor.fetchall()}


def _unopened(key: Key) -> Account:
    kind, holder, currency = key
    balance = None if kind in SUMMED_ON_READ else 0
    return Account(kind=kind, holder=holder, currency=currency, balance_cents=balance)


def post(moves: Sequence[Move], *, at: datetime) -> None:
    """Write all the moves or none.

    Raises InsufficientFunds (with `missing_cents` and `account`) where a balance would go below
    zero, BalanceFrozen where it may not be spent, and AlreadyMoved where a key has been used;
    each undoes the caller's transaction, down to its latest savepoint.
    """
    moves = [move for move in moves if move.amount_cents]
    if not moves:
        return
    with transaction.atomic(savepoint=False):
        balances, frozen = lock_accounts(pk for m in moves for pk in (m.debit, m.credit))
        _require_unfrozen(moves, frozen)
        _require_funds(moves, balances)
        try:
            _insert(moves, at)
        except IntegrityError as error:
            if "payments_transfer_key" not in str(error):
                raise
            raise AlreadyMoved("This has been paid or returned already; nothing moved.") from error


def _require_funds(moves: Sequence[Move], balances: dict[int, int]) -> None:
    """Say who lacks what, before the database's own CHECK would refuse without a sentence."""
    change: dict[int, int] = defaultdict(int)
    for move in moves:
        change[move.debit] -= move.amount_cents
        change[move.credit] += move.amount_cents
    for pk, cents in change.items():
        if pk in balances and balances[pk] + cents < 0:
            raise InsufficientFunds(
                "The account holds too little for this.",
                account=pk,
                missing_cents=-(balances[pk] + cents),
            )


def _require_unfrozen(moves: Sequence[Move], frozen: set[int]) -> None:
    if any(move.debit in frozen and move.reason in SPENDING for move in moves):
        raise BalanceFrozen(
            "A payment into this balance is disputed by the bank that it came from. Until that is "
            "settled nothing can be spent or refunded; work that is open is still paid. Write to "
            "the operator."
        )


def _insert(moves: Sequence[Move], at: datetime) -> None:
    """One statement for all rows: the balances' trigger then runs once."""
    columns = "key, debit_id, credit_id, amount_cents, currency, reason, reference, note, at"
    row = "(" + ", ".join(["%s"] * 9) + ")"
    values = [
        value
        for m in moves
        for value in (
            m.key,
            m.debit,
            m.credit,
            m.amount_cents,
            m.currency,
            m.reason.value,
            m.reference,
            m.note,
            at,
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Transfer._meta.db_table} ({columns}) "  # noqa: S608 - constants only
            f"VALUES {', '.join([row] * len(moves))}",
            values,
        )


def balance(account_id: int) -> int:
    """An account's balance in cents, summed from its transfers where none is kept."""
    kept = Account.objects.values_list("balance_cents", flat=True).get(pk=account_id)
    return summed_balance(account_id) if kept is None else kept


def summed_balance(account_id: int) -> int:
    """The balance as the transfers tell it: credits less debits, in cents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM("
            "CASE WHEN credit_id = %s THEN amount_cents ELSE -amount_cents END), 0)"
            " FROM payments_transfer WHERE credit_id = %s OR debit_id = %s",
            [account_id, account_id, account_id],
        )
        return int(cursor.fetchone()[0])
