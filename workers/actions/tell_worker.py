"""Telling a worker something by e-mail, once."""

from datetime import datetime

from marketplace import outbox
from workers.models import Worker


def tell_worker(
    *, worker: Worker, kind: str, subject: str, text: str, key: str, at: datetime
) -> None:
    """Promise one e-mail within the caller's transaction; `key` names the fact behind it.

    `kind` says what it is about: message, bonus, rejection, qualification.
    """
    outbox.send(
        kind="email",
        payload={"to": worker.user.email, "subject": subject, "text": text},
        key=f"worker:{key}",
        at=at,
    )
