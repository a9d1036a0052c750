"""Money that was to go back to a requester who owes some after a dispute stays here instead."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import Requester
from payments import ledger
from payments.actions.advance_refund import finish_refund
from payments.models import AccountKind
from payments.queries import held_back_refunds

WHY = "Something is owed after a dispute: it is paid from this first."


def call_back_refunds(*, requester: Requester, currency: str, at: datetime) -> None:
    """Return to the balance, from which `settle_loss` takes it, what was never sent. Each refund is
    a transaction of its own, so that rows are locked before accounts, as always."""
    loss = ledger.account(AccountKind.DISPUTE_LOSS, requester.public_id, currency)
    if not ledger.summed_balance(loss):
        return
    mine = held_back_refunds().filter(deposit__requester=requester, deposit__currency=currency)
    rows = mine.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("pk")
    while True:
        with transaction.atomic():
            held = rows.first()
            if held is None:
                return
            finish_refund(refund=held, failure=WHY, at=at)
