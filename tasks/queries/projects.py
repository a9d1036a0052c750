"""Reading projects."""

from django.db.models import QuerySet

from marketplace.accounts.models import Requester
from tasks.models import HITType, Project
from tasks.models.terms import TERMS


def projects_of(requester: Requester, *, is_sandbox: bool) -> QuerySet[Project]:
    """A requester's projects on one side, archived ones left out, newest first."""
    return requester.projects.filter(is_sandbox=is_sandbox, archived_at=None).order_by("-id")


def hit_type_of(project: Project) -> HITType | None:
    """The HIT type that batches with the project's present terms have, if one was published."""
    terms = {name: getattr(project, name) for name in TERMS}
    return HITType.objects.filter(
        requester_id=project.requester_id, is_sandbox=project.is_sandbox, **terms
    ).first()
