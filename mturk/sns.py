"""As much of Amazon SNS as programs need before they ask Mechanical Turk for notifications: make a
topic, subscribe an https address to it, look whether that is confirmed, delete it.

They use the same key for both services, and SNS itself doesn't know our keys. It speaks the older
protocol: a form in, XML out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from urllib.parse import parse_qsl

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import AccessKey
from marketplace.errors import DomainError, InvalidInput, LimitReached, NotAllowed, NotFound
from marketplace.questionform.xml import legal
from mturk import caller
from mturk.faults import Fault
from mturk.signature import Received, authorization_in
from tasks.actions.keep_topics import create_topic, delete_topic, subscribe_address
from tasks.queries.notifications import topics_by_arn, topics_of

SERVICE = "sns"
HOST = "sns.us-east-1.amazonaws.com"
CONTENT_TYPE = "text/xml"
MOST_FIELDS = 100
PAGE = 100
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
_SUBSCRIPTION = ":subscription"
_CODES: tuple[tuple[type[DomainError], str, int], ...] = (
    (NotFound, "NotFound", 404),
    (NotAllowed, "AuthorizationError", 403),
    (LimitReached, "TopicLimitExceeded", 403),
    (InvalidInput, "InvalidParameter", 400),
)

Fields = Mapping[str, str]


class Refused(Exception):
    """An error answer: SNS's code, a sentence, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def is_call(headers: Mapping[str, str]) -> bool:
    """Whether the signature was made for SNS."""
    return f"/{SERVICE}/aws4_request" in headers.get("HTTP_AUTHORIZATION", "")


def carried_out(received: Received, *, address: str, request_id: str, at: datetime) -> str:
    """The answer as XML. Raises Fault where the call is not let in, and Refused."""
    said = authorization_in(received.headers, service=SERVICE)
    key = caller.key_that_signed(received, said, address=address, at=at)
    by = caller.acting_by(key, is_sandbox=key.side == AccessKey.Side.SANDBOX, at=at)
    fields = _fields(received.body)
    action = fields.get("Action", "")
    if action not in _ACTIONS:
        words = f"There is no action “{action[:80]}” here, but for {', '.join(_ACTIONS)}."
        raise Refused("InvalidAction", words, 400)
    try:
        result = _ACTIONS[action](by, fields, at)
    except DomainError as error:
        raise _refusal(error) from error
    about = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    return f'<{action}Response xmlns="{_NAMESPACE}">{inner}{about}</{action}Response>'


def refused(code: str, message: str, *, is_ours: bool = False, request_id: str) -> str:
    """An error as XML."""
    kind = "Receiver" if is_ours else "Sender"
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{kind}</Type>{_element("Code", code)}'
        f"{_element('Message', message)}</Error>{_element('RequestId', request_id)}</ErrorResponse>"
    )


def _refusal(error: DomainError) -> Refused:
    for kind, code, status in _CODES:
        if isinstance(error, kind):
            return Refused(code, error.message, status)
    return Refused("InvalidParameter", error.message, 400)


def _fields(body: bytes) -> dict[str, str]:
    try:
        text = body.decode()
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Fault("InvalidParameter", f"The body is not a form: {error}"[:200]) from None
    if "\0" in "".join(fields.values()):
        raise Fault("InvalidParameter", "The body has a NUL character in it.")
    return fields


def _create_topic(by: Acting, fields: Fields, at: datetime) -> str:
    return _element("TopicArn", create_topic(by=by, name=fields.get("Name", ""), at=at).arn)


def _delete_topic(by: Acting, fields: Fields, at: datetime) -> str:
    delete_topic(by=by, arn=fields.get("TopicArn", ""), at=at)
    return ""


def _subscribe(by: Acting, fields: Fields, at: datetime) -> str:
    protocol, address = fields.get("Protocol", ""), fields.get("Endpoint", "")
    if protocol not in ("http", "https") or not address.startswith(f"{protocol}://"):
        raise InvalidInput(
            f"“{protocol[:20]}” with “{address[:200]}” can't be subscribed: notifications go to "
            "https addresses."
        )
    topic = subscribe_address(by=by, arn=fields.get("TopicArn", ""), address=address, at=at)
    return _element("SubscriptionArn", topic.arn + _SUBSCRIPTION)


def _get_subscription_attributes(by: Acting, fields: Fields, at: datetime) -> str:
    arn = fields.get("SubscriptionArn", "")
    topic = topics_by_arn(by.requester, arn.removesuffix(_SUBSCRIPTION)).first()
    if topic is None or not topic.address or not arn.endswith(_SUBSCRIPTION):
        raise NotFound("Subscription does not exist")
    attributes = {
        "SubscriptionArn": arn,
        "TopicArn": topic.arn,
        "Owner": by.requester.public_id,
        "Protocol": topic.address.partition(":")[0],
        "Endpoint": topic.address,
        "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true",
        "RawMessageDelivery": "false",
    }
    entries = [
        f"<entry>{_element('key', name)}{_element('value', value)}</entry>"
        for name, value in attributes.items()
    ]
    return f"<Attributes>{''.join(entries)}</Attributes>"


def _list_topics(by: Acting, fields: Fields, at: datetime) -> str:
    found = topics_of(by.requester)
    if token := fields.get("NextToken"):
        if not token.isascii() or not token.isdigit() or len(token) > 18:
            raise InvalidInput("The NextToken is none of ours.")
        found = found.filter(pk__gt=int(token))
    page = list(found.order_by("pk")[: PAGE + 1])
    shown = [f"<member>{_element('TopicArn', topic.arn)}</member>" for topic in page[:PAGE]]
    more = _element("NextToken", str(page[PAGE - 1].pk)) if len(page) > PAGE else ""
    return f"<Topics>{''.join(shown)}</Topics>{more}"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(legal(text), quote=False)}</{name}>"


_ACTIONS: dict[str, Callable[[Acting, Fields, datetime], str]] = {
    "CreateTopic": _create_topic,
    "Subscribe": _subscribe,
    "GetSubscriptionAttributes": _get_subscription_attributes,
    "ListTopics": _list_topics,
    "DeleteTopic": _delete_topic,
}
