"""Work is published that shows a project's files: from now on they stay."""

from datetime import datetime

from django.db.models import Q

from marketplace.errors import InvalidInput, WrongState
from tasks.files.references import keys_in, names_in
from tasks.models import Batch, BatchFile, Project, ProjectFile
from tasks.queries.files import THERE


def use_files_of_batch(batch: Batch, *, at: datetime) -> None:
    """Part of the transaction that publishes a batch. Raises WrongState where a file that its
    rows name was deleted since they were read."""
    # The rows first: a deletion that is on its way is waited for, and then seen.
    named = BatchFile.objects.filter(batch=batch).values("file")
    fresh = ProjectFile.objects.filter(pk__in=named, used_at=None).order_by("pk")
    locked = list(fresh.select_for_update(no_key=True).values_list("pk", flat=True))
    ProjectFile.objects.filter(pk__in=locked).update(used_at=at)
    if BatchFile.objects.filter(batch=batch, file=None).exists():
        raise WrongState(
            "A file that this batch's rows name was deleted since they were read. Upload it to "
            "the project again, then upload the rows again."
        )


def use_files_named(project: Project, values: object, *, at: datetime) -> None:
    """The same by what a layout, or one HIT's variables, name. Raises InvalidInput for a file
    that isn't there."""
    names, keys = names_in(values), keys_in(values)
    if not names and not keys:
        return
    wanted = Q(name__in=names) | Q(key__in=keys)
    files = ProjectFile.objects.filter(THERE, wanted, project=project)
    files.filter(used_at=None).update(used_at=at)
    missing = names - set(files.values_list("name", flat=True))
    if missing:
        raise InvalidInput(
            f"The project has no file called “{min(missing)}”. Upload it to the project first."
        )
