"""Files of many answers in one ZIP archive, written as it is sent: it never lies anywhere."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from tasks.files import store
from tasks.models import Attachment

_UNSAFE = re.compile(r"[^\w.@+-]+")


class _Pipe:
    """What ZipFile writes to: it can't seek, and hands on what it was given."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(files: Iterable[Attachment]) -> Iterator[bytes]:
    """The archive, a block at a time: <assignment>/<field>/<name>, not compressed, since images
    and films are already. A file whose bytes are gone is left out."""
    pipe: Any = _Pipe()
    names: set[str] = set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            try:
                blocks = store.blocks(file.path, length=file.size)
            except FileNotFoundError:
                continue
            moment = file.created_at.timetuple()[:6]
            info = zipfile.ZipInfo(_name_of(file, names), date_time=moment)
            with archive.open(info, "w", force_zip64=True) as entry:
                for block in blocks:
                    entry.write(block)
                    yield pipe.taken()
    yield pipe.taken()


def _name_of(file: Attachment, names: set[str]) -> str:
    """Each name once; `names` are those that are taken."""
    field = _UNSAFE.sub("_", file.field).strip(".") or "file"
    folder = f"{file.assignment.public_id}/{field[:80]}"
    name, number = f"{folder}/{file.name}", 1
    while name in names:
        number += 1
        name = f"{folder}/{number}-{file.name}"
    names.add(name)
    return name
