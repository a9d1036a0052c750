"""Money in and out moves as the handbook says (docs/handbook/states.md), and no other way."""

from itertools import product

import pytest

from marketplace.errors import WrongState
from payments.models import Deposit, MethodSetup, Payout, Refund
from payments.states import (
    OPEN_DEPOSITS,
    OPEN_PAYOUTS,
    OPEN_REFUNDS,
    OPEN_SETUPS,
    DepositStatus,
    OutStatus,
    SetupStatus,
)

DEPOSITS = (
    "created-pending created-settled created-failed pending-settled pending-failed failed-settled"
)
PAYOUTS = "held-sending sending-sent sending-failed sending-unknown sending-held unknown-sending"
SETUPS = "created-open created-saved created-failed open-saved open-failed"
REFUNDS = f"{PAYOUTS} sent-failed"
MOVES = [
    (model, old, new, f"{old}-{new}" in allowed.split())
    for model, statuses, allowed in (
        (Deposit, DepositStatus, DEPOSITS),
        (Payout, OutStatus, PAYOUTS),
        (Refund, OutStatus, REFUNDS),
        (MethodSetup, SetupStatus, SETUPS),
    )
    for old, new in product(statuses, statuses)
]


@pytest.mark.parametrize(("model", "old", "new", "is_allowed"), MOVES)
def test_a_status_changes_by_a_move_of_its_table_only(model, old, new, is_allowed):
    row = model(status=old)
    if is_allowed:
        row.move_to(new)
        assert row.status == new
        return
    with pytest.raises(WrongState, match=f"is {old}; it can't become {new}"):
        row.move_to(new)
    assert row.status == old


def test_what_has_neither_arrived_nor_come_back_is_open():
    assert OPEN_PAYOUTS == OPEN_REFUNDS
    assert set(OutStatus) - set(OPEN_REFUNDS) == {"sent", "failed"}
    assert set(DepositStatus) - set(OPEN_DEPOSITS) == {"settled", "failed"}
    assert set(SetupStatus) - set(OPEN_SETUPS) == {"saved", "failed"}
