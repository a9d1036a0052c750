"""Workers, to find by id. Everything about one is on the page of the person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from marketplace.admincells import link, moment, url_of
from marketplace.adminsite import Panel, StaffAdmin
from workers.models import Worker


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
