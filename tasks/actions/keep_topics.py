"""A program makes a topic, subscribes its address to it, and takes both away again.

Mechanical Turk told events to a queue or a topic of Amazon's, and programs make the topic first,
with the same key. These topics are ours: what they stand for is the address.
"""

import re
from datetime import datetime

from django.db import transaction

from marketplace import webhooks
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, LimitReached, NotFound
from tasks.models import Subscription, Topic
from tasks.queries.notifications import topics_by_arn

MOST_TOPICS = 1000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


def create_topic(*, by: Acting, name: str, at: datetime) -> Topic:
    """The requester's topic of this name, made if it is new.

    Raises InvalidInput for what can't be a name, LimitReached above MOST_TOPICS.
    """
    by.require(Role.MANAGER)
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "A topic's name has 1 to 256 letters, digits, - and _. FIFO topics are not supported.",
            field="name",
        )
    found = Topic.objects.filter(requester=by.requester, name=name).first()
    if found is not None:
        return found
    if by.requester.topics.count() >= MOST_TOPICS:
        raise LimitReached(f"There are {MOST_TOPICS:,} topics. Delete one that isn't needed.")
    with transaction.atomic():
        topic, is_new = Topic.objects.get_or_create(
            requester=by.requester, name=name, defaults={"created_at": at}
        )
        if is_new:
            _record("create_topic", by, topic, at)
    return topic


def subscribe_address(*, by: Acting, arn: str, address: str, at: datetime) -> Topic:
    """Let the topic stand for an https address: one a topic, at once, since who holds the key has
    confirmed it. The same address again changes nothing.

    Raises NotFound, InvalidInput for another address or for one that nothing can be sent to.
    """
    by.require(Role.MANAGER)
    try:
        webhooks.check_url(address)
    except webhooks.RefusedAddress as error:
        raise InvalidInput(
            f"Nothing can be sent there. {error.message}", field="address"
        ) from error
    with transaction.atomic():
        topic = _locked(by, arn)
        if topic.address and topic.address != address:
            raise InvalidInput(
                f"The topic {topic.name} tells {topic.address} already, and one address is all it "
                "takes. Delete the topic, or make another.",
                field="address",
            )
        if not topic.address:
            topic.address = address
            topic.save(update_fields=["address"])
            _record("subscribe_address", by, topic, at, address=address)
    return topic


def delete_topic(*, by: Acting, arn: str, at: datetime) -> None:
    """Forget a topic, and switch off the notifications that go to it. One that isn't there is
    left as is."""
    by.require(Role.MANAGER)
    with transaction.atomic():
        try:
            topic = _locked(by, arn)
        except NotFound:
            return
        Subscription.objects.filter(topic=topic).update(is_active=False, topic=None, updated_at=at)
        _record("delete_topic", by, topic, at)
        topic.delete()


def _locked(by: Acting, arn: str) -> Topic:
    """The requester's topic, locked. Raises NotFound."""
    found = topics_by_arn(by.requester, arn).select_for_update(no_key=False, of=("self",)).first()
    if found is None:
        raise NotFound("Topic does not exist")
    return found


def _record(action: str, by: Acting, topic: Topic, at: datetime, **more: str) -> None:
    trail.record(
        action=action,
        actor=by.trail,
        subject=("requester", by.requester.public_id),
        at=at,
        topic=topic.name,
        **more,
    )
