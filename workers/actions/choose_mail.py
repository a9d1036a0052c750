"""A worker says which e-mails are wanted: on the profile page, or by the link in an e-mail."""

from collections.abc import Collection
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import transaction

from marketplace.audit import trail
from marketplace.errors import NotFound
from workers.models import MailKind, Worker

_SIGNER = "workers.mail"


def stop_token(worker: Worker, kind: MailKind) -> str:
    """What the link in an e-mail of this kind holds. It can do one thing: stop that kind."""
    return Signer(salt=_SIGNER).sign(f"{worker.public_id}.{kind.value}")


def read_token(token: str) -> tuple[Worker, MailKind]:
    """Whose mail of which kind it stops. Raises NotFound for one that we did not make."""
    try:
        public_id, _dot, kind = Signer(salt=_SIGNER).unsign(token).partition(".")
    except BadSignature as error:
        raise NotFound("This link is not one of ours: it may have been cut off.") from error
    worker = Worker.objects.filter(public_id=public_id).first()
    if worker is None or kind not in MailKind.values:
        raise NotFound("There is no such mail any more.")
    return worker, MailKind(kind)


def choose_mail(*, worker: Worker, wanted: Collection[str], at: datetime) -> Worker:
    """Have e-mails of the `wanted` kinds, and of no others."""
    unwanted = [kind.value for kind in MailKind if kind.value not in wanted]
    with transaction.atomic():
        Worker.objects.filter(pk=worker.pk).update(unwanted_mail=unwanted)
        _record(worker, unwanted, at)
    worker.unwanted_mail = unwanted
    return worker


def stop_mail(*, token: str, at: datetime) -> tuple[Worker, MailKind]:
    """No more e-mails of the kind that the token is for. Doing it twice changes nothing.

    Raises NotFound.
    """
    named, kind = read_token(token)
    with transaction.atomic():
        worker = Worker.objects.select_for_update(no_key=True).get(pk=named.pk)
        if kind.value not in worker.unwanted_mail:
            worker.unwanted_mail = [*worker.unwanted_mail, kind.value]
            worker.save(update_fields=["unwanted_mail"])
            _record(worker, worker.unwanted_mail, at)
    return worker, kind


def _record(worker: Worker, unwanted: Collection[str], at: datetime) -> None:
    trail.record(
        action="choose_mail",
        actor=f"user:{worker.user_id}",
        subject=("worker", worker.public_id),
        at=at,
        unwanted=list(unwanted),
    )
