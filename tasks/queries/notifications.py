"""Subscriptions, what went out for them, and what is in a document of events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from marketplace.accounts.models import Requester
from tasks.models import AmazonCredentials, Delivery, HITType, Subscription, Topic
from tasks.models.topic import ARN

# What a test says in place of real ids: shaped like them, and of nothing that exists.
_TEST_ID = "3TEST" + "0" * 25


def subscriptions_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[Subscription]:
    """A requester's notification settings on one side, each with how its latest document fared:
    `last_answer`, `last_delivered_at`, `last_gave_up_at`, `last_sent_id`."""
    latest = Delivery.objects.filter(subscription=OuterRef("pk")).order_by("-pk")
    return Subscription.objects.filter(
        hit_type__requester=requester, hit_type__is_sandbox=is_sandbox
    ).select_related("hit_type").annotate(
        last_sent_id=Subquery(latest.values("pk")[:1]),
        last_answer=Subquery(latest.values("answer")[:1]),
        last_delivered_at=Subquery(latest.values("delivered_at")[:1]),
        last_gave_up_at=Subquery(latest.values("gave_up_at")[:1]),
    )  # fmt: skip


def hit_types_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[HITType]:
    """The types that notifications can be set for, newest first."""
    return HITType.objects.filter(requester=requester, is_sandbox=is_sandbox).order_by("-pk")


def deliveries_of(requester: Requester) -> QuerySet[Delivery]:
    """The delivery log: sort it by -pk."""
    return Delivery.objects.filter(requester=requester).select_related("subscription__hit_type")


def topics_of(requester: Requester) -> QuerySet[Topic]:
    """The requester's own topics."""
    return Topic.objects.filter(requester=requester).select_related("requester")


def topics_by_arn(requester: Requester, arn: str) -> QuerySet[Topic]:
    """The one of the requester's topics that this is the name of, or none."""
    own, name = f"{ARN}{requester.public_id}:", arn.rpartition(":")[2]
    return topics_of(requester).filter(name=name) if arn == own + name else Topic.objects.none()


def credentials_of(requester: Requester) -> AmazonCredentials | None:
    """The requester's own credentials at Amazon."""
    return AmazonCredentials.objects.filter(requester=requester).first()


def document(
    *, version: str, document_id: str, requester: Requester, events: Iterable[dict[str, str]]
) -> dict[str, Any]:
    """What is sent, member by member as Mechanical Turk's documentation has it."""
    return {
        "EventDocVersion": version,
        "EventDocId": document_id,
        "CustomerId": requester.public_id,
        "Events": list(events),
    }


def event(
    *, kind: str, at: datetime, hit_type_id: str, hit_id: str, assignment_id: str = ""
) -> dict[str, str]:
    """One event within a document; ids as the API shows them."""
    members = {
        "EventType": kind,
        "EventTimestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "HITTypeId": hit_type_id,
        "HITId": hit_id,
    }
    return members | ({"AssignmentId": assignment_id} if assignment_id else {})


def test_event(*, kind: str, at: datetime) -> dict[str, str]:
    """An event that never happened."""
    is_of_work = kind.startswith("Assignment")
    return event(
        kind=kind, at=at, hit_type_id=_TEST_ID, hit_id=_TEST_ID,
        assignment_id=_TEST_ID if is_of_work else "",
    )  # fmt: skip
