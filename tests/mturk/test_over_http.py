"""The API behind the web server that really serves it: what a test client can't show."""

import socket

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.mturk.requests import EXTERNAL, WANTED
from tests.mturk.wire import a_key
from tests.world import a_lab


@pytest.fixture(scope="module")
def mturk(live_app):
    with live_app.orm():
        key = a_key(a_lab("Wire Lab"))
    return boto3.client(
        "mturk",
        endpoint_url=live_app.base_url,
        region_name="us-east-1",
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=1),
    )


def test_a_question_of_10_mb_is_a_clear_400_and_the_connection_goes_on(mturk):
    large = EXTERNAL.replace("<FrameHeight>", "<!--" + "x" * 10 * 2**20 + "--><FrameHeight>")
    for _time in range(3):
        with pytest.raises(ClientError) as caught:
            mturk.create_hit(**{**WANTED, "Question": large})
        assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert mturk.get_account_balance()["AvailableBalance"]


def test_a_hit_goes_there_and_back(mturk):
    hit = mturk.create_hit(**WANTED)["HIT"]
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: 5\r\nAuthorization: AWS4-HMAC-SHA256 Credential=\xff\xfe\r\n",
        b"Content-Length: 5\r\nX-Amz-Date: \xc3\xa4\r\n",
        b"Content-Length: 5\r\nContent-Encoding: gzip\r\n",
    ],
)
def test_bytes_that_no_client_sends_are_refused(live_app, headers):
    request = (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: MTurkRequesterServiceV20170117.X\r\n"
        + headers
        + b"Connection: close\r\n\r\n0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", live_app.port), timeout=10) as connection:
        connection.sendall(request)
        assert connection.recv(100).split()[1] == b"400"
