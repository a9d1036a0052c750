"""A letter to those who look after a requester's money."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from marketplace import outbox
from marketplace.accounts.models import Requester, Role


def tell_requester(
    *, requester: Requester, subject: str, text: str, key: str, at: datetime
) -> None:
    """Write to the owners and managers, once per `key`, in the transaction of its cause."""
    members = requester.memberships.filter(role__in=(Role.OWNER, Role.MANAGER))
    address = settings.MANYHANDS_BASE_URL + reverse("money:balance")
    for pk, email in members.values_list("user__pk", "user__email"):
        outbox.send(
            kind="email",
            key=f"{key}:{pk}",
            payload={
                "to": email,
                "subject": f"{requester.name}: {subject}",
                "text": f"{text}\n\n{address}\n",
            },
            at=at,
        )
