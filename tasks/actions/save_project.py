"""Projects: made, changed, copied, archived."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, NotFound
from tasks.models import Language, Project
from tasks.models.terms import TERMS
from tasks.questions import liquid
from tasks.questions.gallery import template_named
from tasks.requirements import normalised, require_usable
from tasks.terms import check_layout, check_numbers, check_terms

FIELDS = (*TERMS, "name", "max_assignments", "lifetime_seconds", "layout", "language")


def create_project(
    *, by: Acting, is_sandbox: bool, values: Mapping[str, Any], at: datetime
) -> Project:
    """Make a project from `values` (FIELDS, and the gallery's `template` that it starts from, if
    any). Raises InvalidInput naming the field."""
    by.require(Role.MANAGER)
    values = _checked(values, is_sandbox=is_sandbox)
    template = values.get("template", "")
    if template and template_named(template) is None:
        raise InvalidInput(f"The gallery has no template “{template[:60]}”.", field="template")
    with transaction.atomic():
        project = Project.objects.create(
            requester=by.requester,
            is_sandbox=is_sandbox,
            created_at=at,
            updated_at=at,
            template=template,
            **{name: values[name] for name in FIELDS},
        )
        _record("create_project", by, project, at)
    return project


def update_project(
    *, by: Acting, project: Project, values: Mapping[str, Any], at: datetime
) -> Project:
    """Change what is in `values` (of FIELDS). Batches that were published keep the terms they
    had. Two changes at once of different fields are both kept."""
    by.require(Role.MANAGER)
    _own(by, project)
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        merged = _checked(
            {name: values.get(name, getattr(locked, name)) for name in FIELDS},
            is_sandbox=locked.is_sandbox,
            before=locked.requirements,
        )
        changed = [name for name in FIELDS if name in values]
        for name in changed:
            setattr(locked, name, merged[name])
        locked.updated_at = at
        locked.save(update_fields=[*changed, "updated_at"])
        _record("update_project", by, locked, at)
    return locked


def copy_project(*, by: Acting, project: Project, at: datetime) -> Project:
    """A second project like this one."""
    _own(by, project)
    values = {name: getattr(project, name) for name in FIELDS}
    if template_named(project.template):  # a later version of the gallery may lack it
        values["template"] = project.template
    values["name"] = f"{project.name[:110]} (copy)"
    return create_project(by=by, is_sandbox=project.is_sandbox, values=values, at=at)


def archive_project(*, by: Acting, project: Project, at: datetime) -> None:
    """Take a project off the list. Its batches and results stay."""
    by.require(Role.MANAGER)
    _own(by, project)
    with transaction.atomic():
        Project.objects.filter(pk=project.pk, archived_at=None).update(archived_at=at)
        _record("archive_project", by, project, at)


def _own(by: Acting, project: Project) -> None:
    if project.requester_id != by.requester.pk:
        raise NotFound("There is no such project.")


def _checked(
    values: Mapping[str, Any], *, is_sandbox: bool, before: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The values as they are kept. Requirements that were there before may name types that new
    ones can't: publishing refuses them, and changing the title doesn't."""
    values = {"language": Language.LAYOUT, **values}
    if not 1 <= len(values.get("name", "").strip()) <= 120:
        raise InvalidInput("Give the project a name of at most 120 characters.", field="name")
    check_terms(values)
    check_numbers(
        max_assignments=values["max_assignments"], lifetime_seconds=values["lifetime_seconds"]
    )
    check_layout(values.get("layout", ""))
    if values["language"] not in Language.values:
        raise InvalidInput(
            f"A layout's language is one of {', '.join(Language.values)}.", field="language"
        )
    if values["language"] == Language.LIQUID:
        liquid.check(values["layout"])
    requirements = normalised(values.get("requirements", []))
    if requirements != before:
        require_usable(requirements, is_sandbox=is_sandbox)
    return {**values, "requirements": requirements}


def _record(action: str, by: Acting, project: Project, at: datetime) -> None:
    trail.record(action=action, actor=by.trail, subject=("project", project.public_id), at=at)
