"""Notifications to https addresses, shaped as Amazon SNS posts them.

docs/notifications.md says what a receiver can rely on, the signature included.
"""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

from django.conf import settings

from marketplace import webhooks
from marketplace.webhooks import NotAnswered, RefusedAddress


def post(
    url: str, *, document: str, document_id: str, topic: str, secret: str, at: datetime
) -> str:
    """Post one document; the answer in words. Raises NotAnswered where it was not taken."""
    body = json.dumps(
        {
            "Type": "Notification",
            "MessageId": document_id,
            "TopicArn": topic,
            "Subject": f"{settings.MANYHANDS_SITE_NAME} notification",
            "Message": document,
            "Timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
    ).encode()
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Manyhands",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": document_id,
        "x-amz-sns-topic-arn": topic,
    }
    if secret:
        headers["X-Manyhands-Signature"] = signature(secret, body, int(time.time()))
    try:
        answer = webhooks.post(url, body=body, headers=headers)
    except RefusedAddress as error:
        raise NotAnswered(error.message) from error
    said = f"{answer.status} {' '.join(answer.text.split())}".strip()
    if 300 <= answer.status < 400:
        raise NotAnswered(f"{said} (redirects are not followed)")
    if not 200 <= answer.status < 300:
        raise NotAnswered(said)
    return said


def signature(secret: str, body: bytes, seconds: int) -> str:
    """t=<seconds since 1970, when it was signed>,v1=<HMAC-SHA256 of "<t>.<body>", in hex>."""
    signed = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def topic_of(requester_id: str, hit_type_id: str) -> str:
    """The TopicArn that a receiver sees: one for each HIT type, and not one of Amazon's."""
    return f"arn:manyhands:sns:marketplace:{requester_id}:{hit_type_id}"
