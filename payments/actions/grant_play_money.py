"""The sandbox's balance: play money without asking, as Mechanical Turk's sandbox gave."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Requester
from marketplace.money import SANDBOX_CURRENCY
from payments import ledger
from payments.ledger import AlreadyMoved, Move
from payments.models import AccountKind, Reason
from payments.queries import play_grant_key, requester_balance, was_given_play_money

GRANT_CENTS = 10_000_00


def grant_play_money(*, requester: Requester, at: datetime) -> None:
    """Fill a requester's sandbox up to its 10,000.00, once a day at most: programs are tried out
    there for years."""
    holder = requester.public_id
    missing = GRANT_CENTS - requester_balance(holder, SANDBOX_CURRENCY)
    if missing <= 0 or was_given_play_money(holder, on=at.date()):
        return
    try:
        with transaction.atomic():
            ledger.post([_grant(holder, missing, at)], at=at)
    except AlreadyMoved:
        return


def _grant(holder: str, cents: int, at: datetime) -> Move:
    return Move(
        key=play_grant_key(holder, on=at.date()),
        debit=ledger.account(AccountKind.CLEARING, "", SANDBOX_CURRENCY),
        credit=ledger.account(AccountKind.REQUESTER, holder, SANDBOX_CURRENCY),
        amount_cents=cents,
        currency=SANDBOX_CURRENCY,
        reason=Reason.PLAY_GRANT,
        reference=holder,
    )
