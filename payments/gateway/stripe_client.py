"""The connection to Stripe, and what its errors mean for money.

Only this folder knows the library. Its own repetitions are off: what to repeat, when, and under
which key is decided by the rows that hold the intents.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any, TypeVar

import stripe
import structlog
from django.conf import settings

from payments.gateway.base import GatewayError, GatewayLater, GatewayNeedsPayer, GatewayUnclear

CONNECT_SECONDS, ANSWER_SECONDS = 5, 30
"""Together no more than payments.gateway.once.LONGEST_CALL."""
ASKS_PAYER = "authentication_required"
"""A card's bank wants its owner's word before it pays."""
PAUSES = (1, 2, 4)
"""Seconds before a page is asked for again."""
Answer = TypeVar("Answer")
log = structlog.get_logger()
stripe.enable_telemetry = False


def client() -> stripe.StripeClient:
    """Stripe, by the settings as they are now."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(secret_key: str, api_base: str) -> stripe.StripeClient:
    timeout = (CONNECT_SECONDS, ANSWER_SECONDS)
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base} if api_base else {},
        http_client=stripe.RequestsClient(timeout=timeout),  # type: ignore[arg-type]
        max_network_retries=0,
    )


def asked(call: Callable[[], Answer]) -> Answer:
    """What the call returns. Raises GatewayError, GatewayUnclear or one of their kinds, by what
    Stripe's answer says about money that may have moved."""
    try:
        return call()
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # The library fills `code` for some errors only; the answer's own always has it.
        if error.error and error.error.code == "account_invalid":  # a worker's, not our key
            raise GatewayError(_words(error)) from error
        # Our key, not this order: it will do once the operator has put it right.
        log.error("stripe.key_refused", error=str(error))
        raise GatewayUnclear("Stripe does not accept the operator's key.") from error
    except (stripe.RateLimitError, stripe.IdempotencyError) as error:
        # The key was used with other parameters: something is wrong, and money may have moved.
        raise GatewayUnclear(_words(error)) from error
    except stripe.CardError as error:
        decline = error.error.decline_code if error.error else None
        if ASKS_PAYER in (error.code, decline):
            raise GatewayNeedsPayer(_words(error)) from error
        raise GatewayError(_words(error)) from error
    except stripe.InvalidRequestError as error:
        if error.code == "balance_insufficient":
            raise GatewayLater("The marketplace's balance at Stripe is too low now.") from error
        raise GatewayError(_words(error)) from error
    except stripe.StripeError as error:
        # No connection, 409, 5xx, an answer that can't be read: it may have been carried out.
        raise GatewayUnclear(_words(error)) from error


def page(call: Callable[[], Answer]) -> Answer:
    """What `asked` gives, for one page of many: asked for a few times, since that changes nothing
    at Stripe, and a long reading would hardly ever come to its end without."""
    for seconds in PAUSES:
        with suppress(GatewayUnclear):
            return asked(call)
        time.sleep(seconds)
    return asked(call)


def every(ask: Callable[[Any], Any], given: dict[str, Any]) -> Iterator[Any]:
    """All of a list, page after page. Raises GatewayUnclear, also where Stripe refuses to tell:
    that is no word about what was done."""
    while True:
        try:
            found = asked(partial(ask, given))
        except GatewayError as error:
            raise GatewayUnclear(str(error)) from error
        yield from found.data
        if not found.has_more:
            return
        given = {**given, "starting_after": found.data[-1].id}


def _words(error: stripe.StripeError) -> str:
    return (error.user_message or str(error))[:300]
