"""Stripe behind the marketplace's gateway: Checkout for deposits, Connect transfers for payouts.

Separate charges and transfers: requesters pay the marketplace's own account, and it transfers to
workers' accounts. Stripe keeps an idempotency key for 24 hours, errors included, and repeats its
answer (docs.stripe.com/api/idempotent_requests). https://docs.stripe.com/connect
"""

from datetime import datetime, timedelta
from typing import Any

from payments.actions.confirm_transfer import Sent
from payments.actions.keep_method import MethodFacts
from payments.actions.record_charge import Charge
from payments.gateway import stripe_books
from payments.gateway.base import (
    BooksPage,
    DepositOrder,
    GatewayUnclear,
    PayoutOrder,
    RefundOrder,
)
from payments.gateway.stripe_client import asked, client, every
from payments.gateway.stripe_disputes import is_waiting, refund_reference
from payments.gateway.stripe_methods import (
    CHARGE,
    OVER,
    StripeMethods,
    facts_of,
    fee_of,
    find_intent,
    words_of,
)

SOONEST, LATEST = timedelta(seconds=10), timedelta(hours=1)


class StripeGateway(StripeMethods):
    """Real money, with the keys in the settings."""

    name = "stripe"

    def charge(self, order: DepositOrder) -> Charge:
        """Open a Checkout page, which lasts for a day."""
        item = {
            "price_data": {
                "currency": order.currency.lower(),
                "unit_amount": order.amount_cents,
                "product_data": {"name": "Deposit"},
            },
            "quantity": 1,
        }
        payment: Any = {"metadata": {"deposit": order.name}}
        given: Any = {
            "mode": "payment",
            "line_items": [item],
            "client_reference_id": order.name,
            "metadata": {"deposit": order.name},
            "payment_intent_data": payment,
            "adaptive_pricing": {"enabled": False},
            "success_url": order.return_url,
            "cancel_url": order.return_url,
        }
        if order.customer:
            given["customer"] = order.customer
        if order.saves:
            payment["setup_future_usage"] = "off_session"
        options: Any = {"idempotency_key": order.idempotency_key}
        made = asked(lambda: client().v1.checkout.sessions.create(given, options))
        return Charge(reference=made.id, pay_url=made.url or "")

    def charge_state(self, *, reference: str, idempotency_key: str) -> Charge:
        """Settled once Stripe has the money: a bank debit takes days after the page is left."""
        if reference.startswith("pi_"):
            return find_intent(reference, name=idempotency_key)
        expand: Any = {"expand": [f"payment_intent.{CHARGE}", "payment_intent.payment_method"]}
        page: Any = asked(lambda: client().v1.checkout.sessions.retrieve(reference, expand))
        if page.client_reference_id != idempotency_key:
            raise GatewayUnclear("This is another deposit's page.")
        if page.payment_status == "paid":
            intent = page.payment_intent
            return Charge(
                reference=reference,
                is_settled=True,
                amount_cents=page.amount_total,
                payment=intent.id,
                fee_cents=fee_of(intent.latest_charge),
                paid_with=words_of(intent.latest_charge),
                method=_saved(intent),
            )
        return Charge(reference=reference, pay_url=page.url or "", failure=_failure(page))

    def patience(self, age: timedelta) -> timedelta:
        """Events tell what happened; asking is for those that got lost."""
        return min(LATEST, max(SOONEST, age / 5))

    def send_payout(self, order: PayoutOrder) -> str:
        """One transfer to the worker's account."""
        given: Any = {
            "amount": order.amount_cents,
            "currency": order.currency.lower(),
            "destination": order.destination,
            "transfer_group": order.transfer_group,
            "metadata": {"payout": order.transfer_group},
        }
        options: Any = {"idempotency_key": order.idempotency_key}
        return asked(lambda: client().v1.transfers.create(given, options)).id

    def find_payout(self, transfer_group: str) -> str | None:
        """By the group that each payout's transfer is filed under; Stripe never forgets it."""
        given: Any = {"transfer_group": transfer_group, "limit": 1}
        found = next(every(client().v1.transfers.list, given), None)
        return found.id if found else None

    def send_refund(self, order: RefundOrder) -> str:
        """To the card or the bank account that paid."""
        given: Any = {
            "payment_intent": order.payment,
            "amount": order.amount_cents,
            "reason": "requested_by_customer",
            "metadata": {"refund": order.name},
        }
        options: Any = {"idempotency_key": order.idempotency_key}
        made = asked(lambda: client().v1.refunds.create(given, options))
        # The same key repeats the first answer: what became of one that waits is looked up.
        found = self.find_refund(order) if is_waiting(made) else None
        return found or refund_reference(made)

    def find_refund(self, order: RefundOrder) -> str | None:
        """Among the payment's refunds, by the name that each carries."""
        given: Any = {"payment_intent": order.payment, "limit": 100}
        for found in every(client().v1.refunds.list, given):
            if found.metadata and found.metadata.to_dict().get("refund") == order.name:
                return refund_reference(found)
        return None

    def books_page(self, *, since: datetime, after: str) -> BooksPage:
        """Balance transactions."""
        return stripe_books.books_page(since=since, after=after)

    def funds(self) -> dict[str, tuple[int, int]]:
        """The balance of the marketplace's own account."""
        return stripe_books.funds()


def find_transfer(reference: str) -> Sent:
    """A transfer as Stripe has it now. Raises GatewayError, GatewayUnclear."""
    found: Any = asked(lambda: client().v1.transfers.retrieve(reference))
    return Sent(
        reference=found.id,
        transfer_group=found.transfer_group or "",
        destination=found.destination,
        amount_cents=found.amount,
        currency=found.currency.upper(),
    )


def _saved(intent: Any) -> MethodFacts | None:
    """What paid, where it stays the customer's."""
    method = intent.payment_method
    return facts_of(method) if method and method.customer and intent.setup_future_usage else None


def _failure(page: Any) -> str:
    """Why nothing will come of it any more, or nothing while something may."""
    if page.status == "expired":
        return "The payment page was closed before anything was paid."
    intent = page.payment_intent
    if page.status == "complete" and intent.status in OVER:
        error = intent.last_payment_error
        return (error and error.message) or "The payment did not go through."
    return ""
