"""A requester says where a HIT type's events are told, switches it on and off, and is given the
secret that its notifications are signed with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from marketplace import ids, lanes
from marketplace.accounts import secrets
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, NotFound
from tasks.actions.notify import KIND, lane_of
from tasks.destinations import InvalidDestination, transport_for
from tasks.models import (
    AmazonCredentials,
    EventKind,
    HITType,
    Subscription,
    Topic,
    Transport,
)

VERSIONS = ("2014-08-15", "2006-05-05")


@dataclass(frozen=True, kw_only=True, slots=True)
class Specification:
    """Where to, in which version of the document, and of which events."""

    transport: str
    destination: str
    version: str = VERSIONS[0]
    event_types: Sequence[str] = ()
    topic: Topic | None = None
    """The requester's own topic whose address the destination is."""


def checked(specification: Specification, by: Acting) -> Transport:
    """The transport that it takes. Raises InvalidInput, and InvalidDestination where nothing
    can be sent."""
    if specification.version not in VERSIONS:
        raise InvalidInput(
            f"“{specification.version[:40]}” is no version of notifications. There are "
            f"{' and '.join(VERSIONS)}.",
            field="version",
            parameter="Notification.Version",
        )
    unknown = [kind for kind in specification.event_types if kind not in EventKind.values]
    if unknown:
        raise _bad_events(f"“{unknown[0][:40]}” is no event.")
    transport = transport_for(specification.transport, specification.destination)
    is_at_amazon = transport != Transport.HTTPS
    if is_at_amazon and not AmazonCredentials.objects.filter(requester=by.requester).exists():
        raise InvalidDestination(
            f"{by.requester.name} has saved no Amazon credentials, with which {transport} could be "
            "reached. Save them under Developers, Notifications, or give an https:// address."
        )
    return transport


def set_notifications(
    *,
    by: Acting,
    hit_type_id: str,
    is_sandbox: bool,
    at: datetime,
    specification: Specification | None = None,
    is_active: bool | None = None,
) -> Subscription:
    """Replace the HIT type's specification, or switch it on or off, or both.

    Without `is_active` a new one is on, and a replaced one as it was unless failures had
    switched it off. Raises NotFound, InvalidInput, InvalidDestination.
    """
    by.require(Role.MANAGER)
    if specification is None and is_active is None:
        raise InvalidInput(
            "Give a notification specification, or say whether it is active.",
            turk_code="AWS.MissingParameters",
        )
    hit_type = HITType.objects.filter(
        public_id=hit_type_id, requester=by.requester, is_sandbox=is_sandbox
    ).first()
    if hit_type is None:
        raise NotFound(f"HIT type {hit_type_id} does not exist.", thing="hit_type")
    if specification and not specification.event_types:
        raise _bad_events("Name at least one event.")
    transport = checked(specification, by) if specification else None
    with transaction.atomic():
        subscription = _locked(hit_type, specification, at)
        if specification and transport:
            subscription.transport = transport
            subscription.destination = specification.destination
            subscription.topic = specification.topic
            subscription.version = specification.version
            subscription.event_types = list(dict.fromkeys(specification.event_types))
        was_on = subscription.is_active or subscription.disabled_at is not None
        subscription.is_active = was_on if is_active is None else is_active
        if specification or is_active:
            subscription.failures_in_a_row = 0
        subscription.disabled_at, subscription.disabled_reason = None, ""
        subscription.updated_at = at
        subscription.save()
        lanes.wake(KIND, lane_of(subscription.pk), at=at)
        trail.record(
            action="set_notifications",
            actor=by.trail,
            subject=("hit_type", hit_type.public_id),
            at=at,
            transport=subscription.transport,
            destination=subscription.destination,
            event_types=subscription.event_types,
            is_active=subscription.is_active,
        )
    return subscription


def rotate_secret(*, by: Acting, subscription_id: int, at: datetime) -> tuple[Subscription, str]:
    """A new signing secret, which is shown this once; the former one signs nothing from now on.

    Raises NotFound.
    """
    by.require(Role.MANAGER)
    secret = ids.secret("mhs")
    with transaction.atomic():
        subscription = (
            Subscription.objects.select_for_update(no_key=True, of=("self",))
            .select_related("hit_type")
            .filter(pk=subscription_id, hit_type__requester=by.requester)
            .first()
        )
        if subscription is None:
            raise NotFound("There are no such notifications.")
        subscription.secret_encrypted = secrets.encrypt(secret)
        subscription.updated_at = at
        subscription.save(update_fields=["secret_encrypted", "updated_at"])
        trail.record(
            action="rotate_notification_secret",
            actor=by.trail,
            subject=("hit_type", subscription.hit_type.public_id),
            at=at,
        )
    return subscription, secret


def _bad_events(why: str) -> InvalidInput:
    return InvalidInput(why, field="event_types", parameter="Notification.EventTypes")


def _locked(hit_type: HITType, specification: Specification | None, at: datetime) -> Subscription:
    found = Subscription.objects.select_for_update(no_key=True).filter(hit_type=hit_type)
    if specification is None and not found.exists():
        raise InvalidInput(
            f"HIT type {hit_type.public_id} has no notification specification to switch on or "
            "off. Give one in the same call."
        )
    if specification is not None:
        # Filled in by the caller, within this transaction. Of two at once one waits here.
        Subscription.objects.get_or_create(
            hit_type=hit_type,
            defaults={
                "transport": Transport.HTTPS,
                "destination": specification.destination,
                "version": specification.version,
                "event_types": [],
                "is_active": True,
                "secret_encrypted": secrets.encrypt(ids.secret("mhs")),
                "created_at": at,
                "updated_at": at,
            },
        )
    return found.get()
