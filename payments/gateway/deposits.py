"""A deposit's way through the gateway: asked outside of any transaction, then recorded.

One that a saved method pays is leased and charged once, as a payout is sent
(payments.gateway.once).
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.urls import reverse

from marketplace import clock
from payments.actions.advance_payout import LEASE
from payments.actions.record_charge import Charge, postpone_charge, record_charge, take_charge
from payments.actions.save_method import payer_of
from payments.gateway import (
    DepositOrder,
    GatewayError,
    GatewayNeedsPayer,
    GatewayUnclear,
    gateway_named,
)
from payments.gateway.customers import customer_of
from payments.gateway.once import once
from payments.models import Deposit
from payments.states import DepositStatus

log = structlog.get_logger()


def settle_deposit(*, deposit_id: int, at: datetime) -> Deposit:
    """Take one deposit as far as the gateway lets it go. Harmless to run twice at once: the
    gateway is asked with the deposit's own id as the key.

    One that failed is asked about too: an event, or a line of the gateway's books, may tell that it
    was paid all the same. Raises GatewayUnclear for such a one alone: no turn of ours asks about it
    again, but the event is tried again."""
    deposit = Deposit.objects.get(pk=deposit_id)
    if not (deposit.is_asked_about or deposit.may_be_paid_late):
        return deposit
    ask_at = at + gateway_named(deposit.gateway).patience(at - deposit.created_at)
    try:
        if deposit.is_to_be_charged:
            taken = take_charge(deposit_id=deposit_id, at=at, until=at + LEASE)
            if taken is None:
                return deposit
            deposit = taken
            told = _charged(deposit, at)
        else:
            told = _ask(deposit, at)
    except GatewayUnclear:
        if deposit.status == DepositStatus.FAILED:
            raise
        postpone_charge(deposit_id=deposit_id, until=ask_at)
        return deposit
    except GatewayNeedsPayer:
        told = Charge(needs_payer=True, fee_cents=None)
        record_charge(deposit_id=deposit_id, told=told, at=clock.now(), attempt=deposit.attempts)
        return settle_deposit(deposit_id=deposit_id, at=at)  # opens the page to confirm it on
    except GatewayError as error:
        told = Charge(failure=str(error) or "The gateway refused it.", fee_cents=None)
    return record_charge(
        deposit_id=deposit_id,
        told=told,
        at=clock.now(),
        ask_at=ask_at,
        attempt=deposit.attempts,
    )


def _charged(deposit: Deposit, at: datetime) -> Charge:
    gateway, order = gateway_named(deposit.gateway), _order(deposit, at)
    since = deposit.first_attempt_at or at
    return once(
        lambda: gateway.charge_method(order),
        look_up=lambda: gateway.find_charge(order, since=since),
        since=since,
        attempts=deposit.attempts,
        at=at,
        lease_until=deposit.ask_at,
    )


def _ask(deposit: Deposit, at: datetime) -> Charge:
    gateway = gateway_named(deposit.gateway)
    if deposit.status == DepositStatus.CREATED:
        return gateway.charge(_order(deposit, at))
    try:
        told = gateway.charge_state(
            reference=deposit.gateway_reference, idempotency_key=deposit.name
        )
    except GatewayError as error:
        # Another account's key, say. That is no word about the money: a payer may still pay.
        log.warning("payments.deposit_not_shown", deposit=deposit.pk, error=str(error))
        raise GatewayUnclear(str(error)) from error
    if told.is_settled and told.amount_cents not in (None, deposit.amount_cents):
        log.error("payments.deposit_differs", deposit=deposit.pk, paid=told.amount_cents)
        raise GatewayUnclear("Another amount was paid than was asked for.")
    return told


def _order(deposit: Deposit, at: datetime) -> DepositOrder:
    """The parameters, from the rows and the marketplace's own address, to which payers return."""
    method = deposit.method if deposit.is_to_be_charged else None
    customer = ""
    if deposit.saves_method or deposit.method_id:
        payer = payer_of(deposit.requester, gateway=deposit.gateway, at=at)
        customer = customer_of(payer, at=at)
    path = reverse("money:deposit_state", args=[deposit.public_id])
    return DepositOrder(
        idempotency_key=deposit.idempotency_key,
        name=deposit.name,
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        return_url=settings.MANYHANDS_BASE_URL + path,
        customer=customer,
        saves=deposit.saves_method,
        method=method.reference if method else "",
        method_kind=method.kind if method else "",
    )
