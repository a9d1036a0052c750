"""What an operator checks at Stripe itself before relying on it, each as a question and its answer.

The stand-in that the tests use was written from Stripe's documentation: it can't show how Stripe
behaves. These checks ask Stripe, and leave little behind: pages that they open are closed, an
account is deleted, and the one transfer is reversed. A test payment that was given back stays in
the test books, and Stripe's fee of it.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from django.conf import settings

from marketplace import clock
from marketplace.money import show
from payments.gateway import stripe_books, stripe_events
from payments.gateway.base import GatewayError, GatewayUnclear
from payments.gateway.stripe_client import client
from payments.gateway.stripe_events import KINDS
from payments.models import Payee

WEBHOOK_PATH = "/money/webhooks/stripe/"


class Trouble(Exception):
    """A check that failed: what to do about it."""


class NotChecked(Exception):
    """A check that could not be made: why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One check: its question, `passed`, `failed` or `skipped`, and what was seen or is to do."""

    question: str
    verdict: str
    words: str


def outcomes() -> Iterator[Outcome]:
    """Each check's outcome, as it is found. A check that breaks does not keep the others."""
    for question, check in CHECKS.items():
        try:
            yield Outcome(question=question, verdict="passed", words=check())
        except NotChecked as why:
            yield Outcome(question=question, verdict="skipped", words=str(why))
        except Trouble as trouble:
            yield Outcome(question=question, verdict="failed", words=str(trouble))
        except stripe.StripeError as error:
            words = f"Stripe answered: {error.user_message or error}"
            yield Outcome(question=question, verdict="failed", words=words)


def is_live() -> bool:
    """Whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def _account() -> str:
    account: Any = client().v1.accounts.retrieve_current()
    currency = (account.default_currency or "").upper()
    if currency != settings.MANYHANDS_CURRENCY:
        raise Trouble(
            f"The account's currency is {currency}, MANYHANDS_CURRENCY is "
            f"{settings.MANYHANDS_CURRENCY}: transfers to workers need the same."
        )
    if not account.charges_enabled:
        raise Trouble("The account can't take payments yet: finish its activation at Stripe.")
    return f"{account.id}, {currency}, {'live' if is_live() else 'test'} key"


def _schedule() -> str:
    account: Any = client().v1.accounts.retrieve_current()
    interval = account.settings.payouts.schedule.interval
    if interval != "manual":
        raise Trouble(
            f"Stripe pays its balance out to your bank by itself ({interval}), requesters' money "
            "included: set payouts to manual in its dashboard."
        )
    return "payouts to your bank are manual"


def _webhooks() -> str:
    address = settings.MANYHANDS_BASE_URL + WEBHOOK_PATH
    given: Any = {"limit": 100}
    found = [
        e
        for e in client().v1.webhook_endpoints.list(given).data
        if e.url == address and e.status == "enabled"
    ]
    if not found:
        raise Trouble(f"No enabled endpoint leads to {address}. Make two; see docs/operate.md.")
    heard = {kind for endpoint in found for kind in endpoint.enabled_events}
    if len(found) == 1:
        raise Trouble(
            f"One endpoint leads to {address}. It takes two: one for your own account's events, "
            "one for those of connected accounts; see docs/operate.md."
        )
    missing = [] if "*" in heard else sorted(set(KINDS) - heard)
    if missing:
        raise Trouble(f"These events are not sent to it: {', '.join(missing)}.")
    if len(settings.STRIPE_WEBHOOK_SECRETS) < len(found):
        raise Trouble(
            f"{len(found)} endpoints lead here, and STRIPE_WEBHOOK_SECRETS has "
            f"{len(settings.STRIPE_WEBHOOK_SECRETS)}: each has a secret of its own."
        )
    return f"{len(found)} endpoints, every event that something follows from"


def _checkout() -> str:
    page = _page(_key(), 100)
    try:
        if not (page.url or "").startswith("https://"):
            raise Trouble("Stripe opened a page without an address.")
    finally:
        client().v1.checkout.sessions.expire(page.id)
    return f"{page.id} was opened and closed"


def _saving() -> str:
    customer = client().v1.customers.create({"name": "Check, not a customer"})
    given: Any = {
        "mode": "setup",
        "currency": settings.MANYHANDS_CURRENCY.lower(),
        "customer": customer.id,
        "success_url": settings.MANYHANDS_BASE_URL,
    }
    try:
        page = client().v1.checkout.sessions.create(given)
        client().v1.checkout.sessions.expire(page.id)
    finally:
        client().v1.customers.delete(customer.id)
    return f"{page.id} was opened and closed"


@contextmanager
def _test_card() -> Iterator[dict[str, Any]]:
    """A charge of a card of Stripe's own, saved for a customer that is gone afterwards."""
    if is_live():
        raise NotChecked("Only test keys have a card to try this with.")
    customer = client().v1.customers.create({"name": "Check, not a customer"})
    try:
        card = client().v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        yield {
            "amount": 100,
            "currency": settings.MANYHANDS_CURRENCY.lower(),
            "customer": customer.id,
            "payment_method": card.id,
            "allowed_payment_method_types": ["card"],
            "off_session": True,
            "confirm": True,
            "metadata": {"check": _key()},
        }
    finally:
        client().v1.customers.delete(customer.id)


