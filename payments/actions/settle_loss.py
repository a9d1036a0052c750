"""What a requester owes after a dispute is taken from what comes back to its balance, and a balance
is frozen for as long as a dispute is open or something is owed."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Requester
from payments import ledger
from payments.ledger import Move
from payments.locks import lock_accounts
from payments.models import Account, AccountKind, Reason, Transfer
from payments.queries import open_disputes


def settle_loss(*, requester: Requester, currency: str, at: datetime) -> bool:
    """Take what is owed, as far as it is there; whether the balance is still frozen."""
    holder = requester.public_id
    with transaction.atomic():
        balance = ledger.account(AccountKind.REQUESTER, holder, currency)
        loss = ledger.account(AccountKind.DISPUTE_LOSS, holder, currency)
        balances, _frozen = lock_accounts([balance])
        owed = -ledger.summed_balance(loss)
        part = min(owed, balances[balance])
        before = Transfer.objects.filter(credit=loss, reason=Reason.LOSS_REPAID).count()
        move = Move(
            key=f"loss-repaid:{holder}:{currency}:{before + 1}",
            debit=balance,
            credit=loss,
            amount_cents=part,
            currency=currency,
            reason=Reason.LOSS_REPAID,
            reference=holder,
        )
        ledger.post([move], at=at)
        is_frozen = owed > part or open_disputes(requester, currency).exists()
        Account.objects.filter(pk=balance).update(is_frozen=is_frozen)
    return is_frozen
