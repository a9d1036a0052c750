"""One HIT, one assignment: terms, inputs, answers, times, money and trail on one page each."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import amount, data, link, moment
from marketplace.adminsite import Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from payments.models import Transfer
from payments.queries import latest_transfers
from tasks.admin.panels import (
    assignments_panel,
    decider,
    reports_panel,
    transfers_panel,
)
from tasks.admin.work import terms_of
from tasks.models import HIT, Assignment
from tasks.results import cells
from tasks.states import HITStatus

ALL = 200
"""A HIT's rows on its page: more than this in one HIT are told apart by searching."""


@admin.register(HIT)
class HITAdmin(StaffAdmin):
    """HITs. The list has no filters: it is found by id, or from its group or batch."""

    list_display = ("public_id", "title", "status", "batch_link", "created")
    list_select_related = ("hit_type", "batch")
    exact = ("public_id",)
    search_help_text = _("A whole HIT id")

    @admin.display(description=_("title"))
    def title(self, hit: HIT) -> str:
        """Its group's."""
        return link(hit.hit_type, hit.hit_type.title)

    @admin.display(description=_("batch"))
    def batch_link(self, hit: HIT) -> str:
        """The batch it came with."""
        return link(hit.batch, hit.batch.name if hit.batch else None)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def created(self, hit: HIT) -> str:
        """To the second."""
        return moment(hit.created_at)

    def panels(self, obj: HIT) -> list[Panel]:
        """Everything about the HIT."""
        group = obj.hit_type
        done = obj.assignments.select_related("worker", "hit__hit_type").order_by("pk")
        return [
            _state_of(obj),
            Panel(title=_("Terms"), facts=terms_of(group)),
            Panel(title=_("Inputs"), facts=[(name, value) for name, value in obj.inputs.items()]),
            assignments_panel(_("Assignments"), obj.assignments.all(), limit=ALL),
            Panel(
                title=_("Answers"),
                head=[_("Assignment"), _("Status"), _("Answer"), _("Feedback")],
                rows=[
                    [
                        link(a, a.public_id),
                        a.get_status_display(),
                        data(a.answer),
                        a.feedback or "–",
                    ]
                    for a in done.filter(submitted_at__isnull=False)[:ALL]
                ],
                empty=_("No answers."),
            ),
            transfers_panel(
                _("Every transfer in and out of its escrow"),
                latest_transfers(obj.escrow_id, limit=ALL),
            ),
            reports_panel(_("Reports"), obj.reports.all()),
            trail_about("hit", obj.public_id),
            trail_about("group", group.public_id),
            Panel(title=_("Question"), text=obj.question.content),
        ]


def _state_of(hit: HIT) -> Panel:
    group = hit.hit_type
    return Panel(
        title=_("State"),
        facts=[
            (_("HIT id"), hit.public_id),
            (_("Status"), HITStatus(hit.status).label),
            (_("Group"), link(group, group.title)),
            (_("Group taken down (UTC)"), moment(group.taken_down_at)),
            (_("Requester"), link(group.requester)),
            (_("Batch"), link(hit.batch)),
            (
                _("Reward and fee"),
                f"{_cents(hit, hit.reward_cents)} + {_cents(hit, hit.fee_cents)}",
            ),
            (_("Held in escrow now"), _cents(hit, hit.escrow.balance_cents)),
            (_("Escrow account"), link(hit.escrow, hit.escrow_id)),
            (_("Assignments at most"), hit.max_assignments),
            (_("Open"), hit.open_slots),
            (_("In work"), hit.accepted_count),
            (_("To review"), hit.submitted_count),
            (_("Approved"), hit.approved_count),
            (_("Rejected"), hit.rejected_count),
            (_("Made (UTC)"), moment(hit.created_at)),
            (_("Expires (UTC)"), moment(hit.expires_at)),
            (_("Disposed of (UTC)"), moment(hit.disposed_at)),
            (_("Annotation"), hit.annotation or "–"),
        ],
    )


