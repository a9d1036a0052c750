"""Reading a requester's archive from Mechanical Turk."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast

from marketplace.accounts.models import Requester
from tasks.models import FormerWorker, ImportedAssignment, ImportedFile
from workers.models import Worker

CHUNK = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is looked for in one file; an empty part filters nothing."""

    status: str = ""
    worker: str = ""
    text: str = ""


def imports_of(requester: Requester) -> QuerySet[ImportedFile]:
    """The requester's files."""
    return ImportedFile.objects.filter(requester=requester)


def rows_in(file: ImportedFile, wanted: Wanted) -> QuerySet[ImportedAssignment]:
    """The rows that came with this file, and match."""
    found = ImportedAssignment.objects.filter(file=file)
    if wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.worker:
        found = found.filter(amazon_worker_id=_plain(wanted.worker).upper())
    if wanted.text:
        quoted = json.dumps(_plain(wanted.text), ensure_ascii=False)[1:-1]  # as in the JSON
        found = found.alias(
            answer_words=Cast("answers", TextField()), input_words=Cast("inputs", TextField())
        ).filter(Q(answer_words__icontains=quoted) | Q(input_words__icontains=quoted))
    return found


def _plain(text: str) -> str:
    """What somebody typed, as the database can have it."""
    return text.replace("\0", "").strip()


def chunks_of(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """All rows oldest first, in chunks, by key: neither side holds them all."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


SAYS, LINKED, BLOCKED = "says", "linked", "blocked"


def former_workers_of(
    requester: Requester, *, worker: str = "", qualification: str = "", which: str = ""
) -> QuerySet[FormerWorker]:
    """The requester's former workers: with this id, with a score of this qualification, and
    those who say they are here (SAYS), who are known to be (LINKED), or who are BLOCKED."""
    found = FormerWorker.objects.filter(requester=requester)
    if worker:
        found = found.filter(amazon_id=_plain(worker).upper())
    if qualification:
        found = found.filter(scores__has_key=_plain(qualification))
    if which == SAYS:
        claims = Worker.objects.filter(former_mturk_id=OuterRef("amazon_id"))
        found = found.filter(Exists(claims), worker=None)
    elif which == LINKED:
        found = found.filter(worker__isnull=False)
    elif which == BLOCKED:
        found = found.filter(block_status="Blocked")
    return found.select_related("worker")


def claims_on(amazon_ids: Collection[str]) -> dict[str, list[Worker]]:
    """{former id: workers who say it was theirs}, in order of their joining."""
    found: dict[str, list[Worker]] = defaultdict(list)
    claiming = Worker.objects.filter(
        former_mturk_id__in=[amazon_id for amazon_id in amazon_ids if amazon_id],
        user__suspended_at=None,
    )
    for worker in claiming.order_by("pk"):
        found[worker.former_mturk_id].append(worker)
    return found


def qualification_names(requester: Requester) -> list[str]:
    """Every qualification that any former worker has a score of, by name."""
    keys = Func(F("scores"), function="jsonb_object_keys", output_field=TextField())
    found = FormerWorker.objects.filter(requester=requester)
    return sorted(found.annotate(name=keys).values_list("name", flat=True).distinct())
