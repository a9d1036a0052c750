"""A deposit's way through the gateway into the ledger."""

from datetime import datetime

from django.db import transaction

from payments import ledger
from payments.gateway import GatewayError, GatewayUnclear, gateway_named
from payments.gateway.base import ChargeState
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason
from payments.states import DepositStatus


def settle_deposit(*, deposit_id: int, at: datetime) -> Deposit:
    """Take one deposit as far as the gateway lets it go. Harmless to run twice at once.

    The gateway is asked outside any transaction, with the deposit's own id as the key; the
    money is credited once, by the ledger's unique key deposit:<id>.
    """
    deposit = Deposit.objects.get(pk=deposit_id)
    if deposit.status in (DepositStatus.SETTLED, DepositStatus.FAILED):
        return deposit
    try:
        state = _ask(deposit)
    except GatewayUnclear:
        return deposit
    except GatewayError as error:
        why = str(error) or "The gateway refused it."
        state = ChargeState(reference="", is_settled=False, failure=why)
    with transaction.atomic():
        locked = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        if locked.status in (DepositStatus.SETTLED, DepositStatus.FAILED):
            return locked
        locked.gateway_reference = state.reference or locked.gateway_reference
        _apply(locked, state, at)
        locked.save()
    return locked


def _ask(deposit: Deposit) -> ChargeState:
    gateway = gateway_named(deposit.gateway)
    key = f"deposit_{deposit.public_id}"
    if deposit.status == DepositStatus.PENDING:
        return gateway.charge_state(reference=deposit.gateway_reference, idempotency_key=key)
    return gateway.charge(
        idempotency_key=key, amount_cents=deposit.amount_cents, currency=deposit.currency
    )


def _apply(deposit: Deposit, state: ChargeState, at: datetime) -> None:
    if state.failure:
        deposit.move_to(DepositStatus.FAILED)
        deposit.failure = state.failure[:300]
    elif state.is_settled:
        deposit.move_to(DepositStatus.SETTLED)
        deposit.settled_at = at
        ledger.post([_credit(deposit)], at=at)
    elif deposit.status == DepositStatus.CREATED:
        deposit.move_to(DepositStatus.PENDING)


def _credit(deposit: Deposit) -> Move:
    holder = deposit.requester.public_id
    return Move(
        key=f"deposit:{deposit.public_id}",
        debit=ledger.account(AccountKind.CLEARING, "", deposit.currency),
        credit=ledger.account(AccountKind.REQUESTER, holder, deposit.currency),
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        reason=Reason.DEPOSIT,
        reference=str(deposit.public_id),
    )
