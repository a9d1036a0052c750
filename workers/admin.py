"""Workers, to find by id (everything about one is on the page of the person); qualification
types, requests for them, and blocks."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import data, link, moment, url_of
from marketplace.adminsite import Panel, StaffAdmin
from marketplace.audit.admin import trail_about
from workers.models import QualificationRequest, QualificationType, Worker, WorkerBlock

SHOWN = 50


@admin.register(Worker)
class WorkerAdmin(StaffAdmin):
    """The list; a worker's page is their person's."""

    list_display = ("public_id", "person", "place", "approved_count", "rejected_count", "joined")
    list_select_related = ("user",)
    exact = ("public_id", "user__email")
    search_help_text = _("A whole worker id or e-mail address")

    @admin.display(description=_("person"))
    def person(self, worker: Worker) -> str:
        """Whose working side it is."""
        return link(worker.user)

    @admin.display(description=_("place"))
    def place(self, worker: Worker) -> str:
        """Country and subdivision."""
        return "-".join(filter(None, [worker.country, worker.subdivision]))

    @admin.display(description=_("joined (UTC)"), ordering="pk")
    def joined(self, worker: Worker) -> str:
        """To the second."""
        return moment(worker.joined_at)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """On to the person, whose page has both sides."""
        return redirect(url_of(self._object_or_404(request, object_id).user))

    def panels(self, obj: Worker) -> list[Panel]:
        """None of its own."""
        return []


@admin.register(QualificationType)
class QualificationTypeAdmin(StaffAdmin):
    """What requesters ask of workers, and the marketplace's own types."""

    list_display = ("name", "public_id", "belongs_to", "side", "status", "made")
    list_select_related = ("owner",)
    exact = ("public_id", "owner__public_id")
    search_help_text = _("A whole qualification type id or requester id")

    @admin.display(description=_("owner"))
    def belongs_to(self, kind: QualificationType) -> str:
        """The requester, or the marketplace."""
        return link(kind.owner) if kind.owner else str(_("the marketplace"))

    @admin.display(description=_("side"))
    def side(self, kind: QualificationType) -> Any:
        """Live, sandbox, or both."""
        return _("both") if kind.is_sandbox is None else _side(kind.is_sandbox)

    @admin.display(description=_("made (UTC)"), ordering="pk")
    def made(self, kind: QualificationType) -> str:
        """To the second."""
        return moment(kind.created_at)

    def panels(self, obj: QualificationType) -> list[Panel]:
        """Its rules, its test, who holds it and who asks."""
        test = obj.test
        held = obj.qualifications.select_related("worker").order_by("-pk")[:SHOWN]
        asked = obj.requests.select_related("worker").order_by("-pk")[:SHOWN]
        return [
            Panel(
                title=_("Type"),
                facts=[
                    (_("Owner"), self.belongs_to(obj)),
                    (_("Side"), self.side(obj)),
                    (_("Status"), obj.status),
                    (_("Description"), obj.description),
                    (_("Keywords"), obj.keywords or "–"),
                    (_("Can be asked for"), _("yes") if obj.is_requestable else _("no")),
                    (_("Granted at once with"), _or_dash(obj.auto_granted_value)),
                    (_("Next try after (s)"), _or_dash(obj.retry_delay_seconds)),
                    (_("Made (UTC)"), moment(obj.created_at)),
                    (_("Deleted (UTC)"), moment(obj.deleted_at)),
                ],
            ),
            Panel(title=_("Test"), text=test.questions if test else "", empty=_("None.")),
            Panel(title=_("Answer key"), text=test.answer_key if test else "", empty=_("None.")),
            Panel(
                title=_("Latest holders"),
                head=[_("Worker"), _("Value"), _("Status"), _("Granted (UTC)"), _("Reason")],
                rows=[
                    [
                        link(one.worker),
                        one.value,
                        one.status,
                        moment(one.granted_at),
                        one.reason or "–",
                    ]
                    for one in held
                ],
                empty=_("Nobody."),
            ),
            Panel(
                title=_("Latest requests"),
                head=[_("Request"), _("Worker"), _("Status"), _("Begun (UTC)")],
                rows=[
                    [link(one), link(one.worker), one.status, moment(one.started_at)]
                    for one in asked
                ],
                empty=_("None."),
            ),
            trail_about("qualification_type", obj.public_id),
        ]


