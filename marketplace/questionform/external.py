"""ExternalQuestion: a page on the requester's own server, shown in a frame."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from marketplace.questionform.errors import MalformedXML
from marketplace.questionform.xml import checked, text_of

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,251}[a-z0-9])?\.?", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_BAD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class External:
    """`url` is whole and of a host that isn't ours; `frame_height` in pixels, 0 to fit."""

    url: str
    frame_height: int

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a content security policy takes them."""
        parts = urlsplit(self.url)
        return f"{parts.scheme.lower()}://{ascii_host(self.url)}" + (
            f":{parts.port}" if parts.port else ""
        )

    @property
    def host(self) -> str:
        """The host as the worker may read it."""
        return ascii_host(self.url)


def parse(text: str) -> External:
    """Raises MalformedXML, also for an address that can't be shown safely in a frame."""
    root = checked(text, "ExternalQuestion")
    url = text_of(root, "ExternalURL").strip()
    check_url(url)
    return External(url=url, frame_height=int(text_of(root, "FrameHeight")))


def check_url(url: str) -> None:
    """Https, or this machine in development; no name or password in it; no host of ours.

    A frame from an origin of ours would reach our pages, since requesters' own origins are let
    keep theirs.
    """
    if _BAD.search(url):
        raise _refused("holds a space, a backslash or a control character. Encode it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("is not a URL") from None
    host = ascii_host(url)
    if not host:
        raise _refused("is not a URL with a host's name")
    if "@" in parts.netloc:
        raise _refused("holds a user name or password. Leave them out")
    is_here = host in _LOOPBACK
    may_be_plain = is_here and not settings.IS_PRODUCTION
    if parts.scheme.lower() != "https" and not (may_be_plain and parts.scheme.lower() == "http"):
        raise _refused("must begin with https://")
    if is_here and settings.IS_PRODUCTION:
        raise _refused("names the reader's own machine, not a server that workers can reach")
    if _is_ours(host, port):
        raise _refused("is on a host of this marketplace. Serve the page from one of your own")


def ascii_host(url: str) -> str:
    """The host of a URL in lower case and punycode; empty where there is none, or not a name."""
    try:
        host = (urlsplit(url).hostname or "").encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        return ""
    return host if _HOST.fullmatch(host) else ""


def _is_ours(host: str, port: int | None) -> bool:
    """By name alone, since a cookie knows no ports; on one's own machine by port too."""
    for ours in (settings.MANYHANDS_BASE_URL, settings.MANYHANDS_USERCONTENT_ORIGIN):
        parts = urlsplit(ours)
        name = parts.hostname or ""
        if host in _LOOPBACK and name in _LOOPBACK:
            if (port or 80) == (parts.port or 80):
                return True
        elif name and host.rstrip(".") == name.rstrip("."):
            return True
    return host not in _LOOPBACK and validate_host(host, settings.ALLOWED_HOSTS)


def _refused(why: str) -> MalformedXML:
    return MalformedXML(f"cvc-datatype-valid.1.2.1: The value of element 'ExternalURL' {why}.")
