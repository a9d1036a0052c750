"""One payout's way through the gateway: exactly one transfer, whatever dies when.

The gateway is called between two short transactions, never inside one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from marketplace import clock
from payments.actions.advance_payout import finish_payout, take_payout
from payments.actions.leave_open import leave_open
from payments.gateway import (
    GatewayError,
    GatewayLater,
    GatewayUnclear,
    PayoutOrder,
    gateway_named,
)
from payments.gateway.onboarding import check_payee
from payments.gateway.once import once
from payments.models import Payee, Payout
from payments.queries import sendable_payouts
from payments.states import OutStatus

KNOWN_FOR = timedelta(hours=1)


def send_payout(
    *, payout_id: int, at: datetime, turn: Callable[[], None] = lambda: None
) -> Payout | None:
    """Take one payout as far as it goes now. None where somebody else holds it, it isn't due, or
    its payee can't be paid now. Before each question that goes before (about its payee, or whether
    an earlier attempt has paid) `turn` is called, and returns when one more call may be made."""
    try:
        _ask_about_payee(payout_id, at, turn)
    except GatewayUnclear:
        return None  # it stays as it is until the next turn
    payout = take_payout(payout_id=payout_id, at=at)
    if payout is None:
        return None
    try:
        reference = _sent_reference(payout, at, turn)
    except GatewayUnclear as error:
        is_used_up = isinstance(error, GatewayLater)
        return leave_open(row=payout, why=str(error), at=at, is_key_used_up=is_used_up)
    except GatewayError as error:
        return finish_payout(
            payout=payout, at=clock.now(), failure=str(error) or "The gateway refused it."
        )
    return finish_payout(payout=payout, at=clock.now(), reference=reference)


def _ask_about_payee(payout_id: int, at: datetime, turn: Callable[[], None]) -> None:
    """The event that told of another bank account may be lost: before a payout is sent for the
    first time, what is known of its payee is no older than an hour. Raises GatewayUnclear."""
    held = sendable_payouts(at=at).filter(pk=payout_id, status=OutStatus.HELD)
    for payout in held.exclude(gateway="play"):
        payees = Payee.objects.filter(holder=payout.worker, gateway=payout.gateway)
        is_old = Q(checked_at=None) | Q(checked_at__lt=at - KNOWN_FOR)
        for payee in payees.filter(is_old).exclude(reference=""):
            turn()
            check_payee(payee_id=payee.pk, at=at)


def _sent_reference(payout: Payout, at: datetime, turn: Callable[[], None]) -> str:
    gateway = gateway_named(payout.gateway)

    def look_up() -> str | None:
        turn()
        return gateway.find_payout(payout.transfer_group)

    return once(
        lambda: gateway.send_payout(_order(payout)),
        look_up=look_up,
        since=payout.first_attempt_at,
        attempts=payout.attempts,
        at=at,
        lease_until=payout.lease_until,
    )


def _order(payout: Payout) -> PayoutOrder:
    return PayoutOrder(
        idempotency_key=payout.idempotency_key,
        transfer_group=payout.transfer_group,
        destination=payout.destination,
        amount_cents=payout.amount_cents,
        currency=payout.currency,
    )
