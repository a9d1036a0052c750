"""HTTP to addresses that somebody else chose, without lending them our place in the network.

A name is resolved once and the connection goes to that very address, with the name in Host and
in TLS: a name that resolves differently the second time gains nothing. Redirects are answers
like any other. Addresses that only we can reach (private, link-local, carrier-grade NAT, cloud
metadata, and their IPv6 disguises) are refused.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from marketplace.errors import DomainError

SECONDS = 5
"""For the whole of one request, from connecting to the answer's last byte that is read."""
MAX_ANSWER_BYTES = 64 * 2**10
MAX_URL = 2048
PORTS = {"https": 443, "http": 80}
# Public by Python's tables, of one release or another, and yet inside somebody's network.
_INSIDE = [
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # Azure's own services, as its machines see them
        "192.0.0.0/24",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
    )
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddress(DomainError):
    """An address that nothing is ever sent to."""

    code = "refused_address"


class NotAnswered(Exception):
    """No answer came: the sentence says what happened instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The status, and the first of the body's text."""

    status: int
    text: str


def check_url(url: str) -> SplitResult:
    """The address in parts. Raises RefusedAddress for what can be told without asking a name
    server: production takes https on port 443 only, and no address inside the network."""
    is_local = settings.MANYHANDS_LOCAL_WEBHOOKS
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedAddress(f"“{url[:200]}” is not a web address.") from error
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise RefusedAddress(f"A web address has at most {MAX_URL} ASCII characters and no space.")
    if parts.scheme != "https" and not (is_local and parts.scheme == "http"):
        raise RefusedAddress("The address must begin with https://.")
    if not host or parts.username is not None or parts.password is not None or "\\" in url:
        raise RefusedAddress("The address must name a host, and no user or password before it.")
    if port not in (None, 443) and settings.IS_PRODUCTION:
        raise RefusedAddress("Notifications go to port 443 only: leave the port out.")
    with contextlib.suppress(ValueError):  # a name: it is looked at once it is resolved
        _check_reachable(ipaddress.ip_address(host), host)
    return parts


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post `body`. Raises RefusedAddress, and NotAnswered where no answer came in time."""
    parts = check_url(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port)
    connection.auto_open = 0  # it would resolve the name by itself
    try:
        connection.sock = sock = _connected(_resolved(host, port), port)
        if parts.scheme == "https":
            connection.sock = sock = ssl.create_default_context().wrap_socket(
                sock, server_hostname=host, do_handshake_on_connect=False
            )
        with _cut_off_after(SECONDS, sock):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()  # here, where its time is counted
            headers = {**headers, "Host": parts.netloc, "Connection": "close"}
            connection.request("POST", target, body=body, headers=headers)
            response = connection.getresponse()
            text = response.read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
            return Answer(status=response.status, text=text.replace("\0", "").strip())
    except ssl.SSLCertVerificationError as error:
        raise NotAnswered(
            f"The certificate of {host} was refused: {error.verify_message}"
        ) from error
    except TimeoutError as error:
        raise NotAnswered(f"{host} did not answer within {SECONDS} seconds.") from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NotAnswered(f"{host} could not be reached: {error or 'it hung up'}") from error
    finally:
        connection.close()


def _resolved(host: str, port: int) -> Address:
    """The one address that is used. Where a name has several, all must be fit to be used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotAnswered(f"There is no host named {host}.") from error
    addresses = [ipaddress.ip_address(str(each[4][0])) for each in found]
    for address in addresses:
        _check_reachable(address, host)
    return addresses[0]


def _check_reachable(address: Address, host: str) -> None:
    if not settings.MANYHANDS_LOCAL_WEBHOOKS and not is_public(address):
        raise RefusedAddress(
            f"{host} is an address inside a network, not on the public Internet. "
            "Notifications go to public addresses only."
        )


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could reach it as well as we can."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _INSIDE)
    )


def _connected(address: Address, port: int) -> socket.socket:
    return socket.create_connection((str(address), port), timeout=SECONDS)


@contextlib.contextmanager
def _cut_off_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """A timeout holds for one read; a host that sends a byte now and then would stay for ever."""
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # past TLS, which would say goodbye

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
