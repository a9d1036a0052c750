"""A requester adds money."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput
from marketplace.money import MAX_CENTS, SANDBOX_CURRENCY, show
from payments.models import Deposit


def make_deposit(
    *, by: Acting, user: User | None, amount_cents: int, currency: str, at: datetime
) -> Deposit:
    """Write the intent to add `amount_cents`. `settle_deposit` asks the gateway and credits it.

    Raises NotAllowed below manager, InvalidInput for an amount out of bounds.
    """
    by.require(Role.MANAGER)
    if currency not in (settings.MANYHANDS_CURRENCY, SANDBOX_CURRENCY):
        raise InvalidInput(f"Nothing here is paid in {currency}.", field="currency")
    least = max(1, settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS)
    if not least <= amount_cents <= MAX_CENTS:
        raise InvalidInput(f"A deposit is at least {show(least, currency)}.", field="amount")
    with transaction.atomic():
        deposit = Deposit.objects.create(
            requester=by.requester,
            made_by=user,
            amount_cents=amount_cents,
            currency=currency,
            gateway="play" if currency == SANDBOX_CURRENCY else settings.MANYHANDS_GATEWAY,
            created_at=at,
        )
        trail.record(
            action="make_deposit",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            deposit=str(deposit.public_id),
            amount_cents=amount_cents,
            currency=currency,
        )
    return deposit
