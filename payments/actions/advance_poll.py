"""How far a gateway's events have been asked for."""

from datetime import datetime

from payments.models import GatewayPoll


def advance_poll(*, gateway: str, at: datetime) -> None:
    """Everything up to `at` has been asked for, and kept."""
    GatewayPoll.objects.update_or_create(gateway=gateway, defaults={"asked_at": at})
