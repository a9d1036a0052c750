"""Queues (SQS) and topics (SNS) at Amazon, with the requester's own credentials.

Nothing of this process's own environment signs a call: keys are always given, and a session of
its own is made for them. The environment may name other endpoints (AWS_ENDPOINT_URL_SQS,
AWS_ENDPOINT_URL_SNS), which is the operator's to do.
"""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from marketplace.webhooks import SECONDS, NotAnswered

# One attempt: the outbox tries again, with its own waits.
_CONFIG = Config(
    connect_timeout=SECONDS,
    read_timeout=SECONDS,
    retries={"total_max_attempts": 1, "mode": "standard"},
    parameter_validation=True,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A requester's keys, and the region of what names none itself."""

    access_key_id: str
    secret: str
    region: str


def send_to_queue(credentials: Credentials, url: str, body: str) -> str:
    """Put a message into the queue; what Amazon calls it. Raises NotAnswered."""
    return _call(credentials, "sqs", "send_message", QueueUrl=url, MessageBody=body)


def publish_to_topic(credentials: Credentials, arn: str, body: str) -> str:
    """Publish a message; what Amazon calls it. Raises NotAnswered."""
    return _call(credentials, "sns", "publish", TopicArn=arn, Message=body)


def _call(credentials: Credentials, service: str, operation: str, **arguments: Any) -> str:
    try:
        client = boto3.session.Session().client(
            service,
            region_name=credentials.region,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret,
            config=_CONFIG,
        )
        answer = getattr(client, operation)(**arguments)
    except ClientError as error:
        said = error.response.get("Error", {})
        raise NotAnswered(f"{said.get('Code', 'Error')}: {said.get('Message', error)}") from error
    except BotoCoreError as error:
        raise NotAnswered(str(error)) from error
    return f"Accepted as {answer.get('MessageId', '')}"
