"""The gallery of templates: the first step of making a project."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.hurry import hurry
from marketplace.money import currency_of
from marketplace.web.access import MemberRequest, requester_view
from tasks.actions.publish_batch import rows_of
from tasks.actions.upload_sample import upload_sample
from tasks.models import Project
from tasks.queries.batches import batches_of
from tasks.questions.gallery import GROUPS, GalleryTemplate, template_named, templates
from tasks.states import BatchStatus
from tasks.web.requester.files import here_of
from tasks.web.requester.lookups import own_project
from tasks.web.requester.rights import rights_of

ROWS_SHOWN = 10
_UNREAD = (BatchStatus.CHECKING, BatchStatus.REFUSED)


@requester_view()
@require_safe
def gallery(request: MemberRequest) -> HttpResponse:
    """All templates by group; `q` keeps those that have each of its words."""
    typed = request.GET.get("q", "")
    words = typed.casefold().split()
    found = [one for one in templates().values() if all(word in _said_of(one) for word in words)]
    groups = [(name, [one for one in found if one.group == key]) for key, name in GROUPS.items()]
    context = {"groups": [pair for pair in groups if pair[1]], "q": typed, **rights_of(request)}
    return render(request, "tasks/requester/gallery.html", context)


def _said_of(template: GalleryTemplate) -> str:
    words = (template.name, template.purpose, template.answer, template.project["keywords"])
    return " ".join((*words, str(GROUPS[template.group]))).casefold()


@requester_view()
@require_safe
def gallery_template(request: MemberRequest, slug: str) -> HttpResponse:
    """One template: how it looks with each of its sample rows, what it needs, what comes back."""
    template = _template(slug)
    rows = template.rows(here=here_of(request))
    typed = request.GET.get("row", "1")
    row = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    row = max(1, min(row, len(rows)))
    context = {
        "template": template,
        "row": row,
        "row_count": len(rows),
        "previous": row - 1 if row > 1 else None,
        "next": row + 1 if row < len(rows) else None,
        "group": GROUPS[template.group],
        "currency": currency_of(is_sandbox=request.is_sandbox),
        **rights_of(request),
    }
    return render(request, "tasks/requester/gallery_template.html", context)


@requester_view()
@require_safe
def gallery_csv(request: MemberRequest, slug: str) -> HttpResponse:
    """A template's sample rows as a file, which can be uploaded as it is."""
    return sample_file(request, _template(slug))


@requester_view(Role.MANAGER)
@require_POST
def use_sample(request: MemberRequest, project_id: str) -> HttpResponse:
    """A batch of the sample rows, in the sandbox."""
    batch = upload_sample(
        by=request.acting,
        user=request.user,
        project=own_project(request, project_id),
        here=here_of(request),
        at=clock.now(),
    )
    hurry("tasks.publish_batches")
    return redirect("requester:batch", batch.pk)


def sample_rows(
    request: MemberRequest, *, project: Project | None, start: GalleryTemplate | None
) -> list[dict[str, str]]:
    """Rows to show a layout with: of the project's last batch, else of its template."""
    if project:
        mine = batches_of(request.acting.requester, is_sandbox=project.is_sandbox)
        last = mine.filter(project=project).exclude(status__in=_UNREAD).first()
        if last:
            rows = rows_of(last, start=0, count=ROWS_SHOWN)
            return [
                {name: value for name, value in row.inputs.items() if isinstance(value, str)}
                for row in rows
            ]
        start = template_named(project.template)
    return start.rows(here=here_of(request)) if start else []


def sample_file(request: MemberRequest, template: GalleryTemplate) -> HttpResponse:
    """A template's sample rows, with addresses on this installation."""
    name = f"{slugify(template.name) or template.slug}-sample.csv"
    return as_csv(template.sample_csv(here=here_of(request)), name)


def as_csv(text: str, name: str) -> HttpResponse:
    """A CSV file to download."""
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _template(slug: str) -> GalleryTemplate:
    found = template_named(slug)
    if found is None:
        raise Http404
    return found
