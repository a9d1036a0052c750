"""Stripe's events: signed deliveries read, missed ones asked for.

A delivery is believed for its signature alone, over the raw body, by any of the secrets, and for
five minutes (docs.stripe.com/webhooks). What it says of the object is not read at all.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import stripe
from django.conf import settings

from payments.actions.receive_gateway_event import Told
from payments.gateway.stripe_client import client, page

TOLERANCE = timedelta(minutes=5)
KINDS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_method.automatically_updated",
    "payment_method.updated",
    "payment_method.detached",
    "transfer.created",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "account.updated",
    "account.application.deauthorized",
    "payout.failed",
)
"""What something follows from; others are kept out of the inbox."""
PAGE = 100
MOST_KINDS = 20
"""As many as one question may name."""


class NotFromStripe(Exception):
    """The signature is missing, wrong, or old; or what it signs is no event."""


def read_delivery(body: bytes, signature: str, *, at: datetime) -> Told | None:
    """The event in a delivery; None where nothing follows from it. Raises NotFromStripe."""
    _require_signature(body, signature, at)
    try:
        return _told(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise NotFromStripe("What is signed is no event.") from error


def _require_signature(body: bytes, signature: str, at: datetime) -> None:
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret)
            parts = [part.split("=", 1) for part in signature.split(",")]
            [time] = [value for name, value in parts if name == "t"]  # which of two was signed?
            signed_at = datetime.fromtimestamp(int(time), UTC)
        except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
            continue
        if abs(at - signed_at) <= TOLERANCE:
            return
    raise NotFromStripe("No secret of this endpoint made this signature just now.")


def _told(event: Any) -> Told | None:
    # An endpoint for connected accounts is sent test events in live mode too.
    is_ours = bool(event["livemode"]) is ("_live_" in settings.STRIPE_SECRET_KEY)
    if not is_ours or event["type"] not in KINDS:
        return None
    return Told(
        event_id=str(event["id"])[:120],
        kind=event["type"],
        object_id=str(event["data"]["object"]["id"])[:120],
        account=str(event.get("account") or "")[:120],
        happened_at=datetime.fromtimestamp(event["created"], UTC),
    )


def events_since(moment: datetime) -> Iterator[list[Told]]:
    """The marketplace's own events from `moment` on, a page at a time, those of one
    question newest first.

    Stripe keeps them for 30 days. Those of workers' accounts are not among them. Raises
    GatewayError, GatewayUnclear.
    """
    for first in range(0, len(KINDS), MOST_KINDS):
        yield from _events_of(KINDS[first : first + MOST_KINDS], moment)


def _events_of(kinds: Sequence[str], moment: datetime) -> Iterator[list[Told]]:
    given: Any = {"created": {"gte": int(moment.timestamp())}, "types": [*kinds], "limit": PAGE}
    while True:
        found = page(partial(client().v1.events.list, given))
        yield [told for event in found.data if (told := _told(event.to_dict())) is not None]
        if not found.has_more:
            return
        given = {**given, "starting_after": found.data[-1].id}
