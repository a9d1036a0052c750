"""An uploaded file is checked whole, then stored in chunks, each one transaction.

With a single problem in it nothing is stored. A process that dies leaves whole chunks, and the
next one goes on where `stored_rows` says. A row that is in the archive already stays as it is,
so the same file twice changes nothing: by assignment id, or by worker id.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from marketplace.clock import Clock
from tasks.batch_file import Problem, Unreadable
from tasks.imports import results, rows, workers
from tasks.models import ImportedFile
from tasks.states import ImportStatus

CHUNK = 1000
TOLD_EVERY = 5000
LEASE = timedelta(seconds=60)
PROBLEMS_KEPT = 500

_FORMATS = {ImportedFile.Kind.RESULTS: results, ImportedFile.Kind.WORKERS: workers}


def go_on_importing(*, import_id: int, now: Clock) -> bool:
    """Check and store what is left of one file; False where another process is at it."""
    at = now()
    free = ImportedFile.objects.filter(
        pk=import_id, status__in=[ImportStatus.CHECKING, ImportStatus.STORING]
    ).exclude(lease_until__gt=at)
    if not free.update(lease_until=at + LEASE):
        return False
    imported = ImportedFile.objects.get(pk=import_id)
    if imported.status == ImportStatus.CHECKING:
        imported = _check(imported, now)
    if imported.status == ImportStatus.STORING:
        _store(imported, now)
    return True


def _check(imported: ImportedFile, now: Clock) -> ImportedFile:
    """Read it all, and say what is wrong with it. Doing it twice changes nothing."""
    problems: list[Problem] = []
    found = count = 0
    for row_problems, number in _problems(imported):
        count = number
        found += len(row_problems)
        problems += row_problems[: PROBLEMS_KEPT - len(problems)]
        if number % TOLD_EVERY == 0:
            told = {"row_count": number, "lease_until": now() + LEASE}
            ImportedFile.objects.filter(pk=imported.pk).update(**told)
    at = now()
    with transaction.atomic():
        locked = ImportedFile.objects.select_for_update(no_key=True).get(pk=imported.pk)
        if locked.status != ImportStatus.CHECKING:
            return locked
        locked.row_count = count
        locked.problems, locked.problem_count = [asdict(p) for p in problems], found
        locked.move_to(ImportStatus.REFUSED if found else ImportStatus.STORING, at=at)
        locked.save()
    return locked


def _problems(imported: ImportedFile) -> Iterator[tuple[list[Problem], int]]:
    """(problems, rows read so far), row by row."""
    reader = _FORMATS[ImportedFile.Kind(imported.kind)]
    seen: set[int] = set()
    count = 0
    try:
        with imported.file.open("rb") as file:
            header, found = rows.read(file)
            yield rows.header_problems(header, reader.NEEDED) + reader.header_problems(header), 0
            for count, row in enumerate(found, start=1):
                if count > rows.MAX_ROWS:
                    yield [_at(count, f"More than {rows.MAX_ROWS:,} rows. Split the file.")], count
                    return
                problems = rows.shape_problems(count + 1, row, header)
                if not problems:
                    named = dict(zip(header, row, strict=True))
                    problems = reader.cell_problems(count + 1, named)
                    problems += _repeated(count, named.get(reader.KEY, ""), reader.KEY, seen)
                yield problems, count
    except Unreadable as error:
        yield [Problem(row=error.row, column="", message=error.message)], count
        return
    if not count:
        yield [_at(1, "The file has a first line and no rows: there is nothing to keep.")], 0


def _at(count: int, message: str) -> Problem:
    return Problem(row=count + 1, column="", message=message)


def _repeated(count: int, key: str, column: str, seen: set[int]) -> list[Problem]:
    """A problem where the row's id stood before. Hashes keep a million of them small."""
    mark = hash(key.strip())
    if mark in seen:
        return [Problem(row=count + 1, column=column, message="This id stands in an earlier row.")]
    seen.add(mark)
    return []


def _store(imported: ImportedFile, now: Clock) -> None:
    reader = _FORMATS[ImportedFile.Kind(imported.kind)]
    with imported.file.open("rb") as file:
        header, found = rows.read(file)
        rest = islice(found, imported.stored_rows, None)
        at_row = imported.stored_rows
        while chunk := list(islice(rest, CHUNK)):
            kept = [reader.stored(dict(zip(header, row, strict=True))) for row in chunk]
            if not _store_chunk(imported.pk, at_row, kept, now()):
                return
            at_row += len(chunk)
    _finish(imported.pk, now())


def _store_chunk(import_id: int, at_row: int, kept: list[rows.Stored], at: datetime) -> bool:
    """One chunk in one transaction. False where another process has stored it meanwhile."""
    with transaction.atomic():
        imported = ImportedFile.objects.select_for_update(no_key=True).get(pk=import_id)
        if imported.status != ImportStatus.STORING or imported.stored_rows != at_row:
            return False
        write = _KEEP[ImportedFile.Kind(imported.kind)]
        is_new = write(imported, kept)
        imported.added_count += sum(is_new)
        imported.changed_count += len(is_new) - sum(is_new)
        imported.stored_rows += len(kept)
        imported.lease_until = at + LEASE
        imported.save(update_fields=["added_count", "changed_count", "stored_rows", "lease_until"])
    return True


