"""Payees, to read: workers who can't be paid are told to write to the operator."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import link_by_name, moment
from marketplace.adminsite import Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from payments.models import Payee
from payments.queries import obstacle_to_payout


@admin.register(Payee)
class PayeeAdmin(StaffAdmin):
    """Where workers' money goes, as the gateway last said."""

    list_display = ("holder", "worker_link", "state", "country", "bank_hint", "is_duplicate")
    list_filter = ("is_duplicate", "is_ready", "gateway")
    exact = ("holder", "reference")
    search_help_text = _("A whole worker id, or the gateway’s whole name of an account")

    @admin.display(description=_("worker"))
    def worker_link(self, payee: Payee) -> str:
        """The worker's page."""
        return link_by_name("workers_worker", payee.holder)

    @admin.display(description=_("state"))
    def state(self, payee: Payee) -> Any:
        """How far the worker has come."""
        if payee.is_ready:
            return _("ready")
        return _("not ready") if payee.is_submitted else _("not filled in")

    def panels(self, obj: Payee) -> list[Panel]:
        """What the gateway said, and what the worker is told."""
        facts: list[tuple[Any, Any]] = [
            (_("Worker"), self.worker_link(obj)),
            (_("State"), self.state(obj)),
            (_("Why it can’t be paid, as the worker is told"), obstacle_to_payout(obj) or "–"),
            (_("Another worker’s bank account"), _("yes") if obj.is_duplicate else _("no")),
            (_("Country"), obj.country),
            (_("Bank account ends in"), obj.bank_hint or "–"),
            (_("Changed (UTC)"), moment(obj.changed_at)),
            (_("The gateway asks for"), ", ".join(obj.asked_for) or "–"),
            (_("Why the gateway closed it"), obj.disabled_reason or "–"),
            (_("Problem"), obj.problem or "–"),
            (_("Gateway"), f"{obj.gateway} {obj.reference}"),
            (_("Last asked about (UTC)"), moment(obj.checked_at)),
            (_("Begun (UTC)"), moment(obj.created_at)),
        ]
        return [Panel(title=_("Payee"), facts=facts), trail_about("worker", obj.holder)]
