"""Qualification types: listed, made, changed, deleted; one with who holds it and who asks."""

from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.errors import DomainError
from marketplace.questionform import form as forms
from marketplace.questionform import render as questions
from marketplace.questionform import simple
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.paging import page_newest_first
from tasks.web.requester.qualification_forms import HERE, GrantForm, QualificationForm
from tasks.web.requester.rights import rights_of
from tasks.web.requester.test_builder import draft_in
from workers import queries
from workers.actions.qualification_types import (
    create_qualification_type,
    delete_qualification_type,
    update_qualification_type,
)
from workers.models import QualificationType
from workers.states import QualificationStatus

PAGE = 25
MOST_WAITING = 50


def own_qualification(request: MemberRequest, type_id: str) -> QualificationType:
    """The requester's type, on the side that the page shows; a deleted one is gone."""
    mine = queries.types_of(request.acting.requester, is_sandbox=request.is_sandbox)
    return get_object_or_404(mine.select_related("test", "owner"), public_id=type_id)


@requester_view()
@require_safe
def qualifications(request: MemberRequest) -> HttpResponse:
    """The requester's types, and how many requests wait."""
    requester, is_sandbox = request.acting.requester, request.is_sandbox
    mine = queries.types_of(requester, is_sandbox=is_sandbox).select_related("test")
    page = page_newest_first(request, mine, size=PAGE)
    counts = queries.counts_of_types([kind.pk for kind in page.rows])
    context = {
        "page": page,
        "rows": [(kind, *counts.get(kind.pk, (0, 0))) for kind in page.rows],
        **rights_of(request),
    }
    return render(request, "tasks/requester/qualifications.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def new_qualification(request: MemberRequest) -> HttpResponse:
    """The form of a type that isn't there yet."""
    form = QualificationForm(request.POST or None)
    if "act" in request.POST:
        form.build(request.POST["act"])
        if request.headers.get("HX-Request"):
            return _builder(request, form)
    elif form.is_valid():
        with refusals_shown_in(form):
            made = create_qualification_type(
                by=request.acting,
                is_sandbox=request.is_sandbox,
                values=form.values(),
                at=clock.now(),
            )
            messages.success(request, _("The qualification type is there."))
            return redirect("requester:qualification", made.public_id)
    return render(request, "tasks/requester/qualification_form.html", {"form": form})


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def edit_qualification(request: MemberRequest, type_id: str) -> HttpResponse:
    """The form of a type."""
    kind = own_qualification(request, type_id)
    form = QualificationForm(request.POST or None, kind=kind)
    if "act" in request.POST:
        form.build(request.POST["act"])
        if request.headers.get("HX-Request"):
            return _builder(request, form)
    elif form.is_valid():
        with refusals_shown_in(form):
            update_qualification_type(
                by=request.acting, kind=kind, values=form.values(), at=clock.now()
            )
            messages.success(request, _("Saved."))
            return redirect("requester:qualification", kind.public_id)
    context = {"form": form, "kind": kind}
    return render(request, "tasks/requester/qualification_form.html", context)


def _builder(request: MemberRequest, form: QualificationForm) -> HttpResponse:
    """The part of the form that a button of the builder has changed."""
    return render(request, "tasks/requester/_test_builder.html", {"draft": form.draft})


@requester_view(Role.MANAGER)
@require_POST
def delete(request: MemberRequest, type_id: str) -> HttpResponse:
    """Delete a type."""
    kind = own_qualification(request, type_id)
    delete_qualification_type(by=request.acting, kind=kind, at=clock.now())
    messages.success(request, _("“%(name)s” is deleted.") % {"name": kind.name})
    return redirect("requester:qualifications")


@requester_view()
@csp_update(questions.MEDIA)  # type: ignore[arg-type]
@require_safe
def qualification(request: MemberRequest, type_id: str) -> HttpResponse:
    """One type: its rules, its test, who asks for it and who holds it."""
    kind = own_qualification(request, type_id)
    return type_page(request, kind, GrantForm())


def type_page(request: MemberRequest, kind: QualificationType, form: GrantForm) -> HttpResponse:
    """The page of a type, with a grant as it was filled in."""
    requester, is_sandbox = request.acting.requester, request.is_sandbox
    tab = "revoked" if request.GET.get("tab") == "revoked" else "granted"
    status = QualificationStatus.REVOKED if tab == "revoked" else QualificationStatus.GRANTED
    waiting = queries.requests_waiting(requester, is_sandbox=is_sandbox, kind=kind)
    context = {
        "kind": kind,
        "page": page_newest_first(request, queries.holders_of(kind, status), size=PAGE),
        "tab": tab,
        "tabs": [("granted", _("Granted")), ("revoked", _("Revoked"))],
        "waiting": waiting.order_by("pk")[:MOST_WAITING],
        "test": questions.as_html(forms.parse(kind.test.questions)) if kind.test else "",
        "grant": form,
        **rights_of(request),
    }
    status_code = 422 if form.errors else 200
    return render(request, "tasks/requester/qualification.html", context, status=status_code)


@requester_view(Role.MANAGER)
@csp_update(questions.MEDIA)  # type: ignore[arg-type]
@require_POST
def draft_test(request: MemberRequest) -> HttpResponse:
    """The test of a form that isn't saved, as workers would see it; or what is wrong with it."""
    context: dict[str, object] = {}
    test = request.POST.get("test", "")
    if request.POST.get("written") == HERE:
        draft = draft_in(request.POST)
        asked = draft.asked()
        if asked is None:
            context["draft"] = draft
            return render(request, "tasks/requester/qualification_test.html", context)
        test, _key = simple.written(asked)
    try:
        context["fields"] = questions.as_html(forms.parse(test))
    except DomainError as error:
        context["wrong"] = error.message
    return render(request, "tasks/requester/qualification_test.html", context)
