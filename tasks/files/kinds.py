"""What a file is, by its content. Its name and what a browser says of it decide nothing.

A web page or a picture with a script in it is never taken, whatever it is called. All of it is
served from the untrusted side all the same (tasks/web/files.py).
"""

import hashlib
import io
import mimetypes
import re
import unicodedata
from dataclasses import dataclass

import filetype
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.errors import InvalidInput

HEAD = 64 * 1024
MOST_PIXELS = 100_000_000
"""Browsers show no larger picture well, and opening one takes four bytes a pixel."""
SMALL = (320, 240)

_SAME = {"audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac", "audio/m4a": "audio/mp4"}
# By Pillow's formats: what every browser shows.
_PICTURES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}
_PLAYED = {
    *("audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/mp4", "audio/aac"),
    *("video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/x-m4v"),
}
_ALSO_SENT = {
    *("image/heic", "image/tiff", "video/x-matroska", "video/3gpp", "video/x-msvideo"),
    *("audio/amr", "audio/midi", "application/pdf", "application/zip", "application/rtf"),
    *("application/gzip", "application/x-7z-compressed", "application/epub+zip"),
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    *("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"),
}
_TEXT = "text/plain"
# Quotes and brackets end a name where rows name files; the rest turns text around or breaks it.
_UNSHOWN = re.compile("[\"'<>\x00-\x1f\x7f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(rb"[\s\xef\xbb\xbf\x00]*<[a-z!?/]", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """What was found: the type, and of a picture its size in pixels and a small one."""

    media_type: str
    digest: str
    width: int | None = None
    height: int | None = None
    small: bytes = b""


def shown(file: File, name: str) -> Inspected:
    """A file for a task's page: an image, audio or video that browsers show. Raises InvalidInput
    with a sentence that names the file."""
    media_type = _type_of(file)
    if media_type.startswith("image/"):
        return _picture(file, name)
    if media_type not in _PLAYED:
        raise InvalidInput(
            _(
                "“%(name)s” is %(what)s. A project takes images (JPEG, PNG, GIF, WebP, AVIF, BMP), "
                "audio (MP3, WAV, Ogg, FLAC, M4A, AAC) and video (MP4, WebM, MOV)."
            )
            % {"name": name, "what": _in_words(media_type)}
        )
    return Inspected(media_type=media_type, digest=_digest(file))


def sent(file: File, name: str) -> Inspected:
    """A file that a worker sends: also a document, an archive or plain text. Raises
    InvalidInput for what could run, and for what is not what its name says."""
    media_type = _type_of(file)
    taken = media_type in _PLAYED | _ALSO_SENT | {_TEXT, *_PICTURES.values()}
    if not taken:
        raise InvalidInput(
            _(
                "“%(name)s” is %(what)s, which can't be sent. Send an image, audio, video, a "
                "PDF, an office document, plain text or a ZIP archive."
            )
            % {"name": name, "what": _in_words(media_type)}
        )
    said = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    found = media_type.partition("/")[0]
    # A video's container holds sound just as well.
    if said in ("image", "audio", "video") and {said, found} - {"audio", "video"} - {said}:
        raise InvalidInput(
            _("“%(name)s” is called a file of another kind, but it is %(what)s. Send another file.")
            % {"name": name, "what": _in_words(media_type)}
        )
    return Inspected(media_type=media_type, digest=_digest(file))


def clean_name(name: str) -> str:
    """The file's own name without folders and without what can't be shown or stored."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = _UNSHOWN.sub("", last)
    stem, dot, ending = " ".join(kept.split()).rpartition(".")
    if not dot or len(ending) > 10:
        return (stem + dot + ending)[:200].strip(". ") or "file"
    return f"{stem[: 199 - len(ending)].strip()}.{ending}".lstrip(". ") or "file"


def _type_of(file: File) -> str:
    """Its type; "" where it is none that is known."""
    head = _head(file)
    if _MARKUP.match(head):
        return "text/html"
    found = filetype.guess_mime(head)
    if found:
        return _SAME.get(found, found)
    if head[4:8] == b"ftyp":
        return "video/mp4"  # a brand of its own in the same container
    if head.startswith(b"BM"):
        return "image/bmp"
    return _TEXT if _is_text(head) else ""


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head[: max(1, len(head) - 4)].decode()  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return True


def _picture(file: File, name: str) -> Inspected:
    """Opened and read whole, so that a damaged one is found now and not by a worker."""
    file.seek(0)
    try:
        with Image.open(file, formats=list(_PICTURES)) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise InvalidInput(
                    _("“%(name)s” has %(width)d × %(height)d pixels; %(most)d million are taken.")
                    % {
                        "name": name,
                        "width": width,
                        "height": height,
                        "most": MOST_PIXELS // 10**6,
                    }
                )
            media_type = _PICTURES[image.format or ""]
            small = _small(image)
            turned = image.getexif().get(0x0112, 1) >= 5  # Orientation: lies on its side
    except UnidentifiedImageError:
        raise InvalidInput(
            _("“%(name)s” is an image that browsers can't show. Save it as JPEG, PNG or WebP.")
            % {"name": name}
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise InvalidInput(
            _("“%(name)s” is damaged: the image can't be read to its end.") % {"name": name}
        ) from None
    if turned:
        width, height = height, width
    return Inspected(
        media_type=media_type, digest=_digest(file), width=width, height=height, small=small
    )


def _small(image: Image.Image) -> bytes:
    image.draft("RGB", (SMALL[0] * 2, SMALL[1] * 2))
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail(SMALL)
    written = io.BytesIO()
    is_clear = "A" in upright.getbands() or "transparency" in upright.info
    upright.convert("RGBA" if is_clear else "RGB").save(written, "WEBP", quality=80)
    return written.getvalue()


def _head(file: File) -> bytes:
    file.seek(0)
    head: bytes = file.read(HEAD)
    file.seek(0)
    return head


def _digest(file: File) -> str:
    file.seek(0)
    found = hashlib.sha256()
    for block in file.chunks():
        found.update(block)
    file.seek(0)
    return found.hexdigest()


def _in_words(media_type: str) -> str:
    if media_type == "text/html":
        return _("a web page or a drawing that could hold a script (HTML, SVG, XML)")
    if media_type == _TEXT:
        return _("text")
    return media_type or _("of a kind that is not known")
