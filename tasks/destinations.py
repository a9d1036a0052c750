"""Where notifications may go: queues and topics at Amazon, and https addresses."""

import re

from django.conf import settings

from marketplace import webhooks
from marketplace.errors import DomainError
from tasks.models import Transport

QUEUE = re.compile(
    r"https://(?:sqs\.(?P<region>[a-z0-9-]{5,30})\.amazonaws\.com(?:\.cn)?"
    r"|(?P<former>[a-z0-9-]{5,30})\.queue\.amazonaws\.com|queue\.amazonaws\.com)"
    r"/\d{12}/[A-Za-z0-9_-]{1,80}"
)
TOPIC = re.compile(
    r"arn:aws(?:-cn|-us-gov)?:sns:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_-]{1,256}"
)
_LOCAL_QUEUE = re.compile(r"https?://[^/\s]+/\d{12}/[A-Za-z0-9_-]{1,80}")


class InvalidDestination(DomainError):
    """Nothing can be sent there; the sentence says why."""

    code = "invalid_destination"

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            field="destination",
            turk_code="AWS.MechanicalTurk.InvalidTransportEndpoint",
        )


def transport_for(transport: str, destination: str) -> Transport:
    """How a notification reaches `destination`, `transport` being what the requester called it.

    Mechanical Turk knows no addresses: one given as SNS or SQS is ours. Raises
    InvalidDestination.
    """
    if transport == "Email":
        raise InvalidDestination(
            "Notifications by e-mail are not supported. Choose SQS with a queue's URL, SNS with "
            "a topic's ARN, or SNS with an https:// address."
        )
    if transport not in Transport.values:
        raise InvalidDestination(f"“{transport[:40]}” is no transport: choose SQS or SNS.")
    if destination.endswith(".fifo"):
        raise InvalidDestination("FIFO queues and topics are not supported: use a standard one.")
    if _is_queue(transport, destination):
        if transport == Transport.SNS:
            raise InvalidDestination(f"{destination} is a queue: its transport is SQS.")
        return Transport.SQS
    if TOPIC.fullmatch(destination) and transport == Transport.SNS:
        return Transport.SNS
    return _address(transport, destination)


def region_of(transport: str, destination: str) -> str:
    """The region that the destination names, or nothing."""
    found = (QUEUE if transport == Transport.SQS else TOPIC).fullmatch(destination)
    named = found.groupdict() if found else {}
    return named.get("region") or named.get("former") or ""


def _is_queue(transport: str, destination: str) -> bool:
    if QUEUE.fullmatch(destination):
        return True
    is_local = settings.MANYHANDS_LOCAL_WEBHOOKS and transport == Transport.SQS
    return is_local and _LOCAL_QUEUE.fullmatch(destination) is not None


def _address(transport: str, destination: str) -> Transport:
    shown = destination[:200]
    if transport != Transport.HTTPS and not re.match(r"https?://", destination, re.IGNORECASE):
        wanted = (
            "a queue's URL: https://sqs.us-east-1.amazonaws.com/123456789012/name"
            if transport == Transport.SQS
            else "a topic's ARN (arn:aws:sns:us-east-1:123456789012:name) or an https:// address"
        )
        raise InvalidDestination(f"“{shown}” can't be a destination of {transport}: give {wanted}.")
    try:
        parts = webhooks.check_url(destination)
    except webhooks.RefusedAddress as error:
        raise InvalidDestination(f"Nothing can be sent to “{shown}”. {error.message}") from error
    if (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")) and (
        transport == Transport.SQS
    ):
        raise InvalidDestination(
            f"“{shown}” is not the URL of a queue: those look like "
            "https://sqs.us-east-1.amazonaws.com/123456789012/name."
        )
    return Transport.HTTPS
