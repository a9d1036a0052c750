"""The real boto3 client, whose requests go to the application in this process: what botocore
signs and sends reaches the middleware byte for byte, without a server."""

import json
from io import BytesIO
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from django.test import Client

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key

HOST = "testserver"


class _Raw(BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_options):
        yield self.getvalue()


last: dict = {}
"""The latest answer's body as it was sent: botocore hides members of errors that its model doesn't
have, as it did with Mechanical Turk."""


def sent(request):
    """Django's answer to a request as botocore has prepared it."""
    url = urlsplit(request.url)
    headers = {name: _text(value) for name, value in request.headers.items()}
    headers.setdefault("Host", url.netloc)
    body = request.body or b""
    return Client(raise_request_exception=False).generic(
        request.method,
        url.path or "/",
        body if isinstance(body, bytes) else body.encode(),
        content_type=headers.pop("Content-Type", ""),
        QUERY_STRING=url.query,
        headers=headers,
    )


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


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
