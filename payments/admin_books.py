"""The gateways' books on the staff's pages: their lines, and each comparison with the ledger."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from marketplace import clock
from marketplace.admincells import NOTHING, actor, amount, link, link_by_name, moment
from marketplace.adminsite import Page, Panel, StaffAdmin
from marketplace.audit.trail import actor_of
from marketplace.hurry import hurry
from marketplace.money import currency_of
from payments import reconciliation
from payments.actions.run_reconciliation import ask_for_reconciliation
from payments.admin_incidents import PAGES, about, state_of
from payments.admin_reasons import incident_step
from payments.models import BalanceTransaction, BooksReading, Incident, Reconciliation

SHOWN = 20


@admin.register(BalanceTransaction)
class BalanceTransactionAdmin(StaffAdmin):
    """A gateway's books, line by line."""

    list_display = ("reference", "kind", "money", "fee", "made")
    list_filter = ("gateway", "about", "currency")
    ordering = ("-created_at", "-pk")  # type: ignore[assignment]
    named_by = "reference"
    exact = ("reference", "source", "fact")
    search_help_text = _("The gateway’s whole name of a line, or of what it is about")

    @admin.display(description=_("amount"))
    def money(self, line: BalanceTransaction) -> str:
        """With its currency."""
        return amount(line.amount_cents, line.currency)

    @admin.display(description=_("fee"))
    def fee(self, line: BalanceTransaction) -> str:
        """With its currency."""
        return amount(line.fee_cents, line.currency)

    @admin.display(description=_("made (UTC)"), ordering="created_at")
    def made(self, line: BalanceTransaction) -> str:
        """To the second."""
        return moment(line.created_at)

    def panels(self, obj: BalanceTransaction) -> list[Panel]:
        """The line as the gateway has it, and what it is here."""
        what, _colon, name = obj.fact.partition(":")
        facts: list[tuple[Any, Any]] = [
            (_("Gateway"), obj.gateway),
            (_("Kind, in its words"), obj.kind),
            (_("Filed under"), obj.category or NOTHING),
            (_("Amount"), self.money(obj)),
            (_("Fee"), self.fee(obj)),
            (_("Net"), amount(obj.net_cents, obj.currency)),
            (_("About"), obj.source or NOTHING),
            (_("Here"), NOTHING if what == "line" else link_by_name(PAGES[what], name, obj.fact)),
            (_("What it is here"), obj.about or _("None of ours")),
            (_("Made (UTC)"), moment(obj.created_at)),
            (_("Available (UTC)"), moment(obj.available_at)),
            (_("Read (UTC)"), moment(obj.kept_at)),
        ]
        return [Panel(title=_("Balance transaction"), facts=facts)]


@admin.register(Reconciliation)
class ReconciliationAdmin(StaffAdmin):
    """Each comparison."""

    list_display = ("pk", "asked", "state", "lines", "differences", "in_flight")
    named_by = ""

    @admin.display(description=_("asked for (UTC)"), ordering="pk")
    def asked(self, run: Reconciliation) -> str:
        """To the second."""
        return moment(run.asked_at)

    @admin.display(description=_("state"))
    def state(self, run: Reconciliation) -> Any:
        """In a word."""
        return outcome_of(run)

    def panels(self, obj: Reconciliation) -> list[Panel]:
        """When, by whom, and what came of it."""
        facts: list[tuple[Any, Any]] = [
            (_("Outcome"), outcome_of(obj)),
            (_("Asked for by"), actor(actor_of(obj.asked_by)) if obj.asked_by else _("The clock")),
            (_("Asked for (UTC)"), moment(obj.asked_at)),
            (_("Began (UTC)"), moment(obj.began_at)),
            (_("Ended (UTC)"), moment(obj.ended_at)),
            (_("New lines"), f"{obj.lines:,}"),
            (_("Differences"), f"{obj.differences:,}"),
            (_("In flight"), f"{obj.in_flight:,}"),
        ]
        return [Panel(title=_("Reconciliation"), facts=facts)]


def outcome_of(run: Reconciliation) -> Any:
    """In a word, or in the gateway's."""
    if run.failure:
        return run.failure
    if run.began_at is None:
        return _("Asked for: it begins within a minute")
    if run.ended_at is None:
        return _("Under way")
    return _("The books differ") if run.differences else _("The books agree")


def incidents_panel(currency: str) -> Panel:
    """What staff have to look at, and what to do about each."""
    found = Incident.objects.filter(closed_at=None, currency__in=("", currency))
    return Panel(
        title=_("Money incidents"),
        head=[_("What, and about what"), _("Difference, and since when"), _("Next step")],
        rows=[
            [
                format_html("{}<br>{}", link(each), about(each)),
                format_html(
                    "{}<br>{}",
                    amount(each.amount_cents, currency) if each.currency else NOTHING,
                    moment(each.began_at),
                ),
                format_html("<strong>{}</strong><br>{}", state_of(each), incident_step(each)),
            ]
            for each in found.order_by("gone_at", "pk")[:SHOWN]
        ],
        empty=_("None: nothing holds payouts back."),
    )


def books_panel(currency: str) -> Panel:
    """The gateways' balances beside the ledger's clearing account, to the cent."""
    last = reconciliation.last_success()
    latest = Reconciliation.objects.order_by("-pk").first()
    rows: list[list[Any]] = []
    held = 0
    for reading in BooksReading.objects.order_by("gateway"):
        has = reading.funds.get(currency)
        if has is not None:
            held += has["available"] + has["pending"]
            rows.append([reading.gateway, _("available"), amount(has["available"], currency)])
            rows.append([reading.gateway, _("pending"), amount(has["pending"], currency)])
    here = reconciliation.clearing_cents(currency)
    if rows:
        rows.append(["", _("The gateways held as their books were read"), amount(held, currency)])
        rows.append(["", _("The ledger says now"), amount(here, currency)])
        rows.append(["", _("Apart: in flight, or since then"), amount(held - here, currency)])
    return Panel(
        title=_("The gateway’s books beside the ledger’s"),
        facts=[
            (_("Last reconciliation"), link(latest, outcome_of(latest)) if latest else NOTHING),
            (_("Last one that read all (UTC)"), moment(last.ended_at) if last else NOTHING),
            (_("New lines"), f"{last.lines:,}" if last else NOTHING),
            (_("Differences"), f"{last.differences:,}" if last else NOTHING),
            (_("In flight"), f"{last.in_flight:,}" if last else NOTHING),
        ],
        head=[_("Gateway"), _("What"), _("Amount")],
        rows=rows,
        empty=(
            _("The gateways hold nothing of this.")
            if last
            else _("No books were read yet: the first reconciliation runs within minutes.")
        ),
    )


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Staff want to know now."""
    staff: Any = request.user
    ask_for_reconciliation(staff=staff, at=clock.now())
    hurry("payments.reconcile")
    messages.success(request, _("Asked for. It begins within a minute; load this page again."))
    side = "?side=sandbox" if request.POST.get("side") == "sandbox" else ""
    return HttpResponseRedirect(reverse("admin:money") + side)


def side_of(request: HttpRequest) -> str:
    """The currency of the side that the page is about."""
    return currency_of(is_sandbox=request.GET.get("side") == "sandbox")


ASK = Page(
    label=_("Reconcile now"),
    explains="",
    path="money/reconcile/",
    name="reconcile",
    view=ask,
    is_listed=False,
)
admin.site.add_page(ASK)  # type: ignore[attr-defined]
