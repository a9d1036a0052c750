"""Calls operations with the real boto3 client, and keeps what was sent, returned and refused."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from botocore.model import OperationModel, Shape

TARGET = "MTurkRequesterServiceV20170117."


def members(shape: Shape | None, path: str = "", inside: tuple[str, ...] = ()) -> Iterator[str]:
    """Every member of a shape as a dotted path; lists are passed through."""
    if shape is None:
        return
    if shape.type_name == "structure" and shape.name not in inside:
        for name, member in shape.members.items():
            yield f"{path}{name}"
            yield from members(member, f"{path}{name}.", (*inside, shape.name))
    elif shape.type_name == "list":
        yield from members(shape.member, path, inside)


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Every member that a value has, as `members` names them."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield f"{path}{name}"
            yield from paths(inner, f"{path}{name}.")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from paths(inner, path)


@dataclass
class Seen:
    """What one operation was seen to do."""

    sent: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


class Recorder:
    """One requester's client, whose every call is kept."""

    def __init__(self, endpoint: str, access_key_id: str, secret: str) -> None:
        self.client = boto3.client(
            "mturk",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.access_key_id = access_key_id
        self.model = self.client.meta.service_model
        self.seen: dict[str, Seen] = defaultdict(Seen)
        self._methods = {
            name: getattr(self.client, method)
            for method, name in self.client.meta.method_to_api_mapping.items()
        }
        self._endpoint = endpoint
        self._signer = SigV4Auth(Credentials(access_key_id, secret), "mturk-requester", "us-east-1")
        self._http = URLLib3Session()

    def operation(self, name: str) -> OperationModel:
        """The model of one operation."""
        return self.model.operation_model(name)

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """Call it with boto3; what was sent and returned counts."""
        answer = self._methods[operation](**given)
        answer.pop("ResponseMetadata")
        seen = self.seen[operation]
        seen.sent |= set(paths(given))
        seen.returned |= set(paths(answer))
        return answer

    def refused(self, operation: str, code: str, text: str = "", **given: Any) -> str:
        """Call it and have it refused with this code, and with these words; the whole message."""
        got, message = self.refusal_of(operation, given)
        assert got == code, (operation, given, got, message)
        assert text in message, (operation, message)
        return message

    def refusal_of(self, operation: str, given: Mapping[str, Any]) -> tuple[str, str]:
        """(code, message) of the HTTP 400 that it is refused with.

        Signed by botocore, but sent as it is: boto3 would check some of it, can't put the rest
        into JSON, and hides TurkErrorCode where an error isn't in its model.
        """
        body = json.dumps(given, default=lambda moment: moment.timestamp())
        return self.refusal_of_bytes(operation, body.encode())

    def refusal_of_bytes(
        self,
        operation: str,
        body: bytes,
        *,
        target: str = "",
        change: Callable[[AWSRequest], None] | None = None,
    ) -> tuple[str, str]:
        """The same of a body that may be no JSON, of another `target`, or of a request that is
        changed after it was signed."""
        given = body[:200]
        request = AWSRequest(
            "POST",
            f"{self._endpoint}/",
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": target or TARGET + operation,
            },
            body,
        )
        self._signer.add_auth(request)
        if change:
            change(request)
        answer = self._http.send(request.prepare())
        told = json.loads(answer.content)
        assert answer.status_code == 400, (operation, given, answer.status_code, told)
        code = told.get("TurkErrorCode") or told["__type"]
        self.seen[operation].refused.add(code)
        return code, told["Message"]

    def not_sent(self, operation: str) -> set[str]:
        """Members of the request that no call has sent."""
        return set(members(self.operation(operation).input_shape)) - self.seen[operation].sent

    def not_returned(self, operation: str) -> set[str]:
        """Members of the answer that no call has returned."""
        return set(members(self.operation(operation).output_shape)) - self.seen[operation].returned
