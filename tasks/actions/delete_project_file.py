"""A project's file is deleted, as long as no published work shows it."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState
from tasks.actions.forget_files import forget
from tasks.models import BatchFile, ProjectFile


def delete_project_file(*, by: Acting, key: str, at: datetime) -> None:
    """Raises NotFound, and WrongState where a batch that was published, or a HIT, shows the file.

    Publishing marks a file as used by its row, and deleting waits for that row: of the two at
    once, one is refused.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        file = (
            ProjectFile.objects.select_for_update(no_key=False, of=("self",))
            .filter(key=key, project__requester=by.requester, leaving_at=None)
            .exclude(kept_at=None)
            .first()
        )
        if file is None:
            raise NotFound("There is no such file.")
        if file.used_at is not None:
            raise WrongState(
                f"“{file.name}” can't be deleted: published work shows it, and its results name it."
            )
        file.leaving_at = at
        file.save(update_fields=["leaving_at"])
        BatchFile.objects.filter(file=file).update(file=None)
        trail.record(
            action="delete_project_file",
            actor=by.trail,
            subject=("project", file.project.public_id),
            at=at,
            file=file.key,
        )
    forget(file)
