"""AWS's Signature Version 4, checked by making the same signature with botocore's own signer.

Only what the client signed goes into it, as it was received: the Host header as well, behind
whatever name the request came in. Errors are named and worded as AWS does.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import ReadOnlyCredentials

from mturk.faults import Fault

SERVICE = "mturk-requester"
ALGORITHM = "AWS4-HMAC-SHA256"
WINDOW = timedelta(minutes=5)
"""How far the signature's time may be from ours, either way."""

_KEY_ID = re.compile(r"[A-Za-z0-9_]{1,128}")
_HEADER_NAME = re.compile(r"[a-z0-9-]{1,100}")
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What was received, of which a part is signed. Names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorization:
    """What the Authorization header says."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def authorization_in(headers: Mapping[str, str], *, service: str = SERVICE) -> Authorization:
    """The Authorization header, taken apart; its signature was made for `service`.

    Raises Fault: MissingAuthenticationTokenException without one, IncompleteSignatureException
    for one that lacks a part or a header that has to be signed.
    """
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        raise Fault(
            "MissingAuthenticationTokenException", "Request is missing Authentication Token"
        )
    if scheme != ALGORITHM:
        raise incomplete(f"The authorization scheme has to be {ALGORITHM}.")
    parts = dict(_pair(part) for part in rest.split(","))
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise incomplete(f"Authorization header requires '{name}' parameter.")
    key_id, *scope = parts["Credential"].split("/")
    if len(scope) != 4 or not _KEY_ID.fullmatch(key_id):
        raise incomplete("Credential must be <key>/<date>/<region>/<service>/aws4_request.")
    date, region, signed_for, ending = scope
    if signed_for != service or ending != "aws4_request":
        raise Fault(
            "InvalidSignatureException",
            f"Credential should be scoped to correct service: '{service}'.",
        )
    names = tuple(parts["SignedHeaders"].split(";"))
    _check_names(names, headers)
    if not _HEX.fullmatch(parts["Signature"]):
        raise incomplete("Signature must be 64 digits in lower-case hexadecimal.")
    return Authorization(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=names,
        signature=parts["Signature"],
    )


def check(received: Received, said: Authorization, *, secret: str, at: datetime) -> None:
    """Raise Fault (InvalidSignatureException) unless the holder of `secret` signed this, within
    five minutes of `at`."""
    stamp = _stamp(received.headers, at)
    if said.date != stamp[:8]:
        raise invalid(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: '{said.date[:20]}' != '{stamp[:8]}'."
        )
    claimed = received.headers.get("x-amz-content-sha256")
    if claimed is not None and claimed != sha256(received.body).hexdigest():
        raise invalid("The value of x-amz-content-sha256 is not the hash of the body.")
    expected = _Signer(said, secret).signature_of(received, stamp)
    if not hmac.compare_digest(expected, said.signature):
        raise invalid(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service "
            "documentation for details."
        )


def incomplete(message: str) -> Fault:
    """The Authorization header lacks something."""
    return Fault("IncompleteSignatureException", message)


def invalid(message: str) -> Fault:
    """The signature is not one of this request, by this key, of now."""
    return Fault("InvalidSignatureException", message)


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value.strip()


def _check_names(names: tuple[str, ...], headers: Mapping[str, str]) -> None:
    """What has to be signed is; and what is said to be signed is there."""
    for name in names:
        if not _HEADER_NAME.fullmatch(name) or name not in headers:
            raise invalid(f"The signed header '{name[:100]}' is not in the request.")
    wanted = {"host"} | ({"x-amz-target"} & headers.keys())
    wanted.add("x-amz-date" if "x-amz-date" in headers else "date")
    if missing := sorted(wanted - set(names)):
        raise invalid(f"'{missing[0]}' must be a 'SignedHeader' in the Authorization header.")


def _stamp(headers: Mapping[str, str], at: datetime) -> str:
    """The time that was signed, as the signature spells it; refused where it is not now."""
    stamp = headers.get("x-amz-date", "").strip()
    try:
        if stamp:
            if not _STAMP.fullmatch(stamp):
                raise ValueError(stamp)
            signed_at = datetime.strptime(stamp, SIGV4_TIMESTAMP).replace(tzinfo=UTC)
        else:
            signed_at = parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
            stamp = signed_at.strftime(SIGV4_TIMESTAMP)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise incomplete(
            "The request's time has to be in X-Amz-Date, like 20260102T030405Z."
        ) from None
    now = at.strftime(SIGV4_TIMESTAMP)
    if at - signed_at > WINDOW:
        least = (at - WINDOW).strftime(SIGV4_TIMESTAMP)
        raise invalid(f"Signature expired: {stamp} is now earlier than {least} ({now} - 5 min.)")
    if signed_at - at > WINDOW:
        most = (at + WINDOW).strftime(SIGV4_TIMESTAMP)
        raise invalid(f"Signature not yet current: {stamp} is still later than {most}.")
    return stamp


@dataclass(frozen=True, slots=True)
class _Request:
    """What botocore's signer reads of a request."""

    method: str
    url: str
    headers: HTTPHeaders
    body: bytes
    context: Mapping[str, str]
    params: Mapping[str, str]


class _Signer(SigV4Auth):
    """botocore's signer, which signs the headers that it is told to."""

    def __init__(self, said: Authorization, secret: str) -> None:
        super().__init__(
            ReadOnlyCredentials(said.access_key_id, secret, None), said.service, said.region
        )
        self._names = said.signed_headers

    def headers_to_sign(self, request: Any) -> HTTPHeaders:
        """The ones that the client signed, whatever this client would sign."""
        headers = HTTPHeaders()
        for name in self._names:
            headers[name] = request.headers[name]
        return headers

    def signature_of(self, received: Received, stamp: str) -> str:
        """The signature that the holder of the secret makes of this request at this time."""
        headers = HTTPHeaders()
        for name in {*self._names, "x-amz-content-sha256"} & received.headers.keys():
            headers[name] = received.headers[name]
        request = _Request(
            method=received.method,
            # Only its path and its query are signed. An https: one could go without the body.
            url=f"http://host{received.path}{'?' if received.query else ''}{received.query}",
            headers=headers,
            body=received.body,
            context={"timestamp": stamp},
            params={},
        )
        text = self.string_to_sign(request, self.canonical_request(request))
        return str(self.signature(text, request))
