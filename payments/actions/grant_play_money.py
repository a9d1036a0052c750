"""The sandbox's balance: play money without asking, as Mechanical Turk's sandbox gave."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Requester
from marketplace.money import SANDBOX_CURRENCY
from payments import ledger
from payments.ledger import AlreadyMoved, Move
from payments.models import AccountKind, Reason
from payments.queries import play_grant_key

GRANT_CENTS = 10_000_00


def grant_play_money(*, requester: Requester, at: datetime) -> None:
    """Give a requester its 10,000.00 of sandbox money, once ever."""
    try:
        with transaction.atomic():
            ledger.post([_grant(requester)], at=at)
    except AlreadyMoved:
        return


def _grant(requester: Requester) -> Move:
    holder = requester.public_id
    return Move(
        key=play_grant_key(holder),
        debit=ledger.account(AccountKind.CLEARING, "", SANDBOX_CURRENCY),
        credit=ledger.account(AccountKind.REQUESTER, holder, SANDBOX_CURRENCY),
        amount_cents=GRANT_CENTS,
        currency=SANDBOX_CURRENCY,
        reason=Reason.PLAY_GRANT,
        reference=holder,
    )
