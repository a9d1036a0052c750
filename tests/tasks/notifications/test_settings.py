"""What can be set, by whom, and where nothing is ever sent."""

import pytest

from marketplace import clock as now
from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput, NotAllowed, NotFound
from tasks.actions.amazon_credentials import save_amazon_credentials
from tasks.actions.notify import send_test_event
from tasks.actions.subscribe import Specification, rotate_secret, set_notifications
from tasks.destinations import InvalidDestination, transport_for
from tasks.models import Delivery, Subscription, Transport
from tests.world import a_batch, a_lab, a_member, a_user

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/results"
TOPIC = "arn:aws:sns:us-east-1:123456789012:results"
HOOK = "https://lab.test/hook"


@pytest.fixture
def strict(settings):
    """As in production."""
    settings.MANYHANDS_LOCAL_WEBHOOKS = False


@pytest.mark.parametrize(
    ("transport", "destination", "found"),
    [
        ("SQS", QUEUE, Transport.SQS),
        ("SQS", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", Transport.SQS),
        ("SQS", "https://eu-west-1.queue.amazonaws.com/123456789012/q", Transport.SQS),
        ("HTTPS", QUEUE, Transport.SQS),
        ("SNS", TOPIC, Transport.SNS),
        ("SNS", HOOK, Transport.HTTPS),
        ("SQS", HOOK, Transport.HTTPS),
        ("HTTPS", HOOK, Transport.HTTPS),
        ("SNS", "https://hooks.amazonaws.com/x", Transport.HTTPS),
    ],
)
def test_the_destination_tells_how_it_is_reached(strict, transport, destination, found):
    assert transport_for(transport, destination) == found


@pytest.mark.parametrize(
    ("transport", "destination"),
    [
        ("Email", "ada@lab.test"),
        ("Email", HOOK),
        ("SQS", "results"),
        ("SQS", TOPIC),
        ("SQS", "https://sqs.us-east-1.amazonaws.com/results"),
        ("SQS", QUEUE + ".fifo"),
        ("SQS", "http://sqs.us-east-1.amazonaws.com/123456789012/results"),
        ("SNS", QUEUE),
        ("SNS", TOPIC + ".fifo"),
        ("SNS", "arn:aws:sns:evil.test/#:123456789012:results"),
        ("SNS", "arn:aws:sqs:us-east-1:123456789012:results"),
        ("SNS", "http://lab.test/"),
        ("SNS", "https://127.0.0.1/"),
        ("SNS", "https://169.254.169.254/latest/"),
        ("SNS", "https://user@lab.test/"),
        ("HTTPS", TOPIC),
        ("HTTPS", "lab.test"),
        ("HTTPS", "https://lab.test/\0"),
        ("carrier pigeon", HOOK),
        ("SNS", ""),
        ("SQS", "https://sqs.us-east-1.amazonaws.com.evil.test:8080/123456789012/q\n"),
    ],
)
def test_nothing_is_set_up_that_can_reach_nobody_or_only_us(strict, transport, destination):
    with pytest.raises(InvalidDestination) as refused:
        transport_for(transport, destination)
    assert refused.value.details["turk_code"] == "AWS.MechanicalTurk.InvalidTransportEndpoint"


def test_a_new_specification_replaces_the_old_one(batch, subscribe):
    first = subscribe(batch, HOOK, "AssignmentSubmitted")
    second = subscribe(batch, "https://lab.test/other", "HITReviewable", "HITReviewable")
    assert first.pk == second.pk
    assert (second.destination, second.event_types) == (
        "https://lab.test/other",
        ["HITReviewable"],
    )
    assert second.secret_encrypted == first.secret_encrypted


def test_it_is_on_unless_it_is_said_to_be_off(lab, batch, subscribe):
    assert subscribe(batch, HOOK).is_active
    assert not subscribe(batch, HOOK, is_active=False).is_active
    assert not subscribe(batch, HOOK).is_active, "replacing it leaves it as it was"
    settings = {"by": lab.by, "hit_type_id": batch.hit_type.public_id, "is_sandbox": False}
    on = set_notifications(**settings, is_active=True, at=now.now())
    assert (on.is_active, on.destination) == (True, HOOK)


def test_there_must_be_something_to_switch(lab, batch):
    settings = {"by": lab.by, "hit_type_id": batch.hit_type.public_id, "is_sandbox": False}
    with pytest.raises(InvalidInput, match="no notification specification"):
        set_notifications(**settings, is_active=True, at=now.now())
    with pytest.raises(InvalidInput):
        set_notifications(**settings, at=now.now())


@pytest.mark.parametrize(
    "wrong",
    [{"version": "1"}, {"event_types": ["HITEaten"]}, {"event_types": []}, {"version": "\0"}],
)
def test_what_is_in_it_is_checked(lab, batch, wrong):
    given = {"transport": "SNS", "destination": HOOK, "event_types": ["Ping"], **wrong}
    with pytest.raises(InvalidInput):
        set_notifications(
            by=lab.by, hit_type_id=batch.hit_type.public_id, is_sandbox=False, at=now.now(),
            specification=Specification(**given),
        )  # fmt: skip


def test_only_a_manager_of_its_requester_sets_them(lab, batch, subscribe):
    subscription = subscribe(batch, HOOK)
    reviewer = a_member(lab.requester, a_user("reviewer@lab.test"), Role.REVIEWER)
    stranger = a_lab("Other Lab").by
    settings = {"hit_type_id": batch.hit_type.public_id, "at": now.now(), "is_active": False}
    with pytest.raises(NotAllowed):
        set_notifications(by=reviewer, is_sandbox=False, **settings)
    with pytest.raises(NotFound, match="does not exist"):
        set_notifications(by=stranger, is_sandbox=False, **settings)
    with pytest.raises(NotFound):
        set_notifications(by=lab.by, is_sandbox=True, **settings)
    with pytest.raises(NotAllowed):
        rotate_secret(by=reviewer, subscription_id=subscription.pk, at=now.now())
    with pytest.raises(NotFound):
        rotate_secret(by=stranger, subscription_id=subscription.pk, at=now.now())
    with pytest.raises(NotAllowed):
        send_test_event(
            by=reviewer, transport=Transport.HTTPS, destination=HOOK, version="2014-08-15",
            kind="Ping", at=now.now(),
        )  # fmt: skip
    assert Subscription.objects.get().is_active


def test_a_test_is_given_up_after_three_tries(lab, receiver, run, clock):
    receiver.status = 500
    send_test_event(
        by=lab.by, transport=Transport.HTTPS, destination=f"http://127.0.0.1:{receiver.port}/",
        version="2014-08-15", kind="AssignmentSubmitted", at=clock.now,
    )  # fmt: skip
    for _ in range(5):
        run()
        clock.forward(hours=1)
    delivery = Delivery.objects.get()
    assert (len(receiver.got), delivery.attempts) == (3, 3)
    assert delivery.gave_up_at is not None
    (event,) = receiver.got[0].document["Events"]
    assert len(event["AssignmentId"]) == len(event["HITId"]) == 30


def test_a_test_is_signed_as_the_subscription_to_that_address_signs(
    lab, receiver, run, subscribe, batch
):
    address = f"http://127.0.0.1:{receiver.port}/hook"
    test = {"transport": Transport.HTTPS, "version": "2014-08-15", "kind": "Ping"}
    send_test_event(by=lab.by, destination=address, at=now.now(), **test)
    run()
    subscribe(batch, receiver)
    send_test_event(by=lab.by, destination=address, at=now.now(), **test)
    run()
    send_test_event(by=a_lab("Other Lab").by, destination=address, at=now.now(), **test)
    run()
    assert ["X-Manyhands-Signature" in got.headers for got in receiver.got] == [False, True, False]


def test_settings_of_one_hit_type_are_not_anothers(lab, batch, subscribe):
    other = a_batch(lab, rows=1, reward_cents=20)
    subscribe(batch, HOOK)
    save_amazon_credentials(
        by=lab.by, access_key_id="AKIAIOSFODNN7EXAMPLE", region="us-east-1", at=now.now(),
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )  # fmt: skip
    subscribe(other, TOPIC)
    kept = Subscription.objects.order_by("pk").values_list("transport", "destination")
    assert list(kept) == [("HTTPS", HOOK), ("SNS", TOPIC)]
