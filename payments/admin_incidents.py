"""Money incidents on the staff's pages: what differs, what to do, and how it ends."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import NOTHING, actor, amount, link, link_by_name, moment
from marketplace.adminsite import Act, Panel, Queue, StaffAdmin
from marketplace.audit.admin import trail_about
from marketplace.audit.trail import actor_of
from payments.actions.settle_incident import bear_difference, can_be_borne, close_incident
from payments.admin_reasons import incident_step
from payments.models import BalanceTransaction, Incident, Transfer

SHOWN = 20
PAGES = {
    "deposit": "payments_deposit",
    "payout": "payments_payout",
    "refund": "payments_refund",
    "line": "payments_balancetransaction",
}


@admin.register(Incident)
class IncidentAdmin(StaffAdmin):
    """What holds payouts back until it is understood."""

    list_display = ("__str__", "about", "money", "since", "state")
    list_filter = ("kind", "currency")
    ordering = ("-opened_at", "-pk")  # type: ignore[assignment]
    named_by = ""
    exact = ("subject",)
    search_help_text = _("The whole name of what it is about, as payout:<id>")
    acts = {
        "close": Act(
            label=_("Close"),
            explains=_("The difference is gone. Say what it was, for whoever comes after you."),
            carry_out=lambda staff, incident, reason, at: close_incident(
                staff=staff, incident=incident, reason=reason, at=at
            ),
            is_possible=lambda incident: incident.closed_at is None and not incident.stands,
        ),
        "bear": Act(
            label=_("Let the operator bear it"),
            explains=_(
                "The difference, as large as it is now, is booked between the gateway and the "
                "operator’s own account, whichever way it goes: the books are equal again, payouts "
                "go on, and the incident is closed. Nothing moves at Stripe. Do it when you know "
                "what happened and that nobody else is owed it."
            ),
            carry_out=lambda staff, incident, reason, at: bear_difference(
                staff=staff, incident=incident, reason=reason, at=at
            ),
            is_possible=can_be_borne,
            is_grave=True,
        ),
    }

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """By its number, or the latest by what it is about."""
        found = super().get_object(request, object_id, from_field)
        about = Incident.objects.filter(subject=unquote(object_id).replace("\0", ""))
        return found or about.order_by("-opened_at").first()

    @admin.display(description=_("about"))
    def about(self, incident: Incident) -> str:
        """What it is about, as a link where it has a page."""
        return about(incident)

    @admin.display(description=_("difference"))
    def money(self, incident: Incident) -> str:
        """With its currency."""
        return amount(incident.amount_cents, incident.currency) if incident.currency else NOTHING

    @admin.display(description=_("since (UTC)"), ordering="began_at")
    def since(self, incident: Incident) -> str:
        """To the second."""
        return moment(incident.began_at)

    @admin.display(description=_("state"))
    def state(self, incident: Incident) -> Any:
        """Whether payouts wait for it, and whether somebody has to look."""
        return state_of(incident)

    def panels(self, obj: Incident) -> list[Panel]:
        """What differs, what to do, and what each side has of it."""
        facts: list[tuple[Any, Any]] = [
            (_("What"), obj.get_kind_display()),
            (_("About"), about(obj)),
            (_("The gateway has more than the ledger"), self.money(obj)),
            (_("Since (UTC)"), moment(obj.began_at)),
            (_("Opened (UTC)"), moment(obj.opened_at)),
            (_("Last found (UTC)"), moment(obj.seen_at)),
            (_("Times opened"), obj.times),
            (_("Gone (UTC)"), moment(obj.gone_at)),
            (_("Closed (UTC)"), moment(obj.closed_at)),
            (_("Closed by"), actor(actor_of(obj.closed_by)) if obj.closed_by else NOTHING),
            (_("Reason given"), obj.reason or NOTHING),
        ]
        return [
            Panel(title=_("What to do"), head=[state_of(obj)], rows=[[incident_step(obj)]]),
            Panel(title=_("Incident"), facts=facts),
            *_evidence(obj),
            trail_about("incident", str(obj.pk)),
        ]


def state_of(incident: Incident) -> Any:
    """In a word or two."""
    if incident.closed_at is not None:
        return _("Closed")
    return _("Gone, to be closed") if incident.gone_at is not None else _("Open: payouts wait")


def about(incident: Incident) -> str:
    """What it is about, as a link where it has a page."""
    what, _colon, name = incident.subject.partition(":")
    return link_by_name(PAGES[what], name, incident.subject) if what in PAGES else incident.subject


def _evidence(incident: Incident) -> list[Panel]:
    has = incident.evidence
    if "sentences" in has:
        text = "\n".join(has["sentences"])
        return [Panel(title=_("What was found"), text=text)]
    currency = incident.currency
    lines = BalanceTransaction.objects.filter(reference__in=has.get("lines", []))
    keys = Transfer.objects.filter(key__in=has.get("transfers", []))
    return [
        Panel(
            title=_("In the gateway’s books"),
            facts=[(_("In all"), amount(has.get("there_cents"), currency))],
            head=[_("Line"), _("Kind"), _("Amount"), _("Fee"), _("Net"), _("Object"), _("UTC")],
            rows=[
                [
                    link(line, line.reference),
                    line.kind,
                    amount(line.amount_cents, currency),
                    amount(line.fee_cents, currency),
                    amount(line.net_cents, currency),
                    line.source or NOTHING,
                    moment(line.created_at),
                ]
                for line in lines.order_by("created_at")[:SHOWN]
            ],
            empty=_("No line of it."),
        ),
        Panel(
            title=_("In the ledger"),
            facts=[(_("In all"), amount(has.get("here_cents"), currency))],
            head=[_("Transfer"), _("Amount"), _("UTC")],
            rows=[
                [link(each, each.key), amount(each.amount_cents, currency), moment(each.at)]
                for each in keys.order_by("pk")[:SHOWN]
            ],
            empty=_("No transfer of it."),
        ),
    ]


def _open() -> int:
    return Incident.objects.filter(closed_at=None).count()


admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("money incidents to look at"),
        count=_open,
        view="admin:payments_incident_changelist",
        query="?closed_at__isnull=True",
    )
)
