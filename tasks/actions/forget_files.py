"""Bytes and rows of files that aren't wanted are taken away: deleted ones, ones whose process
died while it wrote them, and ones that workers sent and no submitted answer holds."""

from datetime import datetime

from django.db.models import Q

from tasks.files import store
from tasks.models import Attachment, ProjectFile
from tasks.models.stored_file import StoredFile
from tasks.queries.files import WRITING, is_named
from tasks.states import AssignmentStatus

MODELS: tuple[type[StoredFile], ...] = (ProjectFile, Attachment)


def forget_files(*, at: datetime, limit: int = 200, skip: int = 0) -> int:
    """A round of it; how many rows were settled or taken away."""
    done = 0
    for model in MODELS:
        rows = model._default_manager.all()
        dead = Q(kept_at=None, leaving_at=None, created_at__lt=at - WRITING)
        chosen = list(rows.filter(dead).order_by("pk").values_list("pk", flat=True)[:limit])
        # From here on its writer, should it live, is refused.
        rows.filter(dead, pk__in=chosen).update(leaving_at=at)
    done += _settle(at, limit)
    for model in MODELS:
        leaving = model._default_manager.filter(leaving_at__isnull=False)
        for row in leaving.order_by("pk")[skip : skip + limit]:
            forget(row)
            done += 1
    return done


def forget(row: StoredFile) -> None:
    """Bytes first: what dies between leaves a row, which leads to them."""
    store.remove(row.path)
    if isinstance(row, ProjectFile) and row.has_small:
        store.remove(row.small_path)
    type(row)._default_manager.filter(pk=row.pk).delete()


def _settle(at: datetime, limit: int) -> int:
    """Workers' files whose work is over: bound to the answer that holds them, or leaving."""
    over = (
        Attachment.objects.filter(bound_at=None, leaving_at=None, kept_at__isnull=False)
        .exclude(assignment__status=AssignmentStatus.ACCEPTED)
        .select_related("assignment")
        .order_by("pk")[:limit]
    )
    bound: list[int] = []
    lost: list[int] = []
    for each in over:
        (bound if is_named(each, each.assignment.answer) else lost).append(each.pk)
    Attachment.objects.filter(pk__in=bound).update(bound_at=at)
    Attachment.objects.filter(pk__in=lost).update(leaving_at=at)
    return len(bound) + len(lost)
