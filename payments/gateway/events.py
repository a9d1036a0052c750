"""What follows from a gateway's event: the object is fetched anew, and what it is now recorded.

So an event that comes twice, late, or before an earlier one changes nothing that the last word
of the gateway doesn't say. Fetching happens outside of any transaction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from marketplace import clock
from payments.actions.advance_poll import advance_poll
from payments.actions.advance_refund import finish_refund
from payments.actions.confirm_transfer import confirm_transfer
from payments.actions.receive_gateway_event import (
    finish_gateway_event,
    note_problem,
    receive_gateway_events,
    take_gateway_event,
)
from payments.actions.record_dispute import record_dispute
from payments.gateway import GatewayError, GatewayUnclear
from payments.gateway.customers import advance_setup, check_method
from payments.gateway.deposits import settle_deposit
from payments.gateway.onboarding import check_payee, hear_of_bank_payout
from payments.gateway.stripe_disputes import find_dispute, find_refund_by_id
from payments.gateway.stripe_events import events_since
from payments.gateway.stripe_gateway import find_transfer
from payments.gateway.stripe_methods import deposit_of_intent
from payments.models import (
    Deposit,
    GatewayEvent,
    GatewayPoll,
    MethodSetup,
    Payee,
    Payout,
    Refund,
    SavedMethod,
)
from payments.states import OutStatus

OVERLAP = timedelta(hours=2)
KEPT = timedelta(days=30)


def process_event(*, event_id: int, at: datetime) -> GatewayEvent | None:
    """Do what follows from one event. None where somebody else does, or it isn't due."""
    event = take_gateway_event(event_id=event_id, at=at)
    if event is None:
        return None
    try:
        problem = _EFFECTS[event.kind](event, at)
    except GatewayUnclear as error:
        note_problem(event=event, problem=str(error))
        return event
    except GatewayError as error:
        problem = str(error) or "The gateway does not show it."
    finish_gateway_event(event=event, at=at, problem=problem)
    return event


def poll_events(*, at: datetime) -> int:
    """Ask for what may not have been delivered since the last time; how many were new.

    Where asking breaks off, the next time starts where this one did.
    """
    kept = GatewayPoll.objects.filter(gateway="stripe").first()
    since = kept.asked_at - OVERLAP if kept else at - KEPT
    found = 0
    for told in events_since(max(since, at - KEPT)):
        found += receive_gateway_events(told, gateway="stripe", at=at, was_polled=True)
    advance_poll(gateway="stripe", at=at)
    return found


def _page(event: GatewayEvent, at: datetime) -> str:
    """A page of the gateway's, on which somebody paid, or saved a method."""
    deposits = Deposit.objects.filter(gateway=event.gateway, gateway_reference=event.object_id)
    for pk in deposits.values_list("pk", flat=True):
        settle_deposit(deposit_id=pk, at=at)
    setups = MethodSetup.objects.filter(
        payer__gateway=event.gateway, gateway_reference=event.object_id
    )
    for pk in setups.values_list("pk", flat=True):
        advance_setup(setup_id=pk, at=at)
    return ""


def _payment(event: GatewayEvent, at: datetime) -> str:
    """Found by the name that it carries: the answer that would have told its own may be lost."""
    try:
        public_id = UUID(deposit_of_intent(event.object_id).removeprefix("deposit_"))
    except ValueError:
        return ""  # a payment that is none of ours
    known = Deposit.objects.filter(gateway=event.gateway, public_id=public_id)
    for pk in known.values_list("pk", flat=True):
        settle_deposit(deposit_id=pk, at=at)
    return ""


def _method(event: GatewayEvent, at: datetime) -> str:
    known = SavedMethod.objects.filter(
        payer__gateway=event.gateway, reference=event.object_id, forgotten_at=None
    )
    for pk in known.values_list("pk", flat=True):
        check_method(method_id=pk, at=at)
    return ""


def _transfer(event: GatewayEvent, at: datetime) -> str:
    """Each payout of a batch brings one: asking about what has told its name already would take
    from the calls by which the others are sent."""
    known = Payout.objects.filter(gateway=event.gateway, gateway_reference=event.object_id)
    if known.filter(status=OutStatus.SENT).exists():
        return ""
    sent = find_transfer(event.object_id)
    return confirm_transfer(gateway=event.gateway, sent=sent, at=clock.now())


def _payee(event: GatewayEvent, at: datetime) -> str:
    for pk in _payees(event):
        check_payee(payee_id=pk, at=at)
    return ""


def _bank_payout(event: GatewayEvent, at: datetime) -> str:
    """Of a worker's account: the operator's own are lines of the books."""
    for pk in _payees(event):
        hear_of_bank_payout(payee_id=pk, bank_payout=event.object_id, at=at)
    return ""


def _payees(event: GatewayEvent) -> list[int]:
    known = Payee.objects.filter(gateway=event.gateway, reference=event.account)
    return list(known.exclude(reference="").values_list("pk", flat=True))


def _refund(event: GatewayEvent, at: datetime) -> str:
    public_id, reference, failure = find_refund_by_id(event.object_id)
    ours = Refund.objects.filter(deposit__gateway=event.gateway)
    refund = ours.filter(public_id=public_id).first() if public_id else None
    if refund is None:
        return f"refund {reference} was not asked for here"
    finish_refund(refund=refund, at=clock.now(), reference=reference, failure=failure)
    return ""


def _dispute(event: GatewayEvent, at: datetime) -> str:
    said = find_dispute(event.object_id)
    return record_dispute(gateway=event.gateway, said=said, at=clock.now())


_EFFECTS: dict[str, Callable[[GatewayEvent, datetime], str]] = {
    "checkout.session.completed": _page,
    "checkout.session.expired": _page,
    "checkout.session.async_payment_succeeded": _page,
    "checkout.session.async_payment_failed": _page,
    "payment_intent.succeeded": _payment,
    "payment_intent.payment_failed": _payment,
    "payment_method.automatically_updated": _method,
    "payment_method.updated": _method,
    "payment_method.detached": _method,
    "transfer.created": _transfer,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.closed": _dispute,
    "account.updated": _payee,
    "account.application.deauthorized": _payee,
    "payout.failed": _bank_payout,
}
