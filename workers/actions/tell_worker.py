"""Telling a worker something by e-mail, once, if it is wanted."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace import outbox
from workers.actions.choose_mail import stop_token
from workers.models import MailKind, Worker


def tell_worker(
    *,
    worker: Worker,
    is_sandbox: bool,
    kind: str,
    subject: str,
    text: str,
    key: str,
    at: datetime,
) -> None:
    """Promise one e-mail within the caller's transaction; `key` names the fact behind it. What
    happens in the sandbox is told nobody: programs are tried out there, on people's addresses.

    `kind` says what it is about (MailKind): a worker who has switched that off gets none. Each
    has a link that switches it off without signing in, which mail programs can follow too
    (RFC 8058).
    """
    about = MailKind(kind)
    if is_sandbox or about.value in worker.unwanted_mail:
        return
    path = reverse("workers:stop_mail", kwargs={"token": stop_token(worker, about)})
    stop = f"{settings.MANYHANDS_BASE_URL}{path}"
    why = _("You get this as a worker of %(site)s. No more of these:") % {
        "site": settings.MANYHANDS_SITE_NAME
    }
    outbox.send(
        kind="email",
        payload={
            "to": worker.user.email,
            "subject": subject,
            "text": f"{text.rstrip()}\n\n-- \n{why}\n{stop}\n",
            "headers": {
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        },
        key=f"worker:{key}",
        at=at,
    )
