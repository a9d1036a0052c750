"""A deposit's way through the gateway: asked outside of any transaction, then recorded."""

from datetime import datetime

import structlog
from django.conf import settings
from django.urls import reverse

from payments.actions.record_charge import Charge, postpone_charge, record_charge
from payments.gateway import GatewayError, GatewayUnclear, gateway_named
from payments.models import Deposit
from payments.states import DepositStatus

log = structlog.get_logger()


def settle_deposit(*, deposit_id: int, at: datetime) -> Deposit:
    """Take one deposit as far as the gateway lets it go. Harmless to run twice at once: the
    gateway is asked with the deposit's own id as the key."""
    deposit = Deposit.objects.get(pk=deposit_id)
    if not deposit.is_asked_about:
        return deposit
    ask_at = at + gateway_named(deposit.gateway).patience(at - deposit.created_at)
    try:
        told = _ask(deposit)
    except GatewayUnclear:
        postpone_charge(deposit_id=deposit_id, until=ask_at)
        return deposit
    except GatewayError as error:
        told = Charge(failure=str(error) or "The gateway refused it.", fee_cents=None)
    return record_charge(deposit_id=deposit_id, told=told, at=at, ask_at=ask_at)


def _ask(deposit: Deposit) -> Charge:
    gateway = gateway_named(deposit.gateway)
    key = f"deposit_{deposit.public_id}"
    if deposit.status != DepositStatus.CREATED:
        told = gateway.charge_state(reference=deposit.gateway_reference, idempotency_key=key)
        if told.is_settled and told.amount_cents not in (None, deposit.amount_cents):
            log.error("payments.deposit_differs", deposit=deposit.pk, paid=told.amount_cents)
            raise GatewayUnclear("Another amount was paid than was asked for.")
        return told
    return gateway.charge(
        idempotency_key=key,
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        return_url=settings.MANYHANDS_BASE_URL
        + reverse("money:deposit_state", args=[deposit.public_id]),
    )
