"""The staff's pages: everything can be read, nothing edited, and every act has a reason.

A model's page is a `StaffAdmin`: a list, and one page per object, made of panels (`panels`) and
acts (`acts`). There is no form over a model's fields anywhere, so money, states and the audit
trail can't be written here, by a superuser neither. An act asks for a reason and calls a rule,
which records it in the trail.

Floors: a page that shows work and money is registered by the app that may know both. A person's
page is therefore in tasks/admin, though User is on floor 1. Below, pages link by URL name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.admincells import act_url, url_of
from marketplace.web.errors import refusals_shown_in

Text = str | Promise
MOST_COUNTED = 10_000
"""A list says “10000 results” beyond this, and pages end there: who has more must search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A part of an object's page: facts, or a table, or both; `empty` stands for no rows."""

    title: Text
    facts: Sequence[tuple[Text, Any]] = ()
    head: Sequence[Text] = ()
    rows: Sequence[Sequence[Any]] = ()
    text: str = ""
    empty: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Something that staff can do to an object, with a reason."""

    label: Text
    explains: Text
    carry_out: Callable[[Any, Any, str, datetime], object]  # staff, object, reason, at
    is_possible: Callable[[Any], bool]
    is_grave: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Things on the first page that need a decision; `count` costs little however many rows."""

    label: Text
    count: Callable[[], int]
    view: str
    query: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of the staff's that is about no single object."""

    label: Text
    explains: Text
    path: str
    name: str
    view: Callable[..., Any]
    is_listed: bool = True


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("Kept in the audit trail. Where it concerns somebody, they are shown it."),
    )


class StaffSite(admin.AdminSite):
    """The admin of our own models alone.

    What Django and its apps would register beside (groups, e-mail addresses, second factors) is
    left out: those pages write without a reason, and without an entry in the trail.
    """

    site_header = _("Manyhands staff")
    site_title = _("Manyhands staff")
    index_title = _("Needs a decision")
    index_template = "admin/staff_index.html"
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.queues: list[Queue] = []
        self.pages: list[Page] = []

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only a StaffAdmin gets in."""
        if isinstance(admin_class, type) and issubclass(admin_class, StaffAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def add_queue(self, queue: Queue) -> None:
        """Show the queue on the first page."""
        self.queues.append(queue)

    def add_page(self, page: Page) -> None:
        """Serve the page, to staff, and list it on the first one."""
        self.pages.append(page)

    def get_urls(self) -> list[Any]:
        """Ours before Django's, whose last one takes whatever is left."""
        ours = [path(p.path, self.admin_view(p.view), name=p.name) for p in self.pages]
        return [*ours, *super().get_urls()]

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff in good standing."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.suspended_at is None)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The queues, and the list of everything."""
        waiting = [
            {"label": q.label, "count": q.count(), "url": reverse(q.view) + q.query}
            for q in self.queues
        ]
        pages = [
            {"label": p.label, "explains": p.explains, "url": reverse(f"admin:{p.name}")}
            for p in self.pages
            if p.is_listed
        ]
        context = {"waiting": waiting, "pages": pages}
        return super().index(request, context | (extra_context or {}))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Where everybody changes it: there the present password is asked for, and limits hold."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """allauth's page says so itself."""
        return redirect("account_change_password")


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST_COUNTED, since a table may hold millions."""

    @cached_property
    def count(self) -> int:
        """How many, or MOST_COUNTED where there are more."""
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that searches by exact ids, and a page of panels and acts. Writes nothing itself."""

    actions = None
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    ordering = ("-pk",)
    # The field that names an object in links, beside its primary key.
    named_by = "public_id"
    # What the search box compares with, exactly: each must have an index.
    exact: Sequence[str] = ()
    acts: dict[str, Act] = {}

    def panels(self, obj: Any) -> Iterable[Panel]:
        """What the object's page shows. To be given by each model's admin."""
        raise NotImplementedError

    def title_of(self, obj: Any) -> str:
        """What heads the object's page."""
        return str(obj)

    # --- Nothing is edited -----------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- The list --------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list. The database takes no NUL character, so no filter can name one."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404("There is no such list.")
        return super().changelist_view(request, extra_context)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(self.exact)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Rows of which a field is exactly the term: an index finds them among millions."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = models.Q(pk__in=[])
        for field in self.exact:
            try:
                queryset.model._default_manager.filter(**{field: term})
            except (ValueError, ValidationError):
                continue  # a word is no number and no UUID
            found |= models.Q(**{field: term})
        return queryset.filter(found), False

    # --- The page of one object ------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """The list, the page, the acts. There is no page to add, change or delete on."""
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("", view(require_safe(self.changelist_view)), name=f"{info}_changelist"),
            path("<path:object_id>/act/<slug:name>/", view(self.act_view), name=f"{info}_act"),
            path(
                "<path:object_id>/change/",
                view(require_safe(self.change_view)),
                name=f"{info}_change",
            ),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """By its public name or its primary key; None where there is none."""
        key = unquote(object_id)
        rows = self.get_queryset(request)
        for field in (self.named_by, "pk"):
            try:
                found = rows.filter(**{field: key}).first() if field else None
            except (ValueError, ValidationError, OverflowError):
                continue
            if found is not None:
                return found
        return None

    def _object_or_404(self, request: HttpRequest, object_id: str) -> Any:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        return obj

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one object, to read."""
        obj = self._object_or_404(request, object_id)
        acts = [
            {
                "label": act.label,
                "url": act_url(obj, name, self._key_of(obj)),
                "is_grave": act.is_grave,
            }
            for name, act in self.acts.items()
            if act.is_possible(obj)
        ]
        context = self._context(request, obj) | {"panels": list(self.panels(obj)), "acts": acts}
        return render(request, "admin/object.html", context | (extra_context or {}))

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask for the reason, then do it."""
        obj = self._object_or_404(request, object_id)
        act = self.acts.get(name)
        if act is None:
            raise Http404("There is no such act.")
        if not act.is_possible(obj):
            messages.info(request, _("That has been done already, or can't be done any more."))
            return HttpResponseRedirect(url_of(obj, self._key_of(obj)))
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            with refusals_shown_in(form):
                act.carry_out(request.user, obj, form.cleaned_data["reason"], clock.now())
                messages.success(request, _("Done, and written into the audit trail."))
                return HttpResponseRedirect(url_of(obj, self._key_of(obj)))
        context = self._context(request, obj) | {
            "act": act,
            "form": form,
            "title": act.label,
            "back": url_of(obj, self._key_of(obj)),
        }
        status = 200 if request.method in {"GET", "HEAD"} else 400
        return render(request, "admin/act.html", context, status=status)

    def _key_of(self, obj: Any) -> Any:
        return getattr(obj, self.named_by) if self.named_by else obj.pk

    def _context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": obj,
            "title": self.title_of(obj),
            "kind": self.opts.verbose_name,
            "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
