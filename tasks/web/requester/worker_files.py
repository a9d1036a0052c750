"""The requester's workers as a file: downloaded, and uploaded with changes."""

from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import clock
from marketplace.accounts.models import Requester, Role
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from tasks.actions.update_workers import apply_workers, upload_workers
from tasks.queries import people
from tasks.queries.imports import chunks_of
from tasks.results import worker_files
from tasks.web.requester.forms import CsvField
from workers.models import WorkerFile
from workers.queries import types_of

SHOWN = 200


class WorkersFileForm(forms.Form):
    """A file of workers with its UPDATE columns filled in."""

    file = CsvField(label=gettext_lazy("Workers file with UPDATE columns filled in"))


@requester_view()
@require_safe
def workers_csv(request: MemberRequest) -> StreamingHttpResponse:
    """Everybody who submitted work, with columns to fill in."""
    lines = _lines(request.acting.requester, request.is_sandbox)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="workers.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(requester: Requester, is_sandbox: bool) -> Iterator[str]:
    types = list(
        types_of(requester, is_sandbox=is_sandbox).order_by("pk")[: worker_files.MOST_COLUMNS]
    )
    yield worker_files.header(types)
    everybody = people.workers_of(requester, is_sandbox=is_sandbox)
    for found in chunks_of(everybody):
        yield worker_files.lines(
            people.people(
                found, requester=requester, is_sandbox=is_sandbox, types=types, at=clock.now()
            )
        )


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def upload_file(request: MemberRequest) -> HttpResponse:
    """Upload the file with changes in it."""
    form = WorkersFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown_in(form):
            kept = upload_workers(
                by=request.acting,
                user=request.user,
                file=form.cleaned_data["file"],
                is_sandbox=request.is_sandbox,
                at=clock.now(),
            )
            return redirect("requester:workers_file", kept.pk)
    return render(request, "tasks/requester/workers_upload.html", {"form": form})


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def confirm_file(request: MemberRequest, file_id: int) -> HttpResponse:
    """What an uploaded file will change, and the button that does it."""
    mine = WorkerFile.objects.filter(
        requester=request.acting.requester, is_sandbox=request.is_sandbox
    )
    kept = get_object_or_404(mine, pk=min(file_id, 2**63 - 1))
    if kept.applied_at is not None:
        return redirect("requester:workers")
    if request.method == "POST":
        done = apply_workers(by=request.acting, kept=kept, at=clock.now())
        words = ngettext("%(n)d change is made.", "%(n)d changes are made.", done)
        messages.success(request, words % {"n": done})
        return redirect("requester:workers")
    context = {
        "file": kept,
        "changes": kept.changes[:SHOWN],
        "more": max(0, len(kept.changes) - SHOWN),
        "count": len(kept.changes),
    }
    return render(request, "tasks/requester/workers_file.html", context)
