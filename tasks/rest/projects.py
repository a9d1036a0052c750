"""Projects over the API."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.rest.docs import SANDBOX, listing, whole_list
from marketplace.rest.once import IDEMPOTENCY_KEY, once
from marketplace.rest.views import RequesterView
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.save_project import archive_project, create_project, update_project
from tasks.models.terms import TERMS
from tasks.queries import api
from tasks.queries.projects import projects_of
from tasks.questions.gallery import templates
from tasks.questions.templates import template_of
from tasks.rest.shapes import (
    HITIn,
    HITOut,
    ProjectCreate,
    ProjectIn,
    ProjectOut,
    TemplateOut,
)


class Projects(RequesterView):
    """The requester's projects."""

    @extend_schema(operation_id="list_projects", **listing(ProjectOut, SANDBOX))
    def get(self, request: Request) -> HttpResponse:
        """Projects on one side, newest first. Archived ones are left out."""
        return self.list(ProjectOut, projects_of(self.by.requester, is_sandbox=self.is_sandbox))

    @extend_schema(
        operation_id="create_project", request=ProjectCreate, responses={201: ProjectOut}
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a project. Takes the role of manager."""
        values = self.read(ProjectCreate)
        is_sandbox = values.pop("sandbox")
        project = create_project(by=self.by, is_sandbox=is_sandbox, values=values, at=clock.now())
        return self.show(ProjectOut, project, status=201)


class Templates(RequesterView):
    """The gallery."""

    @extend_schema(operation_id="list_templates", responses=whole_list("TemplateList", TemplateOut))
    def get(self, request: Request) -> HttpResponse:
        """Templates that a project can be started from: name one as `template` when you make it."""
        shown = TemplateOut(templates().values(), many=True, context={"request": request})
        return Response({"results": shown.data})


class Project(RequesterView):
    """One project."""

    @extend_schema(operation_id="get_project", responses=ProjectOut)
    def get(self, request: Request, project_id: str) -> HttpResponse:
        """One project, on either side."""
        return self.show(ProjectOut, api.project_of(self.by.requester, project_id))

    @extend_schema(operation_id="update_project", request=ProjectIn, responses=ProjectOut)
    def patch(self, request: Request, project_id: str) -> HttpResponse:
        """Change what is given. Batches that were published keep the terms they had."""
        project = api.project_of(self.by.requester, project_id)
        values = self.read(ProjectIn, partial=True)
        project = update_project(by=self.by, project=project, values=values, at=clock.now())
        return self.show(ProjectOut, project)


class ArchiveProject(RequesterView):
    """Taking a project off the list."""

    @extend_schema(operation_id="archive_project", request=None, responses=ProjectOut)
    def post(self, request: Request, project_id: str) -> HttpResponse:
        """Archive the project. Its batches and results stay."""
        project = api.project_of(self.by.requester, project_id)
        archive_project(by=self.by, project=project, at=clock.now())
        project.refresh_from_db()
        return self.show(ProjectOut, project)


class ProjectHITs(RequesterView):
    """HITs that are made one at a time."""

    @extend_schema(
        operation_id="create_hit",
        parameters=[IDEMPOTENCY_KEY],
        request=HITIn,
        responses={201: HITOut},
    )
    @once
    def post(self, request: Request, project_id: str) -> HttpResponse:
        """Publish one HIT with the project's terms and layout, paid into escrow at once."""
        self.by.require(Role.MANAGER)  # before a group or a question is written for it
        project = api.project_of(self.by.requester, project_id)
        values = self.read(HITIn)
        template = template_of(project)
        template.fill(values["inputs"])  # what can't be shown is said before it is paid
        now = clock.now()
        hit = create_hit(
            by=self.by,
            hit_type=hit_type_for(
                requester=self.by.requester,
                is_sandbox=project.is_sandbox,
                terms={name: getattr(project, name) for name in TERMS},
                at=now,
            ),
            question=template.question(),
            inputs=values["inputs"],
            max_assignments=values.get("max_assignments", project.max_assignments),
            lifetime_seconds=values.get("lifetime_seconds", project.lifetime_seconds),
            annotation=values["annotation"],
            layout=project,
            at=now,
        )
        return self.show(HITOut, api.hit_of(self.by.requester, hit.public_id), status=201)
