"""A file saved from Mechanical Turk is deleted again.

Its rows go with it, and former workers who were known by those rows only. What lists of workers
said is kept merged, not by file: it goes with the last list. Who was recognised here stays so,
with the scores and the block that came along; undoing that is an act of its own (import_link).
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Requester, Role
from marketplace.audit import trail
from marketplace.errors import NotFound, WrongState
from tasks.models import FormerWorker, ImportedAssignment, ImportedFile
from tasks.states import ImportStatus

_COUNT_AGAIN = """
UPDATE tasks_formerworker f SET counted_approved = c.approved, counted_rejected = c.rejected
  FROM (SELECT met.id, count(*) FILTER (WHERE a.status = 'Approved') AS approved,
               count(*) FILTER (WHERE a.status = 'Rejected') AS rejected
          FROM unnest(%(met)s::text[]) AS met(id)
          LEFT JOIN tasks_importedassignment a
            ON a.requester_id = %(requester)s AND a.amazon_worker_id = met.id
         GROUP BY met.id) c
 WHERE f.requester_id = %(requester)s AND f.amazon_id = c.id
"""


def delete_import(*, by: Acting, import_id: int, at: datetime) -> None:
    """Raises NotFound, and WrongState while the file is being read."""
    by.require(Role.MANAGER)
    with transaction.atomic():
        mine = ImportedFile.objects.filter(requester=by.requester)
        found = mine.select_for_update(no_key=False, of=("self",)).filter(pk=import_id).first()
        if found is None:
            raise NotFound("There is no such import of yours. It may have been deleted already.")
        if found.status not in (ImportStatus.DONE, ImportStatus.REFUSED):
            raise WrongState(f"“{found.name}” is still being read. Delete it once that is done.")
        rows = ImportedAssignment.objects.filter(file=found)
        met = list(rows.values_list("amazon_worker_id", flat=True).distinct())
        rows.delete()
        _count_again(by.requester, met)
        lists = mine.filter(kind=ImportedFile.Kind.WORKERS).exclude(status=ImportStatus.REFUSED)
        if found in lists and not lists.exclude(pk=found.pk).exists():
            _unsay(by.requester)
        _forget_unknown(by.requester)
        trail.record(
            action="delete_import", actor=by.trail, subject=("import", import_id), at=at,
            name=found.name,
        )  # fmt: skip
        storage, path = found.file.storage, str(found.file.name)
        found.delete()
        transaction.on_commit(lambda: storage.delete(path))


def _count_again(requester: Requester, met: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AGAIN, {"requester": requester.pk, "met": met})


def _unsay(requester: Requester) -> None:
    """What only lists of workers say, of everybody who wasn't recognised."""
    FormerWorker.objects.filter(requester=requester, worker=None).update(
        stated_approved=None, stated_rejected=None, scores={}, block_status=""
    )


def _forget_unknown(requester: Requester) -> None:
    """Former workers of whom nothing is left."""
    work = ImportedAssignment.objects.filter(
        requester=requester, amazon_worker_id=OuterRef("amazon_id")
    )
    FormerWorker.objects.filter(
        ~Exists(work), requester=requester, worker=None, stated_approved=None, scores={},
        block_status="",
    ).delete()  # fmt: skip
