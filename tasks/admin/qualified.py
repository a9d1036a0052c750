"""What a worker is qualified for, on the page of the person; Masters are made there."""

from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.admincells import link, moment
from marketplace.adminsite import Act, Panel
from tasks.admin.panels import SHOWN, side_of
from workers.actions.award_masters import award_masters, is_master, withdraw_masters
from workers.models import Qualification, Worker, WorkerBlock


def _is_master(user: User) -> bool:
    return hasattr(user, "worker") and is_master(user.worker)


MASTERS_ACTS = {
    "award_masters": Act(
        label=_("Make a Master"),
        explains=_("The worker holds the qualification Masters from now on, on both sides."),
        carry_out=lambda staff, user, reason, at: award_masters(
            staff=staff, worker=user.worker, reason=reason, at=at
        ),
        is_possible=lambda user: hasattr(user, "worker") and not _is_master(user),
    ),
    "withdraw_masters": Act(
        label=_("Take Masters back"),
        explains=_("The worker loses the qualification Masters at once, and sees your reason."),
        carry_out=lambda staff, user, reason, at: withdraw_masters(
            staff=staff, worker=user.worker, reason=reason, at=at
        ),
        is_possible=_is_master,
        is_grave=True,
    ),
}


def qualifications_panel(worker: Worker) -> Panel:
    """The latest ones, held or revoked."""
    rows = Qualification.objects.filter(worker=worker).select_related("type").order_by("-pk")
    return Panel(
        title=_("Qualifications"),
        head=[_("Type"), _("Value"), _("Status"), _("Granted (UTC)"), _("Reason")],
        rows=[
            [link(one.type), one.value, one.status, moment(one.granted_at), one.reason or "–"]
            for one in rows[:SHOWN]
        ],
        empty=_("None."),
    )


def blocks_panel(worker: Worker) -> Panel:
    """Who blocked the worker, and why."""
    rows = WorkerBlock.objects.filter(worker=worker).select_related("requester").order_by("-pk")
    return Panel(
        title=_("Blocked by"),
        head=[_("Requester"), _("Side"), _("Since (UTC)"), _("Lifted (UTC)"), _("Reason")],
        rows=[
            [
                link(one.requester),
                side_of(is_sandbox=one.is_sandbox),
                moment(one.blocked_at),
                moment(one.unblocked_at),
                one.reason,
            ]
            for one in rows[:SHOWN]
        ],
        empty=_("Nobody."),
    )
