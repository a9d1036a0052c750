"""A HIT type's notification settings, and test events."""

from collections.abc import Mapping
from typing import Any

from marketplace.accounts.acting import Acting
from marketplace.hurry import hurry
from mturk.operation import Call, operation
from tasks.actions.notify import send_test_event
from tasks.actions.subscribe import Specification, checked, set_notifications
from tasks.destinations import InvalidDestination
from tasks.models.topic import ARN
from tasks.queries.notifications import topics_by_arn


@operation("UpdateNotificationSettings", mutates=True)
def update_notification_settings(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    """Set where and of what a HIT type's notifications tell, and whether they do."""
    wanted = given.get("Notification")
    set_notifications(
        by=call.by,
        hit_type_id=given["HITTypeId"],
        is_sandbox=call.is_sandbox,
        specification=_specification(wanted, call.by) if wanted is not None else None,
        is_active=given.get("Active"),
        at=call.at,
    )
    return {}


@operation("SendTestEventNotification", mutates=True)
def send_test_event_notification(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    """Send one event that never happened, whatever events the specification names."""
    specification = _specification(given["Notification"], call.by)
    send_test_event(
        by=call.by,
        transport=checked(specification, call.by),
        destination=specification.destination,
        version=specification.version,
        kind=given["TestEventType"],
        at=call.at,
    )
    hurry("tasks.send_notifications")
    return {}


def _specification(given: Mapping[str, Any], by: Acting) -> Specification:
    """What was asked for; one of our own topics stands for its address."""
    destination = given["Destination"]
    topic = (
        topics_by_arn(by.requester, destination).first() if destination.startswith(ARN) else None
    )
    if topic is not None and not topic.address:
        raise InvalidDestination(
            f"The topic {topic.name} has no subscription, so nobody would be told. Subscribe an "
            "https:// address to it first."
        )
    return Specification(
        transport=given["Transport"],
        destination=topic.address if topic else destination,
        version=given["Version"],
        event_types=given["EventTypes"],
        topic=topic,
    )
