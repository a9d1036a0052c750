"""The audit trail, to read and to search; and a panel of it for other pages."""

from typing import Any

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import actor, data, moment, subject
from marketplace.adminsite import Panel, StaffAdmin
from marketplace.audit.models import AuditEntry

SHOWN = 20

# Each value once, by one index probe a value, however long the trail is.
_EACH_ONCE = """
WITH RECURSIVE each AS (
    (SELECT {column} AS value FROM audit_auditentry ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT e.{column} FROM audit_auditentry e WHERE e.{column} > each.value
             ORDER BY e.{column} LIMIT 1)
      FROM each WHERE each.value IS NOT NULL)
SELECT value FROM each WHERE value IS NOT NULL
"""


class _ByIndex(admin.SimpleListFilter):
    """A filter whose choices are read by index instead of from every row."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(_EACH_ONCE.format(column=self.parameter_name))
            return [(value, value.replace("_", " ")) for (value,) in cursor.fetchall()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.filter(**{str(self.parameter_name): chosen}) if chosen else queryset


class ActionFilter(_ByIndex):
    """What was done."""

    title = _("act")
    parameter_name = "action"


class SubjectFilter(_ByIndex):
    """To what kind of thing."""

    title = _("kind of subject")
    parameter_name = "subject_kind"


@admin.register(AuditEntry)
class AuditEntryAdmin(StaffAdmin):
    """Who did what to what, when, and why."""

    list_display = ("when", "what", "who", "about", "reason")
    list_filter = (ActionFilter, SubjectFilter, "at")
    exact = ("subject_id", "actor")
    search_help_text = _(
        "A whole id of what it was done to, or an actor like user:12, key:MH… or system"
    )
    named_by = ""

    @admin.display(description=_("time (UTC)"), ordering="pk")
    def when(self, entry: AuditEntry) -> str:
        """To the second."""
        return moment(entry.at)

    @admin.display(description=_("act"))
    def what(self, entry: AuditEntry) -> str:
        """In words."""
        return entry.action.replace("_", " ")

    @admin.display(description=_("by"))
    def who(self, entry: AuditEntry) -> str:
        """The actor."""
        return actor(entry.actor)

    @admin.display(description=_("to"))
    def about(self, entry: AuditEntry) -> str:
        """The subject."""
        return subject(entry.subject_kind, entry.subject_id)

    def panels(self, obj: AuditEntry) -> list[Panel]:
        """The whole entry."""
        return [
            Panel(
                title=_("Entry"),
                facts=[
                    (_("Time (UTC)"), moment(obj.at)),
                    (_("Act"), obj.action),
                    (_("By"), actor(obj.actor)),
                    (_("To"), subject(obj.subject_kind, obj.subject_id)),
                    (_("Reason"), obj.reason or "–"),
                    (_("Details"), data(obj.data)),
                ],
            )
        ]


def trail_about(kind: str, key: str | int) -> Panel:
    """The latest entries about one thing; `kind` as the trail calls it."""
    entries = AuditEntry.objects.filter(subject_kind=kind, subject_id=str(key))
    title = _("Audit trail: done to this %(kind)s") % {"kind": kind.replace("_", " ")}
    return _panel(title, entries, with_subject=False)


def trail_by(name: str) -> Panel:
    """The latest entries by one actor."""
    return _panel(_("Audit trail: done by them"), AuditEntry.objects.filter(actor=name))


def _panel(title: Any, entries: Any, *, with_subject: bool = True) -> Panel:
    latest = entries.order_by("-id")[:SHOWN]
    return Panel(
        title=title,
        head=[_("Time (UTC)"), _("Act"), _("To") if with_subject else _("By"), _("Reason")],
        rows=[
            [
                moment(entry.at),
                entry.action.replace("_", " "),
                subject(entry.subject_kind, entry.subject_id)
                if with_subject
                else actor(entry.actor),
                entry.reason or "–",
            ]
            for entry in latest
        ],
        empty=_("No entries."),
    )