@admin.register(QualificationRequest)
class QualificationRequestAdmin(StaffAdmin):
    """Tries of workers to get qualifications."""

    list_display = ("public_id", "of_type", "by_worker", "status", "begun")
    list_select_related = ("type", "worker")
    list_filter = ("status",)
    exact = ("public_id", "worker__public_id", "type__public_id")
    search_help_text = _("A whole request, worker or qualification type id")

    @admin.display(description=_("type"))
    def of_type(self, request: QualificationRequest) -> str:
        """What was asked for."""
        return link(request.type)

    @admin.display(description=_("worker"))
    def by_worker(self, request: QualificationRequest) -> str:
        """Who asked."""
        return link(request.worker)

    @admin.display(description=_("begun (UTC)"), ordering="pk")
    def begun(self, request: QualificationRequest) -> str:
        """To the second."""
        return moment(request.started_at)

    def panels(self, obj: QualificationRequest) -> list[Panel]:
        """How it went, with the answer."""
        return [
            Panel(
                title=_("Request"),
                facts=[
                    (_("Type"), link(obj.type)),
                    (_("Worker"), link(obj.worker)),
                    (_("Status"), obj.get_status_display()),
                    (_("Begun (UTC)"), moment(obj.started_at)),
                    (_("Time until (UTC)"), moment(obj.deadline_at)),
                    (_("Sent in (UTC)"), moment(obj.submitted_at)),
                    (_("Decided (UTC)"), moment(obj.decided_at)),
                    (_("Value"), _or_dash(obj.value)),
                    (_("Reason"), obj.reason or "–"),
                    (_("Answer"), data(obj.answer)),
                ],
            )
        ]


@admin.register(WorkerBlock)
class WorkerBlockAdmin(StaffAdmin):
    """Whom requesters have blocked."""

    list_display = ("who", "by_requester", "side", "since", "lifted")
    list_select_related = ("worker", "requester")
    exact = ("worker__public_id", "requester__public_id", "pk")
    search_help_text = _("A whole worker id or requester id")
    named_by = ""

    @admin.display(description=_("worker"))
    def who(self, block: WorkerBlock) -> str:
        """Who is blocked."""
        return link(block.worker)

    @admin.display(description=_("requester"))
    def by_requester(self, block: WorkerBlock) -> str:
        """By whom."""
        return link(block.requester)

    @admin.display(description=_("side"))
    def side(self, block: WorkerBlock) -> Any:
        """Live or sandbox."""
        return _side(block.is_sandbox)

    @admin.display(description=_("since (UTC)"), ordering="pk")
    def since(self, block: WorkerBlock) -> str:
        """To the second."""
        return moment(block.blocked_at)

    @admin.display(description=_("lifted (UTC)"))
    def lifted(self, block: WorkerBlock) -> str:
        """To the second."""
        return moment(block.unblocked_at)

    def panels(self, obj: WorkerBlock) -> list[Panel]:
        """Why, and for how long."""
        return [
            Panel(
                title=_("Block"),
                facts=[
                    (_("Worker"), self.who(obj)),
                    (_("Requester"), self.by_requester(obj)),
                    (_("Side"), self.side(obj)),
                    (_("Since (UTC)"), self.since(obj)),
                    (_("Reason, which the worker never sees"), obj.reason),
                    (_("Lifted (UTC)"), self.lifted(obj)),
                    (_("Reason for that"), obj.unblock_reason or "–"),
                ],
            )
        ]


def _side(is_sandbox: bool) -> Any:
    return _("sandbox") if is_sandbox else _("live")


def _or_dash(value: int | None) -> Any:
    return "–" if value is None else value
