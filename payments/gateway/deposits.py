"""A deposit's way through the gateway: asked outside of any transaction, then recorded."""

from datetime import datetime

from payments.actions.record_charge import Charge, record_charge
from payments.gateway import GatewayError, GatewayUnclear, gateway_named
from payments.models import Deposit
from payments.states import DepositStatus


def settle_deposit(*, deposit_id: int, at: datetime) -> Deposit:
    """Take one deposit as far as the gateway lets it go. Harmless to run twice at once: the
    gateway is asked with the deposit's own id as the key."""
    deposit = Deposit.objects.get(pk=deposit_id)
    if deposit.status in (DepositStatus.SETTLED, DepositStatus.FAILED):
        return deposit
    try:
        told = _ask(deposit)
    except GatewayUnclear:
        return deposit
    except GatewayError as error:
        told = Charge(failure=str(error) or "The gateway refused it.")
    return record_charge(deposit_id=deposit_id, told=told, at=at)


def _ask(deposit: Deposit) -> Charge:
    gateway = gateway_named(deposit.gateway)
    key = f"deposit_{deposit.public_id}"
    if deposit.status == DepositStatus.PENDING:
        return gateway.charge_state(reference=deposit.gateway_reference, idempotency_key=key)
    return gateway.charge(
        idempotency_key=key, amount_cents=deposit.amount_cents, currency=deposit.currency
    )
