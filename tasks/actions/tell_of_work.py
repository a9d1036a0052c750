"""Workers are told by e-mail of what became of their work."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace import money
from tasks.models import Assignment, Bonus
from workers.actions.tell_worker import tell_worker
from workers.models import Worker


def tell_rejected(assignments: Iterable[Assignment], feedback: str, at: datetime) -> None:
    """One e-mail to each worker, and no second one about the same group within the hour, however
    many decisions it is made in: it names no number, and leads to where each is listed."""
    first: dict[int, Assignment] = {}
    for assignment in assignments:
        first.setdefault(assignment.worker_id, assignment)
    for worker in Worker.objects.select_related("user").filter(pk__in=first):
        group = first[worker.pk].hit.hit_type
        tell_worker(
            worker=worker,
            is_sandbox=group.is_sandbox,
            kind="rejection",
            subject=_("Work of yours was rejected: %(title)s") % {"title": group.title},
            text=_(
                "%(requester)s rejected work of yours on “%(title)s”. The reason given:\n\n"
                "%(reason)s\n\n"
                "Your dashboard lists each answer with its reason. If you think that it is "
                "wrong, write to the requester: a rejection can be undone for 30 days.\n%(page)s"
            )
            % {
                "requester": group.requester.name,
                "title": group.title,
                "reason": feedback.strip() or _("none"),
                "page": settings.MANYHANDS_BASE_URL + reverse("work:dashboard"),
            },
            key=f"rejection:{worker.public_id}:{group.public_id}:{at:%Y%m%d%H}",
            at=at,
        )


def tell_bonus(bonus: Bonus, at: datetime) -> None:
    """The amount and what it is for."""
    group = bonus.assignment.hit.hit_type
    amount = money.show(bonus.amount_cents, group.currency)
    tell_worker(
        worker=bonus.assignment.worker,
        is_sandbox=group.is_sandbox,
        kind="bonus",
        subject=_("A bonus of %(amount)s from %(requester)s")
        % {"amount": amount, "requester": bonus.requester.name},
        text=_(
            "%(requester)s paid you a bonus of %(amount)s for your work on “%(title)s”:\n\n"
            "%(reason)s\n\n"
            "It is among your earnings.\n%(page)s"
        )
        % {
            "requester": bonus.requester.name,
            "amount": amount,
            "title": group.title,
            "reason": bonus.reason,
            "page": settings.MANYHANDS_BASE_URL + reverse("work:earnings"),
        },
        key=f"bonus:{bonus.pk}",
        at=at,
    )
