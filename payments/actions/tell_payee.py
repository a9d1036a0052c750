"""A letter to a worker about where their money went, or is to go."""

from datetime import datetime

from django.conf import settings

from marketplace import outbox
from marketplace.accounts.models import User
from payments.models import Payee


def tell_payee(
    *, payee: Payee | None, worker: str, subject: str, text: str, key: str, at: datetime
) -> None:
    """Write to the worker with this public id, once per `key`, in the transaction of its cause.

    No preference switches it off: whoever takes an account over must not be able to hide it.
    """
    page = settings.MANYHANDS_BASE_URL + (payee.return_path if payee else "")
    # Named, not imported: a person's working side is a neighbour's.
    for email in User.objects.filter(worker__public_id=worker).values_list("email", flat=True):
        outbox.send(
            kind="email",
            key=key,
            payload={
                "to": email,
                "subject": f"{settings.MANYHANDS_SITE_NAME}: {subject}",
                "text": f"{text}\n\n{page}\n",
            },
            at=at,
        )
