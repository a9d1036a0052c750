"""A requester adds money."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from marketplace.money import MAX_CENTS, SANDBOX_CURRENCY, show
from payments.models import Deposit
from payments.queries import saved_method_of


def make_deposit(
    *,
    by: Acting,
    user: User | None,
    amount_cents: int,
    currency: str,
    at: datetime,
    saves_method: bool = False,
) -> Deposit:
    """Write the intent to add `amount_cents`. `settle_deposit` asks the gateway and credits it.
    With `saves_method` what pays it can be charged again, which takes an owner.

    Raises NotAllowed below manager, InvalidInput for an amount out of bounds.
    """
    by.require(Role.OWNER if saves_method else Role.MANAGER)
    require_amount(amount_cents, currency)
    return _made(
        by,
        uuid.uuid4(),
        at,
        made_by=user,
        amount_cents=amount_cents,
        currency=currency,
        gateway="play" if currency == SANDBOX_CURRENCY else settings.MANYHANDS_GATEWAY,
        saves_method=saves_method and currency != SANDBOX_CURRENCY,
    )


def charge_saved_method(
    *,
    by: Acting,
    user: User | None,
    amount_cents: int,
    method: str,
    public_id: uuid.UUID,
    at: datetime,
) -> Deposit:
    """Write the intent to add live money from the saved method, whose public id `method` is the one
    that the owner was shown. `public_id` becomes the deposit's own: the same press of a button,
    sent twice, is one deposit.

    Raises NotAllowed below owner, InvalidInput for an amount out of bounds, WrongState where that
    method isn't saved any more.
    """
    by.require(Role.OWNER)
    currency = settings.MANYHANDS_CURRENCY
    require_amount(amount_cents, currency)
    before = Deposit.objects.filter(public_id=public_id, requester=by.requester).first()
    if before is not None:
        return before
    saved = saved_method_of(by.requester)
    if saved is None or str(saved.public_id) != method:
        raise WrongState("This card or bank account is not saved any more. Nothing was charged.")
    try:
        return _made(
            by,
            public_id,
            at,
            made_by=user,
            amount_cents=amount_cents,
            currency=currency,
            gateway=saved.payer.gateway,
            method=saved,
        )
    except IntegrityError:  # the second of two at once; or an id of somebody else's
        raise WrongState("This was sent twice: see the deposit on the money page.") from None


def require_amount(amount_cents: int, currency: str) -> None:
    """Raise InvalidInput where no deposit can be of this."""
    if currency not in (settings.MANYHANDS_CURRENCY, SANDBOX_CURRENCY):
        raise InvalidInput(f"Nothing here is paid in {currency}.", field="currency")
    least = max(1, settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS)
    if not least <= amount_cents <= MAX_CENTS:
        raise InvalidInput(f"A deposit is at least {show(least, currency)}.", field="amount")


def _made(by: Acting, public_id: uuid.UUID, at: datetime, **values: Any) -> Deposit:
    with transaction.atomic():
        deposit = Deposit.objects.create(
            public_id=public_id, requester=by.requester, created_at=at, **values
        )
        trail.record(
            action="make_deposit",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            deposit=str(deposit.public_id),
            amount_cents=deposit.amount_cents,
            currency=deposit.currency,
            method=deposit.method.words if deposit.method else "",
        )
    return deposit
