"""A bank account whose bank took a debit back is not charged again until its owner saves it anew:
the dispute ends the permission to debit it (https://docs.stripe.com/payments/ach-direct-debit).
"""

from datetime import datetime

from marketplace.audit import trail
from payments.models import Deposit, SavedMethod

BANK_DEBIT = "us_bank_account"


def retire_method(*, reference: str, disputed: Deposit, at: datetime) -> SavedMethod | None:
    """Remove the bank account that paid the disputed deposit, which the gateway names `reference`.
    In the transaction of the cause, which turns automatic top-up off. None where there is nothing
    to remove: a card, or what is not saved (any more)."""
    rows = SavedMethod.objects.select_for_update(no_key=True, of=("self",))
    method = rows.filter(
        payer__requester=disputed.requester,
        payer__gateway=disputed.gateway,
        reference=reference,
        kind=BANK_DEBIT,
        removed_at=None,
    ).first()
    if method is None:
        return None
    method.removed_at = method.disputed_at = at
    method.save()
    trail.record(
        action="retire_method",
        actor=trail.SYSTEM,
        subject=("requester", disputed.requester.public_id),
        at=at,
        method=method.words,
        deposit=str(disputed.public_id),
    )
    return method
