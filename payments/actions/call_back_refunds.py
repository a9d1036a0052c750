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
    for pk in list(mine.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            held = mine.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
            if held is not None:
                finish_refund(refund=held, failure=WHY, at=at)
