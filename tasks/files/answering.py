"""What stands in an answer where it holds a file's key."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from tasks.models import Attachment


def with_names(value: Any, files: Sequence[Attachment]) -> Any:
    """A value of an answer with the files' own names: for people to read."""
    return _replaced(value, files, lambda file: file.name)


def with_links(value: Any, files: Sequence[Attachment]) -> Any:
    """The same with addresses, for results files: good as long as the file is there, and for
    members of the requester alone."""
    return _replaced(value, files, link_of)


def link_of(file: Attachment) -> str:
    """The lasting address of a file that came with an answer."""
    return settings.MANYHANDS_BASE_URL + reverse("requester:attachment", args=[file.key])


def _replaced(value: Any, files: Sequence[Attachment], put: Callable[[Attachment], str]) -> Any:
    if isinstance(value, list):
        return [_replaced(part, files, put) for part in value]
    if isinstance(value, str):
        for file in files:
            value = value.replace(file.key, put(file))
    return value
