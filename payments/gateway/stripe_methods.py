"""Customers, saved methods and charges without the payer, at Stripe.

A method is saved on Checkout's page in setup mode, or as a deposit is paid there with
`setup_future_usage`; it is charged by a PaymentIntent that is confirmed `off_session`
(https://docs.stripe.com/payments/save-and-reuse). A card's bank may want its owner all the same
(`authentication_required`): then a Checkout page is opened for the same deposit.
"""

from datetime import datetime
from typing import Any

from payments.actions.keep_method import MethodFacts
from payments.actions.record_charge import Charge
from payments.actions.save_method import SetupState
from payments.gateway.base import (
    CustomerOrder,
    DepositOrder,
    GatewayError,
    GatewayNeedsPayer,
    GatewayUnclear,
)
from payments.gateway.stripe_client import ASKS_PAYER, asked, client, every
from payments.models.saved_method import method_words

PAGE = 100
CHARGE = "latest_charge.balance_transaction"
OVER = ("requires_payment_method", "canceled")
"""What a PaymentIntent or SetupIntent is that nothing will come of by itself."""


class StripeMethods:
    """The part of the gateway that is about what can be charged again."""

    def open_customer(self, order: CustomerOrder) -> str:
        """Filed under the order's key, which its metadata keep for ever."""
        given: Any = {
            "name": order.name,
            "metadata": {"payer": order.idempotency_key, "requester": order.requester},
        }
        options: Any = {"idempotency_key": order.idempotency_key}
        return asked(lambda: client().v1.customers.create(given, options)).id

    def find_customer(self, order: CustomerOrder, *, since: datetime) -> str | None:
        """Among those opened since: a list is up to date, Stripe's search may not be."""
        given: Any = {"created": {"gte": _second(since)}, "limit": PAGE}
        for found in every(client().v1.customers.list, given):
            if _metadata(found).get("payer") == order.idempotency_key:
                return str(found.id)
        return None

    def open_setup(
        self, *, idempotency_key: str, customer: str, currency: str, return_url: str
    ) -> SetupState:
        """Checkout in setup mode: it lasts for a day, and charges nothing."""
        given: Any = {
            "mode": "setup",
            "currency": currency.lower(),
            "customer": customer,
            "client_reference_id": idempotency_key,
            "success_url": return_url,
            "cancel_url": return_url,
        }
        options: Any = {"idempotency_key": idempotency_key}
        made = asked(lambda: client().v1.checkout.sessions.create(given, options))
        return SetupState(reference=made.id, page_url=made.url or "")

    def setup_state(self, reference: str) -> SetupState:
        """Saved once Stripe can charge it: a bank account may have to be verified first."""
        expand: Any = {"expand": ["setup_intent.payment_method"]}
        page: Any = asked(lambda: client().v1.checkout.sessions.retrieve(reference, expand))
        if page.status == "expired":
            return SetupState(failure="The page was closed before anything was saved.")
        intent = page.setup_intent
        if page.status != "complete" or intent is None:
            return SetupState(page_url=page.url or "")
        if intent.status == "succeeded":
            return SetupState(method=facts_of(intent.payment_method))
        if intent.status in OVER:
            error = intent.last_setup_error
            return SetupState(failure=(error and error.message) or "It could not be saved.")
        return SetupState(page_url=_verification(intent))

    def method_state(self, reference: str) -> MethodFacts:
        """As Stripe has it: banks renew cards."""
        return facts_of(asked(lambda: client().v1.payment_methods.retrieve(reference)))

    def forget_method(self, reference: str) -> None:
        """Detached from its customer, for ever. What is gone already is not asked for again."""
        try:
            if not self.method_state(reference).is_gone:
                asked(lambda: client().v1.payment_methods.detach(reference))
        except GatewayError:
            return  # there is no such thing, or it is no customer's

    def charge_method(self, order: DepositOrder) -> Charge:
        """A PaymentIntent, confirmed at once and without its payer."""
        given: Any = {
            "amount": order.amount_cents,
            "currency": order.currency.lower(),
            "customer": order.customer,
            "payment_method": order.method,
            "allowed_payment_method_types": [order.method_kind],
            "off_session": True,
            "confirm": True,
            "metadata": {"deposit": order.name},
            "expand": [CHARGE],
        }
        options: Any = {"idempotency_key": order.idempotency_key}
        made = asked(lambda: client().v1.payment_intents.create(given, options))
        return state_of_intent(made, name=order.name)

    def find_charge(self, order: DepositOrder, *, since: datetime) -> Charge | None:
        """Among the customer's payments, by the name that each carries. One that goes through
        counts, whatever a later try under the same name came to."""
        given: Any = {
            "customer": order.customer,
            "created": {"gte": _second(since)},
            "limit": PAGE,
            "expand": [f"data.{CHARGE}"],
        }
        made = every(client().v1.payment_intents.list, given)
        ours = [one for one in made if _metadata(one).get("deposit") == order.name]
        ours.sort(key=lambda one: one.status in OVER)
        return _tried(ours[0], order.name) if ours else None


