"""UpdateNotificationSettings and SendTestEventNotification, by boto3."""

import pytest

from tasks import jobs
from tasks.models import Delivery, Subscription
from tests import world
from tests.mturk import wire
from tests.mturk.requests import UNKNOWN, accepted, created
from tests.mturk.wire import refused
from tests.receivers import receiving

INVALID = "InvalidTransportEndpoint"


@pytest.fixture
def receiver(settings):
    settings.MANYHANDS_LOCAL_WEBHOOKS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hook(receiver):
    """A specification as boto3 takes it."""
    return {
        "Destination": f"http://127.0.0.1:{receiver.port}/",
        "Transport": "SNS",
        "Version": "2006-05-05",
        "EventTypes": ["AssignmentAccepted"],
    }


def test_what_happens_to_the_hit_type_arrives(mturk, worker, hook, receiver):
    hit = created(mturk)
    assert set(
        mturk.update_notification_settings(HITTypeId=hit["HITTypeId"], Notification=hook)
    ) == {"ResponseMetadata"}
    assignment_id = accepted(worker, hit["HITId"])
    jobs.send_notifications()
    (event,) = receiver.events
    assert (event["HITId"], event["AssignmentId"]) == (hit["HITId"], assignment_id)
    assert receiver.documents[0]["EventDocVersion"] == "2006-05-05"


def test_it_is_switched_off_and_on_without_saying_it_again(mturk, hook):
    type_id = created(mturk)["HITTypeId"]
    mturk.update_notification_settings(HITTypeId=type_id, Notification=hook)
    for is_active in (False, True):
        mturk.update_notification_settings(HITTypeId=type_id, Active=is_active)
        subscription = Subscription.objects.get()
        assert subscription.is_active is is_active
        assert subscription.destination == hook["Destination"]


def test_a_test_event_arrives_though_the_filter_does_not_name_it(mturk, hook, receiver):
    for kind in ("HITExpired", "Ping"):
        mturk.send_test_event_notification(Notification=hook, TestEventType=kind)
    jobs.send_notifications()
    assert sorted(event["EventType"] for event in receiver.events) == ["HITExpired", "Ping"]
    assert Subscription.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"Transport": "Email", "Destination": "ada@lab.test"}, "not supported"),
        ({"Destination": "arn:aws:nothing"}, "ARN"),
        ({"Transport": "SQS", "Destination": "results"}, "queue"),
        (
            {
                "Transport": "SQS",
                "Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
            },
            "no Amazon credentials",
        ),
        ({"Destination": "https://10.0.0.1/"}, "public Internet"),
        ({"Destination": "https://[::ffff:169.254.169.254]/"}, "public Internet"),
        ({"Destination": "http://lab.test/"}, "https://"),
    ],
)
def test_a_destination_that_cannot_be(mturk, hook, settings, changed, text):
    settings.MANYHANDS_LOCAL_WEBHOOKS = False
    type_id = created(mturk)["HITTypeId"]
    given = {**hook, **changed}
    refused(
        lambda: mturk.update_notification_settings(HITTypeId=type_id, Notification=given),
        "RequestError", text, turk=INVALID,
    )  # fmt: skip
    refused(
        lambda: mturk.send_test_event_notification(Notification=given, TestEventType="Ping"),
        "RequestError", text, turk=INVALID,
    )  # fmt: skip
    assert Subscription.objects.count() == Delivery.objects.count() == 0


def test_a_hit_type_that_is_not_ones_own_does_not_exist(mturk, sandbox, hook, lab):
    type_id = created(mturk)["HITTypeId"]
    stranger = wire.a_client(wire.a_key(world.a_lab("Other Lab")))
    for client, wanted in ((mturk, UNKNOWN), (sandbox, type_id), (stranger, type_id)):
        refused(
            lambda client=client, wanted=wanted: client.update_notification_settings(
                HITTypeId=wanted, Notification=hook
            ),
            "RequestError",
            "does not exist",
            turk="HITTypeDoesNotExist",
        )


@pytest.mark.parametrize(
    "wrong",
    [{"Version": "2005-10-01"}, {"EventTypes": ["HITEaten"]}, {"EventTypes": []}],
)
def test_a_specification_that_cannot_be(mturk, hook, wrong):
    type_id = created(mturk)["HITTypeId"]
    refused(
        lambda: mturk.update_notification_settings(
            HITTypeId=type_id, Notification={**hook, **wrong}
        ),
        "ParameterValidationError",
        "",
        turk="InvalidParameterValue",
    )


def test_neither_a_specification_nor_a_switch(mturk):
    type_id = created(mturk)["HITTypeId"]
    refused(
        lambda: mturk.update_notification_settings(HITTypeId=type_id),
        "ParameterValidationError",
        "specification",
    )
    assert wire.last["TurkErrorCode"] == "AWS.MissingParameters"
    refused(
        lambda: mturk.update_notification_settings(HITTypeId=type_id, Active=True),
        "ParameterValidationError",
        "no notification specification",
        turk="InvalidParameterValue",
    )