# What was saved before it was reviewed is replaced by what was saved after.
_KEEP_ASSIGNMENTS = """
INSERT INTO tasks_importedassignment AS old (requester_id, file_id, assignment_id,
       amazon_worker_id, status, submitted_at, cells, inputs, answers)
SELECT %s, %s, assignment_id, amazon_worker_id, status, submitted_at, cells::jsonb, inputs::jsonb,
       answers::jsonb
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
              %s::text[])
    AS new(assignment_id, amazon_worker_id, status, submitted_at, cells, inputs, answers)
 ORDER BY assignment_id
    ON CONFLICT (requester_id, assignment_id) DO UPDATE
   SET file_id = excluded.file_id, status = excluded.status, cells = excluded.cells,
       inputs = excluded.inputs, answers = excluded.answers, submitted_at = excluded.submitted_at,
       amazon_worker_id = excluded.amazon_worker_id
 WHERE old.status = 'Submitted' AND excluded.status <> 'Submitted'
RETURNING old.xmax = 0
"""

_MEET_WORKERS = """
INSERT INTO tasks_formerworker (requester_id, amazon_id, counted_approved, counted_rejected,
                                scores, block_status)
SELECT DISTINCT %s, amazon_id, 0, 0, '{}'::jsonb, '' FROM unnest(%s::text[]) AS new(amazon_id)
 ORDER BY amazon_id
    ON CONFLICT (requester_id, amazon_id) DO NOTHING
"""

# A later file says the newer thing; what it doesn't speak of stays.
_KEEP_WORKERS = """
INSERT INTO tasks_formerworker AS old (requester_id, amazon_id, counted_approved,
       counted_rejected, stated_approved, stated_rejected, scores, block_status)
SELECT %s, amazon_id, 0, 0, approved, rejected, scores::jsonb, block_status
  FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::text[])
    AS new(amazon_id, approved, rejected, scores, block_status)
 ORDER BY amazon_id
    ON CONFLICT (requester_id, amazon_id) DO UPDATE
   SET stated_approved = COALESCE(excluded.stated_approved, old.stated_approved),
       stated_rejected = COALESCE(excluded.stated_rejected, old.stated_rejected),
       scores = old.scores || excluded.scores,
       block_status = COALESCE(NULLIF(excluded.block_status, ''), old.block_status)
 WHERE (COALESCE(excluded.stated_approved, old.stated_approved),
        COALESCE(excluded.stated_rejected, old.stated_rejected), old.scores || excluded.scores,
        COALESCE(NULLIF(excluded.block_status, ''), old.block_status))
       IS DISTINCT FROM (old.stated_approved, old.stated_rejected, old.scores, old.block_status)
RETURNING old.xmax = 0
"""

_COUNT_WORKERS = """
UPDATE tasks_formerworker f SET counted_approved = c.approved, counted_rejected = c.rejected
  FROM (SELECT amazon_worker_id, count(*) FILTER (WHERE status = 'Approved') AS approved,
               count(*) FILTER (WHERE status = 'Rejected') AS rejected
          FROM tasks_importedassignment
         WHERE requester_id = %(requester)s AND amazon_worker_id IN (
               SELECT amazon_worker_id FROM tasks_importedassignment WHERE file_id = %(file)s)
         GROUP BY amazon_worker_id) c
 WHERE f.requester_id = %(requester)s AND f.amazon_id = c.amazon_worker_id
   AND (f.counted_approved, f.counted_rejected) <> (c.approved, c.rejected)
"""


def _keep_assignments(imported: ImportedFile, kept: list[rows.Stored]) -> list[bool]:
    """Store rows of results; for each that was new or replaced, whether it was new."""
    columns: list[list[Any]] = [
        [row[name] for row in kept]
        for name in ("assignment_id", "amazon_worker_id", "status", "submitted_at")
    ]
    columns += [_as_json(kept, name) for name in ("cells", "inputs", "answers")]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_ASSIGNMENTS, [imported.requester_id, imported.pk, *columns])
        is_new = [bool(row[0]) for row in cursor.fetchall()]
        met = [row["amazon_worker_id"] for row in kept]
        cursor.execute(_MEET_WORKERS, [imported.requester_id, met])
    return is_new


def _keep_workers(imported: ImportedFile, kept: list[rows.Stored]) -> list[bool]:
    """Store rows of workers; for each that was new or has changed, whether it was new."""
    columns: list[list[Any]] = [
        [row[name] for row in kept] for name in ("amazon_id", "stated_approved", "stated_rejected")
    ]
    columns += [_as_json(kept, "scores"), [row["block_status"] for row in kept]]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_WORKERS, [imported.requester_id, *columns])
        return [bool(row[0]) for row in cursor.fetchall()]


_KEEP = {ImportedFile.Kind.RESULTS: _keep_assignments, ImportedFile.Kind.WORKERS: _keep_workers}


def _as_json(kept: list[rows.Stored], name: str) -> list[str]:
    return [json.dumps(row[name], ensure_ascii=False) for row in kept]


def _finish(import_id: int, at: datetime) -> None:
    with transaction.atomic():
        imported = ImportedFile.objects.select_for_update(no_key=True).get(pk=import_id)
        if imported.status != ImportStatus.STORING or imported.stored_rows < imported.row_count:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT_WORKERS, {"requester": imported.requester_id, "file": imported.pk}
            )
        imported.move_to(ImportStatus.DONE, at=at)
        imported.lease_until = None
        imported.save()
