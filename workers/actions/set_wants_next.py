"""A worker says whether the next HIT of a group comes by itself."""

from workers.models import Worker


def set_wants_next(*, worker: Worker, wants_next: bool) -> None:
    """Keep the wish: it holds on every page and device until it is changed."""
    Worker.objects.filter(pk=worker.pk).update(wants_next=wants_next)
