"""A worker's earnings, without the work."""

from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Reason


def earn(clock, worker, cents, currency="USD"):
    """Put `cents` on the worker's account."""
    move = Move(
        key=f"earned:{worker}:{currency}:{cents}:{clock.now}",
        debit=ledger.account(AccountKind.CLEARING, "", currency),
        credit=ledger.account(AccountKind.WORKER, worker, currency),
        amount_cents=cents,
        currency=currency,
        reason=Reason.REWARD,
        reference="test",
    )
    ledger.post([move], at=clock.now)
