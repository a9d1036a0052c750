"""The installation itself: promises that could not be kept, and signs of life."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import data, moment
from marketplace.adminsite import Act, Panel, Queue, StaffAdmin
from marketplace.audit.admin import trail_about
from marketplace.models import Heartbeat, OutboxMessage
from marketplace.retry_message import retry_message

# What an e-mail says is between its sender and its receiver, and may hold a link that lets in.
HIDDEN = {"text", "html"}


class StateFilter(admin.SimpleListFilter):
    """How far a message got."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("gave_up", _("Given up")),
            ("waiting", _("Waiting")),
            ("sent", _("Sent")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "gave_up":
                return queryset.filter(gave_up_at__isnull=False)
            case "waiting":
                return queryset.filter(sent_at=None, gave_up_at=None)
            case "sent":
                return queryset.filter(sent_at__isnull=False)
        return queryset


@admin.register(OutboxMessage)
class OutboxMessageAdmin(StaffAdmin):
    """Messages to the outside; those that were given up can be tried again."""

    list_display = ("key", "kind", "state", "attempts", "created", "last_error")
    list_filter = (StateFilter,)
    exact = ("key",)
    search_help_text = _("The whole key of a message")
    named_by = ""
    acts = {
        "retry": Act(
            label=_("Try again"),
            explains=_("It is due at once, and tried again as often as a new one."),
            carry_out=lambda staff, message, reason, at: retry_message(
                staff=staff, message=message, reason=reason, at=at
            ),
            is_possible=lambda message: message.gave_up_at is not None,
        )
    }

    @admin.display(description=_("state"))
    def state(self, message: OutboxMessage) -> Any:
        """Sent, waiting, or given up."""
        if message.sent_at:
            return _("sent")
        return _("given up") if message.gave_up_at else _("waiting")

    @admin.display(description=_("written (UTC)"), ordering="pk")
    def created(self, message: OutboxMessage) -> str:
        """To the second."""
        return moment(message.created_at)

    def panels(self, obj: OutboxMessage) -> list[Panel]:
        """What was promised, and what came of it."""
        shown = {
            name: _("(not shown)") if name in HIDDEN else value
            for name, value in obj.payload.items()
        }
        return [
            Panel(
                title=_("Message"),
                facts=[
                    (_("Key"), obj.key),
                    (_("Kind"), obj.kind),
                    (_("State"), self.state(obj)),
                    (_("Attempts"), obj.attempts),
                    (_("Written (UTC)"), moment(obj.created_at)),
                    (_("Due (UTC)"), moment(obj.due_at)),
                    (_("Sent (UTC)"), moment(obj.sent_at)),
                    (_("Given up (UTC)"), moment(obj.gave_up_at)),
                    (_("Last error"), obj.last_error or "–"),
                    (_("Content"), data(shown)),
                ],
            ),
            trail_about("outbox", obj.pk),
        ]


@admin.register(Heartbeat)
class HeartbeatAdmin(StaffAdmin):
    """When jobs and beat last did a piece of work."""

    list_display = ("name", "last")
    named_by = ""

    @admin.display(description=_("last work (UTC)"))
    def last(self, beat: Heartbeat) -> str:
        """To the second."""
        return moment(beat.beat_at)

    def panels(self, obj: Heartbeat) -> list[Panel]:
        """The one fact."""
        return [Panel(title=obj.name, facts=[(_("Last work (UTC)"), moment(obj.beat_at))])]


def _given_up() -> int:
    given_up: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(gave_up_at__isnull=False)
    return given_up.count()


admin.site.add_queue(  # type: ignore[attr-defined]
    Queue(
        label=_("messages given up"),
        count=_given_up,
        view="admin:marketplace_outboxmessage_changelist",
        query="?state=gave_up",
    )
)
