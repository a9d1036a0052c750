"""The real boto3 client, whose requests go to the application in this process: what botocore
signs and sends reaches the middleware byte for byte, without a server."""

import json
from io import BytesIO
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError
from django.test import Client

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key

HOST = "testserver"
UNSIGNED = {
    "authorization",
    "user-agent",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "content-length",
}


class _Raw(BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_options):
        yield self.getvalue()


_latest: list[bytes] = [b""]
last: dict = {}
"""The latest answer's body as it was sent: botocore hides members of errors that its model doesn't
have, as it did with Mechanical Turk."""


def sent(request):
    """Django's answer to a request as botocore has prepared it."""
    url = urlsplit(request.url)
    headers = {name: _text(value) for name, value in request.headers.items()}
    headers.setdefault("Host", url.netloc)
    headers.pop("Content-Length", None)  # the test client counts by itself
    body = request.body or b""
    return Client(raise_request_exception=False).generic(
        request.method,
        url.path or "/",
        body if isinstance(body, bytes) else body.encode(),
        CONTENT_TYPE=headers.pop("Content-Type", ""),
        QUERY_STRING=url.query,
        headers=headers,
    )


def raw_body():
    """The latest answer's body, byte for byte."""
    return _latest[0]


def sign_again(
    request,
    key,
    body=None,
    *,
    at=None,
    region="us-east-1",
    as_date=False,
    service="mturk-requester",
):
    """Sign a prepared request anew, with another body, time, region or service."""
    if body is not None:
        request.body = body
    whole = AWSRequest(request.method, request.url, data=request.body)
    for name, value in request.headers.items():
        if name.lower() not in UNSIGNED:
            whole.headers[name] = _text(value)
    with pytest.MonkeyPatch.context() as patch:
        if at is not None:
            patch.setattr("botocore.auth.get_current_datetime", lambda: at)
        SigV4Auth(Credentials(*key), service, region).add_auth(whole)
    for name in ("Authorization", "Date" if as_date else "X-Amz-Date"):
        request.headers[name] = whole.headers[name]


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


__all__ = [
    "ConnectionClosedError",
    "a_client",
    "a_key",
    "last",
    "raw_body",
    "refused",
    "sent",
    "sign_again",
]


def a_key(lab, **scope):
    """(access key id, secret) of a new key."""
    key, secret = create_access_key(by=lab.by, created_by=lab.user, at=clock.now(), **scope)
    return key.access_key_id, secret


def a_client(key, *, endpoint=f"http://{HOST}", region="us-east-1", before=None, **options):
    """A boto3 client with this key. `before` may change a request before it is sent."""
    client = boto3.client(
        "mturk",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(
            parameter_validation=options.pop("checks", True),
            retries={"total_max_attempts": options.pop("attempts", 1)},
        ),
        **options,
    )

    def send(request, **_context):
        if before:
            before(request)
        response = sent(request)
        _latest[0] = response.content
        last.clear()
        last.update(json.loads(response.content))
        raw = _Raw(response.content)
        return AWSResponse(request.url, response.status_code, dict(response.headers), raw)

    client.meta.events.register("before-send.mturk", send)
    return client


def refused(call, code, *texts, turk=""):
    """The call is refused with this error's code and these words; the error's members."""
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    assert response["Error"]["Code"] == code, response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    for text in texts:
        assert text in response["Error"]["Message"]
    if turk:
        assert last.get("TurkErrorCode") == f"AWS.MechanicalTurk.{turk}", last
    return dict(last)