def _tried(intent: Any, name: str) -> Charge:
    error = intent.last_payment_error
    said = error.to_dict() if error else {}  # the library's objects have only what was sent
    if ASKS_PAYER in (said.get("code"), said.get("decline_code")):
        raise GatewayNeedsPayer(said.get("message", ""))
    told = state_of_intent(intent, name=name)
    if told.failure:
        raise GatewayError(told.failure)
    return told


def find_intent(reference: str, *, name: str) -> Charge:
    """How a charge of a saved method stands now."""
    expand: Any = {"expand": [CHARGE]}
    found = asked(lambda: client().v1.payment_intents.retrieve(reference, expand))
    return state_of_intent(found, name=name)


def deposit_of_intent(reference: str) -> str:
    """The name of the deposit that a payment is for, or nothing where it is none of ours."""
    found = asked(lambda: client().v1.payment_intents.retrieve(reference))
    return str(_metadata(found).get("deposit", ""))


def state_of_intent(intent: Any, *, name: str) -> Charge:
    """Settled once Stripe has the money: a bank debit is `processing` for days."""
    if _metadata(intent).get("deposit") != name:
        raise GatewayUnclear("This is another deposit's payment.")
    if intent.status == "succeeded":
        return Charge(
            reference=intent.id,
            is_settled=True,
            amount_cents=intent.amount_received,
            payment=intent.id,
            fee_cents=fee_of(intent.latest_charge),
            paid_with=words_of(intent.latest_charge),
        )
    failure = ""
    if intent.status in OVER:
        error = intent.last_payment_error
        failure = (error and error.message) or "The payment did not go through."
    return Charge(reference=intent.id, failure=failure, fee_cents=None)


def facts_of(method: Any) -> MethodFacts:
    """A payment method in our words. Details lie under the name of its kind."""
    details = (method.to_dict().get(method.type)) or {}
    return MethodFacts(
        reference=method.id,
        kind=method.type,
        brand=details.get("brand") or details.get("bank_name") or "",
        last4=details.get("last4") or "",
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
        is_gone=not method.customer,
    )


def fee_of(charge: Any) -> int | None:
    """What Stripe keeps of a charge: written some time after the charge itself."""
    booked = charge and charge.balance_transaction
    return int(booked.fee) if booked else None


def words_of(charge: Any) -> str:
    """What paid, as people know it."""
    said = charge.payment_method_details.to_dict() if charge else {}
    details = said.get(said.get("type", "")) or {}
    brand = details.get("brand") or details.get("bank_name") or ""
    return method_words(said["type"], brand, details.get("last4") or "") if said else ""


def _verification(intent: Any) -> str:
    """Where a bank account is verified by the amounts that Stripe sends it."""
    step = intent.next_action.to_dict() if intent.next_action else {}
    return (step.get("verify_with_microdeposits") or {}).get("hosted_verification_url") or ""


def _metadata(found: Any) -> dict[str, str]:
    return dict(found.metadata.to_dict()) if found.metadata else {}


def _second(moment: datetime) -> int:
    """A minute before, since clocks differ."""
    return int(moment.timestamp()) - 60
