"""Sending e-mail that an action promised through the outbox."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from marketplace.outbox import delivers


@delivers("email")
def deliver_email(payload: Mapping[str, Any]) -> None:
    """Send one message; payload {to, subject, text} and, of its own, {headers}.

    Raises what the mail server raises."""
    subject = " ".join(str(payload["subject"]).split())  # a line break would start a header
    EmailMessage(
        subject=subject,
        body=payload["text"],
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[payload["to"]],
        headers=payload.get("headers"),
    ).send(fail_silently=False)
