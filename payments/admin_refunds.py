"""Refunds and disputes, to read: what goes back, by the requester's wish or by its bank's."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace import clock
from marketplace.admincells import actor, amount, link, moment
from marketplace.adminsite import Panel, Queue, StaffAdmin
from marketplace.audit.trail import actor_of
from payments import queries
from payments.models import Dispute, Refund


@admin.register(Refund)
class RefundAdmin(StaffAdmin):
    """Requesters' unused money on its way back."""

    list_display = ("public_id", "requester", "money", "status", "attempts", "created")
    list_filter = ("status",)
    list_select_related = ("deposit__requester",)
    exact = ("public_id", "deposit__requester__public_id", "gateway_reference")
    search_help_text = _("The whole id of a refund or of a requester")

    @admin.display(description=_("requester"))
    def requester(self, refund: Refund) -> str:
        """Whose money it is."""
        return link(refund.deposit.requester)

    @admin.display(description=_("amount"))
    def money(self, refund: Refund) -> str:
        """With its currency."""
        return amount(refund.amount_cents, refund.deposit.currency)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, refund: Refund) -> str:
        """To the second."""
        return moment(refund.created_at)

    def panels(self, obj: Refund) -> list[Panel]:
        """The intent, and how far it got."""
        facts: list[tuple[Any, Any]] = [
            (_("Requester"), self.requester(obj)),
            (_("Deposit"), link(obj.deposit)),
            (_("Asked for by"), actor(actor_of(obj.made_by)) if obj.made_by else "–"),
            (_("Amount"), self.money(obj)),
            (_("Status"), self._status(obj)),
            (_("Gateway"), f"{obj.deposit.gateway} {obj.gateway_reference}"),
            (_("Attempts"), obj.attempts),
            (_("Failure"), obj.failure or "–"),
            (_("Made (UTC)"), moment(obj.created_at)),
            (_("Due (UTC)"), moment(obj.due_at)),
            (_("Finished (UTC)"), moment(obj.finished_at)),
        ]
        return [Panel(title=_("Refund"), facts=facts)]

    def _status(self, refund: Refund) -> Any:
        if queries.held_back_refunds().filter(pk=refund.pk).exists():
            return _("Waits for a dispute: the requester’s balance is frozen")
        return refund.get_status_display()


@admin.register(Dispute)
class DisputeAdmin(StaffAdmin):
    """Deposits that a payer's bank takes back."""

    list_display = ("reference", "requester", "money", "status", "opened")
    list_filter = ("status",)
    list_select_related = ("deposit__requester",)
    named_by = "reference"
    exact = ("reference", "deposit__requester__public_id")
    search_help_text = _("The gateway’s whole name of a dispute, or the whole id of a requester")

    @admin.display(description=_("requester"))
    def requester(self, dispute: Dispute) -> str:
        """Whose deposit it is."""
        return link(dispute.deposit.requester)

    @admin.display(description=_("amount"))
    def money(self, dispute: Dispute) -> str:
        """With its currency."""
        return amount(dispute.amount_cents, dispute.deposit.currency)

    @admin.display(description=_("opened (UTC)"), ordering="pk")
    def opened(self, dispute: Dispute) -> str:
        """To the second."""
        return moment(dispute.opened_at)

    def panels(self, obj: Dispute) -> list[Panel]:
        """What the gateway last said, and what to do."""
        facts: list[tuple[Any, Any]] = [
            (_("Requester"), self.requester(obj)),
            (_("Deposit"), link(obj.deposit)),
            (_("Amount"), self.money(obj)),
            (_("Reason, in the gateway’s words"), obj.reason or "–"),
            (_("Status"), obj.status),
            (_("Opened (UTC)"), moment(obj.opened_at)),
            (_("Ended (UTC)"), moment(obj.closed_at)),
            (_("Next step"), _next(obj)),
        ]
        return [Panel(title=_("Dispute"), facts=facts)]


def _next(dispute: Dispute) -> Any:
    if dispute.closed_at is not None:
        return _("None. What the requester still owes is taken from what comes back.")
    if dispute.is_inquiry:
        return _(
            "Answer it in the gateway’s dashboard: the bank only asks, and may take the money "
            "later. Nothing is taken or frozen yet."
        )
    return _("Answer it in the gateway’s dashboard; the requester’s balance is frozen.")


def _late() -> int:
    return queries.sendable_refunds(at=clock.now()).count()


def _open() -> int:
    return Dispute.objects.filter(closed_at=None).count()


admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("disputes open"),
        count=_open,
        view="admin:payments_dispute_changelist",
    )
)
admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("refunds waiting to be sent"),
        count=_late,
        view="admin:payments_refund_changelist",
    )
)
