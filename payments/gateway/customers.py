"""Requesters as the gateway's customers, and the methods that are saved for them.

One customer each, whatever dies when (payments.gateway.once). The gateway is asked outside of any
transaction.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from payments.actions.advance_payout import LEASE
from payments.actions.keep_method import record_method
from payments.actions.remove_method import note_forgotten
from payments.actions.save_method import (
    SetupState,
    name_payer,
    note_attempt,
    postpone_setup,
    record_setup,
)
from payments.gateway import CustomerOrder, GatewayError, GatewayUnclear, gateway_named
from payments.gateway.once import once
from payments.models import MethodSetup, Payer, SavedMethod
from payments.states import OPEN_SETUPS, SetupStatus


def customer_of(payer: Payer, *, at: datetime) -> str:
    """The gateway's name for the requester, opened if it has none. Raises GatewayError,
    GatewayUnclear."""
    if payer.reference:
        return payer.reference
    payer = note_attempt(payer=payer, at=at)
    gateway = gateway_named(payer.gateway)
    order = CustomerOrder(
        idempotency_key=payer.idempotency_key,
        name=payer.name,
        requester=payer.requester.public_id,
    )
    since = payer.first_attempt_at or at
    reference = once(
        lambda: gateway.open_customer(order),
        look_up=lambda: gateway.find_customer(order, since=since),
        since=since,
        attempts=1,  # nothing was paid: what was refused is refused
        at=at,
        lease_until=at + LEASE,
    )
    return name_payer(payer=payer, reference=reference).reference


def advance_setup(*, setup_id: int, at: datetime) -> MethodSetup:
    """Take the saving of a method as far as the gateway lets it go; harmless to run twice."""
    setup = MethodSetup.objects.select_related("payer__requester").get(pk=setup_id)
    if setup.status not in OPEN_SETUPS:
        return setup
    ask_at = at + gateway_named(setup.payer.gateway).patience(at - setup.created_at)
    try:
        told = _setup_state(setup, at)
    except GatewayUnclear:
        postpone_setup(setup_id=setup_id, until=ask_at)
        return setup
    except GatewayError as error:
        told = SetupState(failure=str(error) or "The gateway refused it.")
    return record_setup(setup_id=setup_id, told=told, at=at, ask_at=ask_at)


def _setup_state(setup: MethodSetup, at: datetime) -> SetupState:
    gateway = gateway_named(setup.payer.gateway)
    if setup.status != SetupStatus.CREATED:
        return gateway.setup_state(setup.gateway_reference)
    return gateway.open_setup(
        idempotency_key=setup.idempotency_key,
        customer=customer_of(setup.payer, at=at),
        currency=settings.MANYHANDS_CURRENCY,
        return_url=settings.MANYHANDS_BASE_URL
        + reverse("money:method_setup", args=[setup.public_id]),
    )


def forget_method(*, method_id: int, at: datetime) -> None:
    """Have the gateway forget a method that was removed. Raises GatewayUnclear: tried again."""
    method = SavedMethod.objects.select_related("payer").get(pk=method_id)
    gateway_named(method.payer.gateway).forget_method(method.reference)
    note_forgotten(method_id=method_id, at=at)


def check_method(*, method_id: int, at: datetime) -> None:
    """Ask what a method is now. Raises GatewayError, GatewayUnclear."""
    method = SavedMethod.objects.select_related("payer").get(pk=method_id)
    told = gateway_named(method.payer.gateway).method_state(method.reference)
    record_method(method_id=method_id, told=told, at=at)