def _cents(hit: HIT, cents: int | None) -> str:
    return amount(cents, hit.hit_type.currency)


@admin.register(Assignment)
class AssignmentAdmin(StaffAdmin):
    """One worker's work on one HIT. The list has no filters: it may hold millions."""

    list_display = ("public_id", "hit_link", "worker_link", "status", "accepted")
    list_select_related = ("hit", "worker")
    exact = ("public_id", "worker__public_id", "hit__public_id")
    search_help_text = _("The whole id of an assignment, a HIT or a worker")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """As three look-ups by index: one condition over three tables would use none."""
        term = search_term.strip()
        if not term:
            return queryset, False
        ids: list[int] = []
        for field in self.exact:
            found = queryset.filter(**{field: term}).order_by("-pk")
            ids += found.values_list("pk", flat=True)[: self.list_per_page * 4]
        return queryset.filter(pk__in=ids), False

    @admin.display(description=_("HIT"))
    def hit_link(self, assignment: Assignment) -> str:
        """What was worked on."""
        return link(assignment.hit)

    @admin.display(description=_("worker"))
    def worker_link(self, assignment: Assignment) -> str:
        """Who worked."""
        return link(assignment.worker)

    @admin.display(description=_("accepted (UTC)"), ordering="pk")
    def accepted(self, assignment: Assignment) -> str:
        """To the second."""
        return moment(assignment.accepted_at)

    def panels(self, obj: Assignment) -> list[Panel]:
        """Everything about the assignment."""
        # Its reward, fee and bonuses carry its id; escrow given back carries the HIT's.
        moved = Transfer.objects.filter(
            Q(reference=obj.public_id)
            | Q(key__in=[f"release-rejected:{obj.public_id}", f"rehold:{obj.public_id}"])
        )
        return [
            _facts_of(obj),
            Panel(title=_("Inputs"), facts=[(name, text) for name, text in obj.hit.inputs.items()]),
            Panel(
                title=_("Answer"),
                facts=[(name, cells.answer(value)) for name, value in (obj.answer or {}).items()],
                head=() if obj.answer else [_("Field"), _("Value")],
                empty=_("No answer."),
            ),
            transfers_panel(
                _("Transfers"), moved.select_related("debit", "credit").order_by("-id")
            ),
            reports_panel(
                _("Reports of this HIT by this worker"), obj.hit.reports.filter(worker=obj.worker)
            ),
            trail_about("assignment", obj.public_id),
        ]


def _facts_of(assignment: Assignment) -> Panel:
    hit = assignment.hit
    seconds = assignment.work_seconds
    return Panel(
        title=_("Assignment"),
        facts=[
            (_("Assignment id"), assignment.public_id),
            (_("Status"), assignment.get_status_display()),
            (_("HIT"), link(hit)),
            (_("Group"), link(hit.hit_type, hit.hit_type.title)),
            (_("Requester"), link(hit.hit_type.requester)),
            (_("Worker"), link(assignment.worker)),
            (_("Reward"), _cents(hit, hit.reward_cents)),
            (_("Accepted (UTC)"), moment(assignment.accepted_at)),
            (_("Deadline (UTC)"), moment(assignment.deadline_at)),
            (_("Submitted (UTC)"), moment(assignment.submitted_at)),
            (_("Seconds of work"), "–" if seconds is None else seconds),
            (_("Approved by itself (UTC)"), moment(assignment.auto_approve_at)),
            (_("Approved (UTC)"), moment(assignment.approved_at)),
            (_("Rejected (UTC)"), moment(assignment.rejected_at)),
            (_("Money held until (UTC)"), moment(assignment.held_until)),
            (_("Returned or abandoned (UTC)"), moment(assignment.ended_at)),
            (_("Decided by"), decider(assignment.decided_by)),
            (_("Feedback"), assignment.feedback or "–"),
        ],
    )
