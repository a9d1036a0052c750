"""A worker's bank sent back what the gateway had paid to it, at times days later."""

from datetime import datetime

from django.db import transaction

from payments.actions.tell_payee import tell_payee
from payments.models import Payee


def note_bounce(*, payee_id: int, bank_payout: str, words: str, at: datetime) -> Payee:
    """Keep it as the payee's problem, and tell the worker once per `bank_payout`.

    No money moves here: ours arrived at the gateway, and the worker has it there.
    """
    text = (
        f"Your bank sent back what Stripe had paid to it: {words} The money is on your balance at "
        "Stripe. Name another bank account there, or put this one right; Stripe pays it out again."
    )
    with transaction.atomic():
        payee = Payee.objects.select_for_update(no_key=True).get(pk=payee_id)
        payee.problem = text[:300]
        payee.save()
        tell_payee(
            payee=payee,
            worker=payee.holder,
            subject="your bank sent a payout back",
            text=text,
            key=f"payout-bounced:{bank_payout}",
            at=at,
        )
    return payee
