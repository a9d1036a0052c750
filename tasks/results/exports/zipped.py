"""A zip file that is sent while it is made."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

Member = tuple[str, "bytes | Iterable[bytes]"]
"""A file's name, and its content."""

BLOCK = 64 * 1024


class _Pipe(io.RawIOBase):
    """What zipfile writes to, and the response takes away again."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._blocks.append(bytes(data))
        self.size += len(data)
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        found = b"".join(self._blocks)
        self._blocks.clear()
        self.size = 0
        return found


def zipped(members: Iterable[Member], *, at: datetime) -> Iterator[bytes]:
    """The zip file of these members, in blocks."""
    pipe = _Pipe()
    moment = at.timetuple()[:6]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in members:
            entry = zipfile.ZipInfo(name, date_time=moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            parts = [content] if isinstance(content, bytes) else content
            is_long = not isinstance(content, bytes)
            with whole.open(entry, "w", force_zip64=is_long) as file:
                for part in parts:
                    file.write(part)
                    if pipe.size >= BLOCK:
                        yield pipe.taken()
    yield pipe.taken()
