"""Carrying out the promises of documents: taken in turn by destination, sent by a few threads,
and each outcome written down in one transaction with the promise's own end.

A process that dies in between leaves promises that are due again when their lease is over.
"""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from marketplace import lanes, outbox
from marketplace.accounts import secrets
from marketplace.clock import Clock
from marketplace.models import OutboxMessage
from marketplace.webhooks import NotAnswered
from tasks.actions.notify import KIND
from tasks.actions.record_delivery import (
    FAILURES_ALLOWED,
    record_delivered,
    record_failure,
    record_not_sent,
)
from tasks.destinations import region_of
from tasks.gateway import amazon, webhook
from tasks.models import AmazonCredentials, Delivery, Subscription, Transport

log = structlog.get_logger()
EACH = 20
MOST = 64
THREADS = 8
LANE_SECONDS = 10
"""A destination that answers slowly gets no more than this of a round."""
RUN_FOR = timedelta(seconds=60)
TEST_ATTEMPTS = 3
SWITCHED_OFF = "Not sent: these notifications were switched off."


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """A document with all that sending it takes, so that the sender needs no database."""

    message: OutboxMessage
    delivery: Delivery
    topic: str
    secret: str
    credentials: amazon.Credentials | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one attempt went; `answer` in words."""

    parcel: Parcel
    is_delivered: bool
    answer: str


def deliver_due(*, now: Clock) -> int:
    """Send what is due, for a minute at most; how many documents arrived. Nothing where another
    process is at it."""
    sent = 0
    with lanes.alone(KIND) as is_mine:
        until = now() + RUN_FOR
        while is_mine and (taken := lanes.take(KIND, at=now(), each=EACH, most=MOST)):
            sent += _round(taken, now)
            if now() >= until:
                break
    return sent


def _round(taken: Sequence[Sequence[OutboxMessage]], now: Clock) -> int:
    parcels = [packed for lane in taken if (packed := _packed(lane, now()))]
    sent = 0
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        for parcels_of_lane, outcomes in zip(parcels, pool.map(_send_lane, parcels), strict=True):
            until = now()
            for outcome in outcomes:
                until = _record(outcome, now())
                sent += outcome.is_delivered
            lanes.put_back(
                [parcel.message for parcel in parcels_of_lane[len(outcomes) :]], until=until
            )
    return sent


def _packed(messages: Sequence[OutboxMessage], at: datetime) -> list[Parcel]:
    """The lane's parcels, addressed to where the subscription points now. What must not be sent
    is ended here."""
    deliveries = Delivery.objects.select_related(
        "requester__amazon_credentials", "subscription__hit_type"
    ).in_bulk([message.payload["delivery"] for message in messages])
    parcels = []
    for message in messages:
        delivery = deliveries.get(message.payload["delivery"])
        if delivery is None:
            outbox.give_up(message, why="The delivery is gone.", at=at)
        elif delivery.subscription and not delivery.subscription.is_active:
            with transaction.atomic():
                record_not_sent(delivery_id=delivery.pk, why=SWITCHED_OFF, at=at)
                outbox.give_up(message, why=SWITCHED_OFF, at=at)
        else:
            parcels.append(_parcel(message, delivery, at))
    return parcels


def _parcel(message: OutboxMessage, delivery: Delivery, at: datetime) -> Parcel:
    subscription = delivery.subscription
    if subscription:
        delivery.transport = subscription.transport
        delivery.destination = subscription.destination
    return Parcel(
        message=message,
        delivery=delivery,
        topic=webhook.topic_of(
            delivery.requester.public_id,
            subscription.hit_type.public_id if subscription else "test",
        ),
        secret=_secret_for(delivery),
        credentials=_credentials_for(delivery),
        at=at,
    )


def _secret_for(delivery: Delivery) -> str:
    """The subscription's; a test is signed as the requester's subscription to that address."""
    if delivery.transport != Transport.HTTPS:
        return ""
    signer = delivery.subscription or Subscription.objects.filter(
        hit_type__requester=delivery.requester,
        transport=Transport.HTTPS,
        destination=delivery.destination,
    ).order_by("-pk").first()  # fmt: skip
    return secrets.decrypt(signer.secret_encrypted) if signer and signer.secret_encrypted else ""


def _credentials_for(delivery: Delivery) -> amazon.Credentials | None:
    saved: AmazonCredentials | None = getattr(delivery.requester, "amazon_credentials", None)
    if saved is None or delivery.transport == Transport.HTTPS:
        return None
    return amazon.Credentials(
        access_key_id=saved.access_key_id,
        secret=secrets.decrypt(saved.secret_encrypted),
        region=region_of(delivery.transport, delivery.destination) or saved.region,
    )


def _send_lane(parcels: Sequence[Parcel]) -> list[Outcome]:
    """In a thread, without the database: one after the other, up to the first that fails."""
    outcomes: list[Outcome] = []
    until = time.monotonic() + LANE_SECONDS
    for parcel in parcels:
        try:
            outcomes.append(Outcome(parcel=parcel, is_delivered=True, answer=_send(parcel)))
        except NotAnswered as error:
            outcomes.append(Outcome(parcel=parcel, is_delivered=False, answer=str(error)))
            break
        except Exception as error:  # of ours, then: one parcel must not end everybody's round
            log.exception("notifications.failed", document=parcel.delivery.document_id)
            said = f"Our own mistake ({type(error).__name__}); the operator has been told."
            outcomes.append(Outcome(parcel=parcel, is_delivered=False, answer=said))
            break
        if time.monotonic() > until:
            break
    return outcomes


def _send(parcel: Parcel) -> str:
    delivery, body = parcel.delivery, json.dumps(parcel.delivery.document)
    if delivery.transport == Transport.HTTPS:
        return webhook.post(
            delivery.destination,
            document=body,
            document_id=delivery.document_id,
            topic=parcel.topic,
            secret=parcel.secret,
            at=parcel.at,
        )
    if parcel.credentials is None:
        raise NotAnswered("No Amazon credentials are saved that could reach it.")
    if delivery.transport == Transport.SQS:
        return amazon.send_to_queue(parcel.credentials, delivery.destination, body)
    return amazon.publish_to_topic(parcel.credentials, delivery.destination, body)


def _record(outcome: Outcome, at: datetime) -> datetime:
    """Write it down; when the lane may be tried again."""
    message, delivery = outcome.parcel.message, outcome.parcel.delivery
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(
            transport=delivery.transport, destination=delivery.destination
        )
        if outcome.is_delivered:
            record_delivered(delivery_id=delivery.pk, answer=outcome.answer, at=at)
            outbox.done(message, at=at)
            return at
        is_last = message.attempts >= (TEST_ATTEMPTS if delivery.is_test else FAILURES_ALLOWED)
        failures = record_failure(
            delivery_id=delivery.pk, answer=outcome.answer, is_last=is_last, at=at
        )
        if is_last or failures >= FAILURES_ALLOWED:
            outbox.give_up(message, why=outcome.answer, at=at)
        if failures >= FAILURES_ALLOWED:  # switched off: the rest is given up without a wait
            lanes.wake(KIND, message.payload["lane"], at=at)
            return at
        until: datetime = at + lanes.wait(failures)
        lanes.rest(message, until=until)
        again = max(until, at + lanes.wait(message.attempts))
        outbox.postpone(message, why=outcome.answer, until=again)
    return until
