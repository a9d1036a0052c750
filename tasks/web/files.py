"""Files as browsers get them: from the untrusted side only, so that none can do anything here.

With a domain of its own for requesters' pages, that one serves them and this one sends there. Every
answer is sandboxed, says what it is and may not be guessed at, and may be read by task pages,
which are nobody's origin. A project's file has an address that can't be guessed and never changes
what it holds; a worker's is told for a short time only (tasks/files/lending.py).
"""

import re
from collections.abc import Iterator

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from tasks.files import store
from tasks.files.lending import lent
from tasks.models import Attachment, ProjectFile
from tasks.models.stored_file import StoredFile
from tasks.queries.files import THERE

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)
_YEAR = 365 * 86_400


@require_safe
def project_file(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """An image, audio or video of a project's."""
    file = _project_file(key)
    if file.name != name:
        raise Http404
    return _away(request) or _served(request, file, file.path, file.size, seconds=_YEAR)


@require_safe
def small(request: HttpRequest, key: str) -> HttpResponseBase:
    """Its small picture."""
    file = _project_file(key)
    if not file.has_small:
        raise Http404
    if elsewhere := _away(request):
        return elsewhere
    bytes_ = b"".join(store.blocks(file.small_path, length=2**20))
    response = HttpResponse(bytes_, content_type="image/webp")
    return _guarded(request, response, seconds=_YEAR)


@require_safe
def sent_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """A file that a worker sent, for whoever was told this address, until it runs out."""
    key, seconds = lent(token)
    file = Attachment.objects.filter(THERE, key=key).first()
    if file is None or file.name != name:
        raise Http404
    if elsewhere := _away(request):
        return elsewhere
    response = _served(request, file, file.path, file.size, seconds=seconds)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["Cache-Control"] = f"private, max-age={seconds}"
    return response


def _project_file(key: str) -> ProjectFile:
    file = ProjectFile.objects.filter(THERE, key=key).first()
    if file is None:
        raise Http404
    return file


def _away(request: HttpRequest) -> HttpResponse | None:
    """To the other domain, where there is one and this isn't it."""
    origin = settings.MANYHANDS_USERCONTENT_ORIGIN
    if not origin or f"{request.scheme}://{request.get_host()}" == origin:
        return None
    return HttpResponseRedirect(origin + request.get_full_path())


def _served(
    request: HttpRequest, file: StoredFile, path: str, size: int, *, seconds: int
) -> HttpResponseBase:
    """The bytes, or the part of them that is asked for: films are watched and sought in parts."""
    etag = f'"{file.digest[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponse(status=304)
        response["ETag"] = etag
        return _guarded(request, response, seconds=seconds)
    part = _part_asked(request, etag, size)
    if part is None:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return _guarded(request, response, seconds=0)
    start, end = part
    response = StreamingHttpResponse(
        _blocks(request, path, start, end - start + 1), content_type=file.media_type
    )
    if file.media_type == "text/plain":
        response["Content-Type"] = "text/plain; charset=utf-8"
    response["Content-Length"] = str(end - start + 1)
    response["ETag"] = etag
    if end - start + 1 < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _guarded(request, response, seconds=seconds)


def _blocks(request: HttpRequest, path: str, start: int, length: int) -> Iterator[bytes]:
    if request.method == "HEAD":
        return iter(())
    try:
        return store.blocks(path, start=start, length=length)
    except FileNotFoundError:
        raise Http404 from None


def _part_asked(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """(first, last) byte to send; None for a part that isn't there. What can't be understood, or
    is of another version, is answered with the whole."""
    whole = (0, size - 1)
    asked = _RANGE.match(request.headers.get("Range", ""))
    if not asked or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = asked[1], asked[2]
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        return (start, end) if start <= end else None
    if not last:
        return whole
    return (max(0, size - int(last)), size - 1) if int(last) else None


def _guarded(request: HttpRequest, response: HttpResponseBase, *, seconds: int) -> HttpResponseBase:
    """What keeps a file a file, whoever opens it and wherever."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
    )
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Length, Content-Range"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cross-Origin-Opener-Policy"] = "same-origin"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"public, max-age={seconds}, immutable" if seconds else "no-store"
    # A visit to somebody else's file must leave nothing in the visitor's session.
    request.session.modified = False
    return response
