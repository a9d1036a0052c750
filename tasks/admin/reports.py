"""The queue of workers' reports."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import data, link, moment
from marketplace.adminsite import Act, Panel, Queue, StaffAdmin
from marketplace.audit.admin import trail_about
from marketplace.models import Heartbeat
from tasks.actions.resolve_report import resolve_report
from tasks.admin.panels import reports_panel
from tasks.models import HITReport
from tasks.money_audit import BOOKS_DIFFER


class ResolvedFilter(admin.SimpleListFilter):
    """Open or dealt with."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("resolved", _("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(HITReport)
class HITReportAdmin(StaffAdmin):
    """What workers say is wrong, open reports first."""

    list_display = ("number", "reason", "group", "requester", "reported", "state")
    list_filter = (ResolvedFilter, "reason")
    list_select_related = ("hit__hit_type__requester",)
    ordering = (F("resolved_at").desc(nulls_first=True), "-reported_at")  # type: ignore[assignment,misc]
    exact = ("hit__public_id", "worker__public_id", "hit__hit_type__public_id")
    search_help_text = _("The whole id of a HIT, of its group, or of a worker")
    named_by = ""
    acts = {
        "resolve": Act(
            label=_("Resolve"),
            explains=_(
                "Closes the report. Say what came of it. To take the HITs away from workers, "
                "take their group down first, on its own page."
            ),
            carry_out=lambda staff, report, reason, at: resolve_report(
                staff=staff, report=report, reason=reason, at=at
            ),
            is_possible=lambda report: report.resolved_at is None,
        )
    }

    @admin.display(description=_("report"), ordering="pk")
    def number(self, report: HITReport) -> str:
        """Its number."""
        return f"#{report.pk}"

    @admin.display(description=_("HIT group"))
    def group(self, report: HITReport) -> str:
        """What was reported."""
        return link(report.hit.hit_type, report.hit.hit_type.title)

    @admin.display(description=_("requester"))
    def requester(self, report: HITReport) -> str:
        """Whose it is."""
        return link(report.hit.hit_type.requester, report.hit.hit_type.requester.name)

    @admin.display(description=_("reported (UTC)"), ordering="reported_at")
    def reported(self, report: HITReport) -> str:
        """To the second."""
        return moment(report.reported_at)

    @admin.display(description=_("state"))
    def state(self, report: HITReport) -> Any:
        """Open, or since when it is not."""
        return moment(report.resolved_at) if report.resolved_at else _("open")

    def panels(self, obj: HITReport) -> list[Panel]:
        """The report, what it is about, and what others say of the same."""
        group = obj.hit.hit_type
        same = HITReport.objects.filter(hit__hit_type=group).exclude(pk=obj.pk)
        return [
            Panel(
                title=_("Report"),
                facts=[
                    (_("What is wrong"), obj.get_reason_display()),
                    (_("In the worker's words"), obj.text or "–"),
                    (_("By"), link(obj.worker)),
                    (_("Reported (UTC)"), moment(obj.reported_at)),
                    (_("Resolved (UTC)"), moment(obj.resolved_at)),
                ],
            ),
            Panel(
                title=_("What it is about"),
                facts=[
                    (_("HIT"), link(obj.hit)),
                    (_("Group"), link(group, group.title)),
                    (_("Group taken down (UTC)"), moment(group.taken_down_at)),
                    (_("Requester"), link(group.requester)),
                    (_("Inputs"), data(obj.hit.inputs)),
                ],
            ),
            reports_panel(_("Other reports of the same group"), same),
            trail_about("report", obj.pk),
            trail_about("group", group.public_id),
        ]


admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("open reports"),
        count=lambda: HITReport.objects.filter(resolved_at=None).count(),
        view="admin:tasks_hitreport_changelist",
        query="?state=open",
    )
)
admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("books that differ: the jobs' log says where"),
        count=lambda: Heartbeat.objects.filter(name=BOOKS_DIFFER).count(),
        view="admin:marketplace_heartbeat_changelist",
    )
)
