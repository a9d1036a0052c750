"""A project's own files: listed, added, deleted; and the files that came with answers."""

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.errors import DomainError
from marketplace.web.access import MemberRequest, requester_view
from marketplace.web.paging import page_newest_first
from tasks.actions.delete_project_file import delete_project_file
from tasks.actions.keep_file import add_project_file
from tasks.files.lending import lent_address
from tasks.files.references import PREFIX, file_address, small_address
from tasks.files.zipping import zipped
from tasks.models import Attachment, Project, ProjectFile
from tasks.queries.files import attachment_of, attachments_in, bytes_in, file_of, files_of
from tasks.web.requester.lookups import own_batch, own_project
from tasks.web.requester.rights import rights_of

PAGE = 50


@requester_view()
@require_safe
def project_files(request: MemberRequest, project_id: str) -> HttpResponse:
    """What the project stores, newest first."""
    project = own_project(request, project_id)
    found = files_of(project)
    search = request.GET.get("q", "").replace("\0", "").strip()[:200]
    if search:
        found = found.filter(name__icontains=search)
    page = page_newest_first(request, found, size=PAGE)
    used = bytes_in(project.files.all(), at=clock.now())
    context = {
        "project": project,
        "page": page,
        "search": search,
        "files": [_shown(file, here_of(request)) for file in page.rows],
        "used_bytes": used,
        "most_bytes": settings.MANYHANDS_PROJECT_BYTES,
        "most_file_bytes": settings.MANYHANDS_MAX_FILE_BYTES,
        **rights_of(request),
    }
    return let_media_in(render(request, "tasks/requester/files.html", context))


@requester_view(Role.MANAGER)
@require_POST
def add_files(request: MemberRequest, project_id: str) -> HttpResponse:
    """Store what was chosen: one by one by our script, or all at once without it."""
    project = own_project(request, project_id)
    sent = request.FILES.getlist("file")
    if request.headers.get("Accept") == "application/json":
        return _added_by_script(request, project, sent)
    added = 0
    for file in sent:
        try:
            _add(request, project, file)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            added += 1
    if added:
        words = ngettext("%(count)d file is stored.", "%(count)d files are stored.", added)
        messages.success(request, words % {"count": added})
    elif not sent:
        messages.warning(request, _("Choose at least one file first."))
    return redirect("requester:project_files", project.public_id)


def _added_by_script(
    request: MemberRequest, project: Project, sent: list[UploadedFile]
) -> JsonResponse:
    if len(sent) != 1:
        return JsonResponse({"message": _("Send one file at a time.")}, status=400)
    try:
        file = _add(request, project, sent[0])
    except DomainError as error:
        return JsonResponse({"message": error.message}, status=error.status)
    return JsonResponse({"name": file.name, "size": filesizeformat(file.size)}, status=201)


def _add(request: MemberRequest, project: Project, file: UploadedFile) -> ProjectFile:
    return add_project_file(
        by=request.acting,
        user=request.user,
        project=project,
        name=file.name or "",
        file=file,
        at=clock.now(),
    )


@requester_view(Role.MANAGER)
@require_POST
def delete_file(request: MemberRequest, project_id: str, key: str) -> HttpResponse:
    """Take a file away that no published work shows."""
    project = own_project(request, project_id)
    file = file_of(project, key)
    delete_project_file(by=request.acting, key=file.key, at=clock.now())
    messages.success(request, _("“%(name)s” is deleted.") % {"name": file.name})
    return redirect("requester:project_files", project.public_id)


@requester_view()
@require_safe
def attachment(request: MemberRequest, key: str) -> HttpResponse:
    """A file that a worker sent: to where it is served, for a short time. This is the address in
    results files, which is good as long as the file is there, for members alone."""
    file = attachment_of(request.acting.requester, key)
    response = redirect(lent_address(file, here=here_of(request)))
    response["Cache-Control"] = "no-store"
    return response


@requester_view()
@require_safe
def batch_files(request: MemberRequest, batch_id: int) -> StreamingHttpResponse:
    """Every file that came with the batch's answers, in a ZIP archive that is made as it goes."""
    batch = own_batch(request, batch_id)
    response = StreamingHttpResponse(zipped(attachments_in(batch)), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="Batch_{batch.pk}_files.zip"'
    response["Cache-Control"] = "no-store"
    return response


def here_of(request: HttpRequest) -> str:
    """The origin of our own pages."""
    return f"{request.scheme}://{request.get_host()}"


def let_media_in(response: HttpResponse) -> HttpResponse:
    """The page may show files from where they are served."""
    if origin := settings.MANYHANDS_USERCONTENT_ORIGIN:
        response._csp_update = {"img-src": [origin], "media-src": [origin]}  # type: ignore[attr-defined]
    return response


def shown_attachments(files: list[Attachment], *, here: str) -> list[dict[str, object]]:
    """Files of an answer as its page shows them, with addresses that are good for an hour."""
    return [{"file": file, "address": lent_address(file, here=here)} for file in files]


def _shown(file: ProjectFile, here: str) -> dict[str, object]:
    return {
        "file": file,
        "reference": PREFIX + file.name,
        "address": file_address(file.key, file.name, here=here),
        "small": small_address(file, here=here) if file.has_small else "",
    }
