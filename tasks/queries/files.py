"""Reading what people stored. Only whole files are seen: bytes and row, and not leaving."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

from marketplace.accounts.models import Requester
from marketplace.errors import NotFound
from marketplace.questionform.fitting import SentFile
from tasks.models import HIT, Assignment, Attachment, Batch, Project, ProjectFile

WRITING = timedelta(hours=1)
"""How long a file may take to be written, and its row holds room for it."""

THERE = Q(kept_at__isnull=False, leaving_at=None)


def files_of(project: Project) -> QuerySet[ProjectFile]:
    """A project's files."""
    return project.files.filter(THERE)


def file_of(project: Project, key: str) -> ProjectFile:
    """One of a project's files. Raises NotFound."""
    found = files_of(project).filter(key=key).first()
    if found is None:
        raise NotFound("There is no such file in this project.")
    return found


def bytes_in(files: QuerySet[Any], *, at: datetime) -> int:
    """What files take of a limit: those that are there, and those being written."""
    counted = files.filter(leaving_at=None).filter(
        Q(kept_at__isnull=False) | Q(created_at__gt=at - WRITING)
    )
    return int(counted.aggregate(sum=Sum("size"))["sum"] or 0)


def keys_by_name(project_id: int, names: Collection[str]) -> dict[str, str]:
    """{name: key} of those of a project's files that have one of these names."""
    found = ProjectFile.objects.filter(THERE, project=project_id, name__in=names)
    return dict(found.values_list("name", "key"))


def attachments_of(assignments: Iterable[Assignment]) -> dict[int, list[Attachment]]:
    """{assignment: the files that came with its answer}, in the order in which they were sent."""
    answers = {each.pk: each.answer for each in assignments if each.submitted_at is not None}
    found = Attachment.objects.filter(THERE, assignment__in=answers).order_by("pk")
    return _by_assignment(found, answers)


def attachments_with(assignment: Assignment) -> list[Attachment]:
    """The same of one that was submitted, from its `files` where they are prefetched."""
    found = sorted(assignment.files.all(), key=lambda each: each.pk)
    return [
        each
        for each in found
        if each.kept_at and not each.leaving_at and is_named(each, assignment.answer)
    ]


def attachments_on(hit: HIT) -> dict[int, list[Attachment]]:
    """The same, of everything that was submitted to a HIT."""
    found = list(
        Attachment.objects.filter(
            THERE, assignment__hit=hit, assignment__submitted_at__isnull=False
        )
        .select_related("assignment")
        .order_by("pk")
    )
    return _by_assignment(found, {each.assignment_id: each.assignment.answer for each in found})


def _by_assignment(
    found: Iterable[Attachment], answers: dict[int, Any]
) -> dict[int, list[Attachment]]:
    files: dict[int, list[Attachment]] = defaultdict(list)
    for each in found:
        if is_named(each, answers[each.assignment_id]):
            files[each.assignment_id].append(each)
    return dict(files)


def is_named(attachment: Attachment, answer: Any) -> bool:
    """Whether an answer holds the file: its key is somewhere in it, alone or within JSON."""
    if isinstance(answer, dict):
        return any(is_named(attachment, value) for value in answer.values())
    if isinstance(answer, list):
        return any(is_named(attachment, value) for value in answer)
    return isinstance(answer, str) and attachment.key in answer


def files_sent(assignment: Assignment) -> dict[str, SentFile]:
    """{key: file} of what was sent for an assignment in work, named in its answer or not."""
    return {
        each.key: SentFile(question=each.field, name=each.name, size=each.size)
        for each in assignment.files.filter(THERE)
    }


def attachment_of(requester: Requester, key: str) -> Attachment:
    """A file that came with an answer to a requester. Raises NotFound."""
    found = (
        Attachment.objects.filter(
            THERE, key=key, assignment__hit__hit_type__requester=requester,
            assignment__submitted_at__isnull=False,
        )
        .select_related("assignment")
        .first()
    )  # fmt: skip
    if found is None or not is_named(found, found.assignment.answer):
        raise NotFound("There is no such file among the answers to you.")
    return found


def has_attachments(batch: Batch) -> bool:
    """Whether any answer of the batch came with a file."""
    return _in_batch(batch).exists()


def attachments_in(batch: Batch) -> Iterator[Attachment]:
    """Every file that came with the batch's answers, with its assignment."""
    for each in _in_batch(batch).order_by("pk").iterator(chunk_size=500):
        if is_named(each, each.assignment.answer):
            yield each


def _in_batch(batch: Batch) -> QuerySet[Attachment]:
    return Attachment.objects.filter(
        THERE, batch=batch, assignment__submitted_at__isnull=False
    ).select_related("assignment")
