"""HIT groups, batches and projects, to read; groups to take down and restore."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import amount, data, link, moment
from marketplace.adminsite import Act, Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from payments.models import AccountKind
from tasks.actions.take_down import restore_group, take_down_group
from tasks.admin.panels import SHOWN, money_panel, reports_panel, side_of
from tasks.models import HIT, Batch, HITReport, HITType, Project
from workers.eligibility import in_words_of


def terms_of(terms: HITType | Project) -> list[tuple[Any, Any]]:
    """The terms that workers see, as facts."""
    currency = terms.currency if isinstance(terms, HITType) else ""
    return [
        (_("Title"), terms.title),
        (_("Description"), terms.description),
        (_("Keywords"), terms.keywords or "–"),
        (_("Reward"), amount(terms.reward_cents, currency or "USD")),
        (_("Time allotted, seconds"), terms.assignment_seconds),
        (_("Approved by itself after, seconds"), terms.auto_approve_seconds),
        (
            _("Requirements"),
            "; ".join(in_words_of(terms.requirements)) or _("none"),
        ),
    ]


class TakenDownFilter(admin.SimpleListFilter):
    """Whether workers can see it."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("down", _("Taken down")), ("reported", _("With open reports"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "down":
                return queryset.filter(taken_down_at__isnull=False)
            case "reported":
                open_reports = HITReport.objects.filter(resolved_at=None)
                return queryset.filter(pk__in=open_reports.values("hit__hit_type"))
        return queryset


@admin.register(HITType)
class HITTypeAdmin(StaffAdmin):
    """HITs of one type, as workers see them: one group."""

    list_display = (
        "title",
        "requester_link",
        "side",
        "reward",
        "hits_available",
        "reported",
        "down",
    )
    list_filter = (TakenDownFilter, "is_sandbox")
    list_select_related = ("requester",)
    exact = ("public_id", "requester__public_id", "title")
    search_help_text = _("A whole title, group id or requester id")
    acts = {
        "take-down": Act(
            label=_("Take down"),
            explains=_(
                "No HIT of the group can be seen or accepted from now on. Work that was "
                "accepted can be finished, and what was submitted is reviewed and paid."
            ),
            carry_out=lambda staff, group, reason, at: take_down_group(
                staff=staff, hit_type=group, reason=reason, at=at
            ),
            is_possible=lambda group: group.taken_down_at is None,
            is_grave=True,
        ),
        "restore": Act(
            label=_("Restore"),
            explains=_("Workers can see and accept the group's HITs again."),
            carry_out=lambda staff, group, reason, at: restore_group(
                staff=staff, hit_type=group, reason=reason, at=at
            ),
            is_possible=lambda group: group.taken_down_at is not None,
        ),
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of open reports, counted from the reports' side: they are few."""
        mine = HITReport.objects.filter(hit__hit_type=OuterRef("pk"), resolved_at=None)
        counted = mine.order_by().values("hit__hit_type").annotate(number=Count("pk"))
        number = Subquery(counted.values("number"), output_field=IntegerField())
        return super().get_queryset(request).annotate(open_reports=Coalesce(number, 0))

    @admin.display(description=_("requester"))
    def requester_link(self, group: HITType) -> str:
        """Whose it is."""
        return link(group.requester, group.requester.name)

    @admin.display(description=_("side"))
    def side(self, group: HITType) -> Any:
        """Live or sandbox."""
        return side_of(is_sandbox=group.is_sandbox)

    @admin.display(description=_("reward"), ordering="reward_cents")
    def reward(self, group: HITType) -> str:
        """In its currency."""
        return amount(group.reward_cents, group.currency)

    @admin.display(description=_("open reports"))
    def reported(self, group: Any) -> int:
        """By workers, not dealt with."""
        return int(group.open_reports)

    @admin.display(description=_("taken down (UTC)"), ordering="taken_down_at")
    def down(self, group: HITType) -> str:
        """When, if it is."""
        return moment(group.taken_down_at)

    def panels(self, obj: HITType) -> list[Panel]:
        """Terms, state, reports, some open HITs, batches."""
        free = HIT.objects.filter(hit_type=obj, open_slots__gt=0).order_by("shuffle")
        return [
            Panel(
                title=_("State"),
                facts=[
                    (_("Group id"), obj.public_id),
                    (_("Requester"), link(obj.requester)),
                    (_("Side"), side_of(is_sandbox=obj.is_sandbox)),
                    (_("Taken down (UTC)"), moment(obj.taken_down_at)),
                    (_("Reason"), obj.taken_down_reason or "–"),
                    (_("HITs that can be accepted"), obj.hits_available),
                    (_("Median seconds"), obj.median_seconds or "–"),
                    (_("Pay per hour"), amount(obj.cents_per_hour, obj.currency)),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("Last expiry (UTC)"), moment(obj.last_expiry_at)),
                ],
            ),
            Panel(title=_("Terms"), facts=terms_of(obj)),
            reports_panel(_("Reports"), HITReport.objects.filter(hit__hit_type=obj)),
            Panel(
                title=_("Some of its open HITs"),
                head=[_("HIT"), _("Inputs"), _("Open"), _("Expires (UTC)")],
                rows=[
                    [link(hit), data(hit.inputs), hit.open_slots, moment(hit.expires_at)]
                    for hit in free[:5]
                ],
                empty=_("None can be accepted."),
            ),
            Panel(
                title=_("Latest batches"),
                head=[_("Batch"), _("Status"), _("HITs"), _("Made (UTC)")],
                rows=[
                    [
                        link(batch, batch.name),
                        batch.get_status_display(),
                        batch.hits,
                        moment(batch.created_at),
                    ]
                    for batch in obj.batches.order_by("-pk")[:SHOWN]
                ],
                empty=_("No batches: its HITs were made one by one."),
            ),
            trail_about("group", obj.public_id),
        ]


