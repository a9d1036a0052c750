"""What was saved from Mechanical Turk: uploading it, reading it, giving it back."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.paging import page_newest_first
from tasks.actions.import_delete import delete_import
from tasks.actions.import_link import link_former_worker, unlink_former_worker
from tasks.actions.import_upload import upload_import
from tasks.imports import results
from tasks.imports.rows import MAX_ROWS
from tasks.imports.writing import cell_of, former_worker_lines, lines_of
from tasks.models import ImportedAssignment, ImportedFile
from tasks.queries import imports as queries
from tasks.states import ImportStatus
from tasks.web.requester.downloads import in_blocks
from tasks.web.requester.forms import ImportForm
from tasks.web.requester.rights import rights_of

PAGE = 25
LARGEST_ID = 2**63
WHICH = {
    "": gettext_lazy("All"),
    queries.SAYS: gettext_lazy("Say they are here"),
    queries.LINKED: gettext_lazy("Known here"),
    queries.BLOCKED: gettext_lazy("Blocked there"),
}


@requester_view()
@require_safe
def imports(request: MemberRequest) -> HttpResponse:
    """The requester's imported files."""
    mine = queries.imports_of(request.acting.requester)
    context = {"page": page_newest_first(request, mine, size=PAGE), **rights_of(request)}
    return render(request, "tasks/requester/imports.html", context)


@requester_view(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def new_import(request: MemberRequest) -> HttpResponse:
    """Upload a file."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown_in(form):
            found = upload_import(
                by=request.acting,
                user=request.user,
                file=form.cleaned_data["file"],
                at=clock.now(),
            )
            hurry("tasks.read_imports")
            return redirect("requester:import", found.pk)
    return render(request, "tasks/requester/import_new.html", {"form": form, "most_rows": MAX_ROWS})


@requester_view()
@require_safe
def imported(request: MemberRequest, import_id: int) -> HttpResponse:
    """One file: how far it is, what is wrong with it, or what is in it."""
    found = _own(request, import_id)
    context = {"file": found, **rights_of(request)}
    if found.status != ImportStatus.DONE or found.kind != ImportedFile.Kind.RESULTS:
        return render(request, "tasks/requester/import.html", context)
    wanted = queries.Wanted(
        status=_chosen(request.GET.get("status", ""), results.STATUSES),
        worker=request.GET.get("worker", ""),
        text=request.GET.get("text", ""),
    )
    page = page_newest_first(request, queries.rows_in(found, wanted), size=PAGE)
    context |= {
        "filter": wanted,
        "statuses": results.STATUSES,
        "is_filtered": bool(wanted.status or wanted.worker or wanted.text),
        "page": page,
        "rows": [(row, *_parts(row, found.columns)) for row in page.rows],
    }
    return render(request, "tasks/requester/import.html", context)


@requester_view()
@require_safe
def import_state(request: MemberRequest, import_id: int) -> HttpResponse:
    """The part of the page that moves; when the stage has changed, the page loads itself anew."""
    found = _own(request, import_id)
    if request.GET.get("stage") == found.status and request.headers.get("HX-Request"):
        return render(request, "tasks/requester/_import_progress.html", {"file": found})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect("requester:import", found.pk)


@requester_view()
@require_safe
def import_csv(request: MemberRequest, import_id: int) -> StreamingHttpResponse:
    """The rows that came with a file of results, in its own columns. `?raw=1` leaves out what
    keeps a spreadsheet from running a cell as a formula."""
    found = _own(request, import_id)
    if found.status != ImportStatus.DONE or found.kind != ImportedFile.Kind.RESULTS:
        raise Http404
    lines = lines_of(found, is_raw=request.GET.get("raw") == "1")
    return _download(lines, f"Imported_{found.pk}_batch_results.csv")


@requester_view()
@require_safe
def former_workers(request: MemberRequest) -> HttpResponse:
    """Who worked for the requester on Mechanical Turk, and who says to be one of them here."""
    requester = request.acting.requester
    asked = {
        "worker": request.GET.get("worker", ""),
        "qualification": request.GET.get("qualification", ""),
        "which": _chosen(request.GET.get("which", ""), WHICH),
    }
    page = page_newest_first(request, queries.former_workers_of(requester, **asked), size=PAGE)
    claims = queries.claims_on([former.amazon_id for former in page.rows])
    context = {
        "page": page,
        "rows": [
            {"former": former, "claims": [] if former.worker else claims.get(former.amazon_id, [])}
            for former in page.rows
        ],
        "filter": asked,
        "is_filtered": any(asked.values()),
        "qualifications": queries.qualification_names(requester),
        "which": WHICH,
        **rights_of(request),
    }
    return render(request, "tasks/requester/import_workers.html", context)


@requester_view()
@require_safe
def former_workers_csv(request: MemberRequest) -> StreamingHttpResponse:
    """All of them as a file."""
    lines = former_worker_lines(request.acting.requester, is_raw=request.GET.get("raw") == "1")
    return _download(lines, "Former_workers.csv")


@requester_view(Role.MANAGER)
@require_POST
def link_worker(request: MemberRequest, former_id: int) -> HttpResponse:
    """Confirm that a worker is who they say they were."""
    if former_id >= LARGEST_ID:
        raise Http404
    former = link_former_worker(
        by=request.acting,
        former_id=former_id,
        worker_id=request.POST.get("worker", "").replace("\0", ""),
        at=clock.now(),
    )
    assert former.worker is not None
    messages.success(
        request,
        _("%(former)s is %(worker)s here now, with the scores they had.")
        % {"former": former.amazon_id, "worker": former.worker.public_id},
    )
    return redirect("requester:former_workers")


@requester_view(Role.MANAGER)
@require_POST
def unlink_worker(request: MemberRequest, former_id: int) -> HttpResponse:
    """Undo a confirmation."""
    if former_id >= LARGEST_ID:
        raise Http404
    unlink_former_worker(by=request.acting, former_id=former_id, at=clock.now())
    messages.success(request, _("Undone: the former worker is nobody here again."))
    return redirect("requester:former_workers")


@requester_view(Role.MANAGER)
@require_POST
def delete(request: MemberRequest, import_id: int) -> HttpResponse:
    """Delete a file and its rows."""
    found = _own(request, import_id)
    delete_import(by=request.acting, import_id=found.pk, at=clock.now())
    messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
    return redirect("requester:imports")


Cells = list[tuple[str, str]]


def _parts(row: ImportedAssignment, columns: list[str]) -> tuple[Cells, Cells]:
    """(answers, everything else that isn't empty), each in the order of the file's columns."""
    answers = [name for name in columns if name.startswith(results.ANSWER)]
    others = [name for name in columns if not name.startswith(results.ANSWER)]
    return (
        [(name.removeprefix(results.ANSWER), cell_of(row, name)) for name in answers],
        [(name, text) for name in others if (text := cell_of(row, name))],
    )


def _own(request: MemberRequest, import_id: int) -> ImportedFile:
    if import_id >= LARGEST_ID:
        raise Http404
    return get_object_or_404(queries.imports_of(request.acting.requester), pk=import_id)


def _chosen(text: str, choices: object) -> str:
    return text if text in choices else ""  # type: ignore[operator]


def _download(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(in_blocks(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
