"""Invoices and automatic top-ups, to read."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import amount, link, moment
from marketplace.adminsite import Panel, StaffAdmin
from payments.models import Invoice, TopUp
from payments.queries import saved_method_of


@admin.register(Invoice)
class InvoiceAdmin(StaffAdmin):
    """What the operator has invoiced, month by month."""

    list_display = ("name", "requester_link", "month", "fees", "issued")
    list_filter = ("month",)
    list_select_related = ("requester",)
    named_by = ""
    exact = ("number", "requester__public_id")
    search_help_text = _("The number of an invoice, or the whole id of a requester")

    @admin.display(description=_("requester"))
    def requester_link(self, invoice: Invoice) -> str:
        """Whose month it is."""
        return link(invoice.requester)

    @admin.display(description=_("fees"))
    def fees(self, invoice: Invoice) -> str:
        """With their currency."""
        return amount(invoice.fees_cents, invoice.currency)

    @admin.display(description=_("issued (UTC)"), ordering="pk")
    def issued(self, invoice: Invoice) -> str:
        """To the second."""
        return moment(invoice.issued_at)

    def panels(self, obj: Invoice) -> list[Panel]:
        """Its words, and its lines."""
        facts: list[tuple[Any, Any]] = [
            (_("Requester"), link(obj.requester)),
            (_("Month"), f"{obj.month:%Y-%m}"),
            (_("From"), obj.seller),
            (_("To"), obj.buyer),
            (_("Opening balance"), amount(obj.opening_cents, obj.currency)),
            (_("Closing balance"), amount(obj.closing_cents, obj.currency)),
            (_("Fees"), self.fees(obj)),
            (_("Issued (UTC)"), moment(obj.issued_at)),
        ]
        lines = [
            [line["reason"], f"{line['count']:,}", amount(line["cents"], obj.currency)]
            for line in obj.lines
        ]
        head = [_("What"), _("How many"), _("Amount")]
        return [
            Panel(title=_("Invoice"), facts=facts),
            Panel(title=_("Lines"), head=head, rows=lines),
        ]


@admin.register(TopUp)
class TopUpAdmin(StaffAdmin):
    """Balances that fill themselves up."""

    list_display = ("record", "requester_link", "is_on", "failures", "changed")
    list_filter = ("is_on",)
    list_select_related = ("requester",)
    named_by = ""
    exact = ("requester__public_id",)
    search_help_text = _("The whole id of a requester")

    @admin.display(description=_("top-up"), ordering="pk")
    def record(self, top_up: TopUp) -> str:
        """What it does: the list's way to its page, for which no link can serve."""
        currency = settings.MANYHANDS_CURRENCY
        added, low = amount(top_up.amount_cents, currency), amount(top_up.threshold_cents, currency)
        return str(_("%(added)s below %(low)s") % {"added": added, "low": low})

    @admin.display(description=_("requester"))
    def requester_link(self, top_up: TopUp) -> str:
        """Whose balance it is."""
        return link(top_up.requester)

    @admin.display(description=_("changed (UTC)"), ordering="pk")
    def changed(self, top_up: TopUp) -> str:
        """To the second."""
        return moment(top_up.changed_at)

    def panels(self, obj: TopUp) -> list[Panel]:
        """The settings, and how it goes."""
        currency = settings.MANYHANDS_CURRENCY
        facts: list[tuple[Any, Any]] = [
            (_("Requester"), link(obj.requester)),
            (_("Charged to"), str(saved_method_of(obj.requester) or "–")),
            (_("On"), _("yes") if obj.is_on else _("no")),
            (_("Below"), amount(obj.threshold_cents, currency)),
            (_("Adds"), amount(obj.amount_cents, currency)),
            (_("At most in a month"), amount(obj.cap_cents, currency)),
            (_("Failures in a row"), obj.failures),
            (_("Latest failure"), obj.last_failure or "–"),
            (_("Not before (UTC)"), moment(obj.due_at)),
            (_("Settings changed (UTC)"), moment(obj.changed_at)),
        ]
        return [Panel(title=_("Automatic top-up"), facts=facts)]
