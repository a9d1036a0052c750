"""Where the bytes lie: this machine's disk, or a bucket. Nothing here knows who may have them.

Calls may go over the network: never make one inside a transaction.
"""

from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

BLOCK = 256 * 1024


def write(path: str, content: File | bytes) -> None:
    """Lay the bytes down. Keys are random, so nothing lies there yet."""
    file = ContentFile(content) if isinstance(content, bytes) else content
    file.seek(0)
    storages["media"].save(path, file)


def remove(path: str) -> None:
    """Take them away; where nothing lies, nothing happens."""
    storages["media"].delete(path)


def blocks(path: str, *, start: int = 0, length: int) -> Iterator[bytes]:
    """`length` bytes from `start` on. Raises FileNotFoundError before the first block."""
    opened: Any = storages["media"].open(path)
    part = _part(opened, start, length)
    return _in_blocks(opened, part, length)


def _part(opened: Any, start: int, length: int) -> IO[bytes]:
    """What to read from. Of a bucket the part alone is fetched, since a film is watched in
    parts, and django-storages would fetch the whole."""
    if hasattr(opened, "obj"):
        if not length:
            return ContentFile(b"").file
        body: IO[bytes] = opened.obj.get(Range=f"bytes={start}-{start + length - 1}")["Body"]
        return body
    opened.seek(start)
    file: IO[bytes] = opened
    return file


def _in_blocks(opened: Any, part: IO[bytes], length: int) -> Iterator[bytes]:
    try:
        while length > 0 and (block := part.read(min(BLOCK, length))):
            length -= len(block)
            yield block
    finally:
        opened.close()