def _saved_card() -> str:
    """The charge is only reserved, and let go."""
    with _test_card() as charge:
        reserved: Any = {**charge, "capture_method": "manual"}
        made = client().v1.payment_intents.create(reserved)
        client().v1.payment_intents.cancel(made.id)
        look_up: Any = {"customer": charge["customer"]}
        found = client().v1.payment_intents.list(look_up).data
    if [one.id for one in found] != [made.id]:
        raise Trouble("The charge isn't found by its customer: a lost answer can't be made up.")
    return "a saved card was charged without its owner, found by its customer, and let go"


def _refund() -> str:
    """Of a payment of its own; Stripe keeps a fee of test money."""
    with _test_card() as charge:
        given: Any = charge
        paid = client().v1.payment_intents.create(given)
        back: Any = {"payment_intent": paid.id, "metadata": charge["metadata"]}
        options: Any = {"idempotency_key": charge["metadata"]["check"]}
        made = [client().v1.refunds.create(back, options).id for _ in range(2)]
        look_up: Any = {"payment_intent": paid.id}
        found = [one.id for one in client().v1.refunds.list(look_up).data]
    if found * 2 != made:
        raise Trouble("The refund isn't found by its payment, or was made twice.")
    return f"{paid.id} was given back once, and its refund found by the payment"


def _same_key() -> str:
    key = _key()
    first, second = _page(key, 100), _page(key, 100)
    client().v1.checkout.sessions.expire(first.id)
    if first.id != second.id:
        raise Trouble("One key opened two pages: a call that is repeated would happen twice.")
    return "one key, asked twice, is one page"


def _other_parameters() -> str:
    key = _key()
    first = _page(key, 100)
    try:
        other = _page(key, 200)
    except stripe.IdempotencyError:
        return "a key with other parameters is refused"
    finally:
        client().v1.checkout.sessions.expire(first.id)
    raise Trouble(f"A key with other parameters was taken: {other.id}.")


def _connect() -> str:
    given: Any = {
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
        },
        "capabilities": {"transfers": {"requested": True}},
    }
    account = client().v1.accounts.create(given)
    try:
        back = settings.MANYHANDS_BASE_URL
        link: Any = {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": back,
            "refresh_url": back,
        }
        client().v1.account_links.create(link)
    finally:
        client().v1.accounts.delete(account.id)
    return "an Express account was opened, led to, and deleted"


def _transfer() -> str:
    payee = Payee.objects.filter(gateway="stripe", is_ready=True, is_duplicate=False).first()
    if payee is None:
        raise NotChecked("Nobody has set up payouts yet: do it as a worker, then check again.")
    group = _key()
    given: Any = {
        "amount": 1,
        "currency": settings.MANYHANDS_CURRENCY.lower(),
        "destination": payee.reference,
        "transfer_group": group,
        "metadata": {"check": group},
    }
    try:
        made = client().v1.transfers.create(given, {"idempotency_key": group})
    except stripe.InvalidRequestError as error:
        if error.code == "balance_insufficient":
            raise NotChecked("Nothing is available at Stripe: top up, then check again.") from None
        raise
    undo: Any = {"metadata": {"check": group}}
    client().v1.transfers.reversals.create(made.id, undo)
    look_up: Any = {"transfer_group": group}
    found = client().v1.transfers.list(look_up).data
    if [one.id for one in found] != [made.id]:
        raise Trouble("The transfer isn't found by its group: a lost answer could not be made up.")
    return f"0.01 went to {payee.reference}, was found by its group, and was taken back"


def _books() -> str:
    try:
        page = stripe_books.books_page(since=datetime(2000, 1, 1, tzinfo=UTC), after="")
        held = stripe_books.funds()
    except (GatewayError, GatewayUnclear) as error:
        raise Trouble(f"Reconciliation needs them. Stripe answered: {error}") from error
    currency = settings.MANYHANDS_CURRENCY
    available, pending = held.get(currency, (0, 0))
    return f"{show(available, currency)} available and {show(pending, currency)} pending; " + (
        f"the latest line is {page.lines[0].reference}" if page.lines else "no lines yet"
    )


def _events() -> str:
    try:
        pages = [*stripe_events.events_since(clock.now() - timedelta(hours=2))]
    except (GatewayError, GatewayUnclear) as error:
        raise Trouble(f"The hourly question for them fails. Stripe answered: {error}") from error
    return f"{sum(map(len, pages))} in the last two hours"


def _page(key: str, cents: int) -> Any:
    given: Any = {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": settings.MANYHANDS_CURRENCY.lower(),
                    "unit_amount": cents,
                    "product_data": {"name": "Check, not to be paid"},
                },
                "quantity": 1,
            }
        ],
        "success_url": settings.MANYHANDS_BASE_URL,
    }
    options: Any = {"idempotency_key": key}
    return client().v1.checkout.sessions.create(given, options)


def _key() -> str:
    return f"{stripe_books.CHECK}{secrets.token_hex(12)}"


CHECKS: dict[str, Callable[[], str]] = {
    "Is the key right, and the account ready to take payments?": _account,
    "Does Stripe leave the balance where it is?": _schedule,
    "Do events find their way here?": _webhooks,
    "Does Checkout open a page for a deposit?": _checkout,
    "Does Checkout open a page to save a card or bank account?": _saving,
    "Is a saved card charged without its owner?": _saved_card,
    "Is a call that is repeated done once?": _same_key,
    "Is a key refused for something else?": _other_parameters,
    "Is Connect on, with Express accounts?": _connect,
    "Does a transfer reach a worker's account?": _transfer,
    "Can the balance and its transactions be read?": _books,
    "Can missed events be asked for?": _events,
    "Is a payment given back once?": _refund,
}