@admin.register(Batch)
class BatchAdmin(StaffAdmin):
    """HITs that were published together."""

    list_display = ("name", "requester_link", "status", "hits", "created")
    list_filter = ("status", "is_sandbox")
    list_select_related = ("requester",)
    exact = ("pk", "requester__public_id", "name")
    search_help_text = _("A batch's number or whole name, or a whole requester id")
    named_by = ""

    @admin.display(description=_("requester"))
    def requester_link(self, batch: Batch) -> str:
        """Whose it is."""
        return link(batch.requester, batch.requester.name)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, batch: Batch) -> str:
        """To the second."""
        return moment(batch.created_at)

    def panels(self, obj: Batch) -> list[Panel]:
        """Its state, counts, some HITs, and its escrow before they had theirs."""
        return [
            Panel(
                title=_("Batch"),
                facts=[
                    (_("Requester"), link(obj.requester)),
                    (_("Project"), link(obj.project)),
                    (_("Group"), link(obj.hit_type)),
                    (_("Side"), side_of(is_sandbox=obj.is_sandbox)),
                    (_("Status"), obj.get_status_display()),
                    (_("Rows"), obj.row_count),
                    (_("Published rows"), obj.published_rows),
                    (_("Problems in the file"), obj.problem_count),
                    (_("Assignments per HIT"), obj.max_assignments),
                    (_("Reward"), amount(obj.reward_cents, obj.currency)),
                    (_("Fee"), amount(obj.fee_cents, obj.currency)),
                    (_("HITs"), obj.hits),
                    (_("Open"), obj.open_slots),
                    (_("In work"), obj.accepted_count),
                    (_("To review"), obj.submitted_count),
                    (_("Approved"), obj.approved_count),
                    (_("Rejected"), obj.rejected_count),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("Published (UTC)"), moment(obj.published_at)),
                    (_("Cancelled (UTC)"), moment(obj.cancelled_at)),
                    (_("Expires (UTC)"), moment(obj.expires_at)),
                ],
            ),
            Panel(
                title=_("Its first HITs"),
                head=[_("HIT"), _("Status"), _("Open"), _("To review"), _("Approved")],
                rows=[
                    [link(h), h.status, h.open_slots, h.submitted_count, h.approved_count]
                    for h in obj.all_hits.order_by("pk")[:SHOWN]
                ],
                empty=_("No HITs yet."),
            ),
            *money_panel(AccountKind.BATCH, f"batch:{obj.pk}"),
            trail_about("batch", obj.pk),
        ]


@admin.register(Project)
class ProjectAdmin(StaffAdmin):
    """The form of some work."""

    list_display = ("name", "requester_link", "created")
    list_filter = ("is_sandbox",)
    list_select_related = ("requester",)
    exact = ("public_id", "requester__public_id", "name")
    search_help_text = _("A project's whole name or id, or a whole requester id")

    @admin.display(description=_("requester"))
    def requester_link(self, project: Project) -> str:
        """Whose it is."""
        return link(project.requester, project.requester.name)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, project: Project) -> str:
        """To the second."""
        return moment(project.created_at)

    def panels(self, obj: Project) -> list[Panel]:
        """Terms and layout."""
        return [
            Panel(
                title=_("Project"),
                facts=[
                    (_("Requester"), link(obj.requester)),
                    (_("Side"), side_of(is_sandbox=obj.is_sandbox)),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("Changed (UTC)"), moment(obj.updated_at)),
                    (_("Archived (UTC)"), moment(obj.archived_at)),
                    *terms_of(obj),
                ],
            ),
            Panel(title=_("Layout"), text=obj.layout),
            trail_about("project", obj.public_id),
        ]
