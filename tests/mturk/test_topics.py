"""As much of SNS as programs use before UpdateNotificationSettings, by boto3: Dallinger makes a
topic for its experiment, subscribes itself, looks until that is confirmed, and deletes it."""

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.accounts.models import AccessKey, Role
from marketplace.audit.models import AuditEntry
from tasks import jobs
from tasks.models import Subscription, Topic
from tests import world
from tests.mturk import wire
from tests.mturk.requests import accepted, created
from tests.receivers import receiving

ADDRESS = "https://lab.example/mturk-sns-listener"


def sns_for(key, *, endpoint=f"http://{wire.HOST}", before=None, **options):
    client = boto3.client(
        "sns",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(retries={"total_max_attempts": 1}),
        **options,
    )

    def send(request, **_context):
        if before:
            before(request)
        response = wire.sent(request)
        raw = wire._Raw(response.content)
        return AWSResponse(request.url, response.status_code, dict(response.headers), raw)

    client.meta.events.register("before-send.sns", send)
    return client


@pytest.fixture
def sns(key):
    return sns_for(key)


def refused(call, code, *texts):
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for text in texts:
        assert text in error["Message"]
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def told(topic, *kinds):
    return {
        "Destination": topic,
        "Transport": "SNS",
        "Version": "2014-08-15",
        "EventTypes": list(kinds),
    }


def test_an_experiment_is_told_through_its_topic_until_it_deletes_it(sns, mturk, worker, settings):
    settings.MANYHANDS_LOCAL_WEBHOOKS = True
    hit = created(mturk)
    with receiving() as receiver:
        address = f"http://127.0.0.1:{receiver.port}/mturk-sns-listener"
        topic = sns.create_topic(Name="dlgr-1234")["TopicArn"]
        subscribed = sns.subscribe(
            TopicArn=topic, Protocol="http", Endpoint=address, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        attributes = sns.get_subscription_attributes(SubscriptionArn=subscribed)["Attributes"]
        assert (attributes["PendingConfirmation"], attributes["Endpoint"]) == ("false", address)
        mturk.update_notification_settings(
            HITTypeId=hit["HITTypeId"],
            Notification=told(topic, "AssignmentAccepted"),
            Active=True,
        )
        assignment_id = accepted(worker, hit["HITId"])
        jobs.send_notifications()
        assert [event["AssignmentId"] for event in receiver.events] == [assignment_id]
        (found,) = (t["TopicArn"] for t in sns.list_topics()["Topics"])
        assert found == topic
        assert found.endswith(":dlgr-1234")
        sns.delete_topic(TopicArn=topic)
        assert not Subscription.objects.get().is_active
        accepted(world.a_worker("otto"), hit["HITId"])
        jobs.send_notifications()
        assert len(receiver.events) == 1
    sns.delete_topic(TopicArn=topic)  # as SNS has it, a second time is no error
    assert list(sns.list_topics()["Topics"]) == []
    acts = AuditEntry.objects.filter(
        action__in=["create_topic", "subscribe_address", "delete_topic"]
    )
    assert acts.count() == 3


def test_the_same_topic_and_the_same_address_again_are_what_they_were(sns):
    topic = sns.create_topic(Name="one")["TopicArn"]
    assert sns.create_topic(Name="one")["TopicArn"] == topic
    wanted = {"TopicArn": topic, "Protocol": "https", "Endpoint": ADDRESS}
    assert sns.subscribe(**wanted)["SubscriptionArn"] == sns.subscribe(**wanted)["SubscriptionArn"]
    status = refused(
        lambda: sns.subscribe(**{**wanted, "Endpoint": "https://other.example/"}),
        "InvalidParameter",
        ADDRESS,
    )
    assert status == 400
    assert Topic.objects.get().address == ADDRESS


def test_what_cannot_be_is_said(sns, mturk, settings):
    settings.MANYHANDS_LOCAL_WEBHOOKS = False
    refused(lambda: sns.create_topic(Name="a b"), "InvalidParameter", "letters")
    topic = sns.create_topic(Name="one")["TopicArn"]
    for protocol, endpoint in (
        ("sms", "+49123"),
        ("https", "http://lab.example/"),
        ("https", "https://127.0.0.1/"),
        ("https", "nonsense"),
    ):
        refused(
            lambda p=protocol, e=endpoint: sns.subscribe(TopicArn=topic, Protocol=p, Endpoint=e),
            "InvalidParameter",
        )
    for call in (
        lambda: sns.subscribe(TopicArn=f"{topic}x", Protocol="https", Endpoint=ADDRESS),
        lambda: sns.get_subscription_attributes(SubscriptionArn=f"{topic}:subscription"),
        lambda: sns.get_subscription_attributes(SubscriptionArn="nonsense"),
    ):
        assert refused(call, "NotFound", "does not exist") == 404
    refused(lambda: sns.publish(TopicArn=topic, Message="x"), "InvalidAction", "Publish")
    type_id = created(mturk)["HITTypeId"]
    for destination in (topic, f"{topic}x"):
        wire.refused(
            lambda d=destination: mturk.update_notification_settings(
                HITTypeId=type_id, Notification=told(d, "HITExpired")
            ),
            "RequestError",
            turk="InvalidTransportEndpoint",
        )


def test_a_topic_is_its_requesters_own(sns, lab):
    topic = sns.create_topic(Name="one")["TopicArn"]
    other = sns_for(wire.a_key(world.a_lab("Another Lab")))
    assert list(other.list_topics()["Topics"]) == []
    refused(lambda: other.subscribe(TopicArn=topic, Protocol="https", Endpoint=ADDRESS), "NotFound")
    other.delete_topic(TopicArn=topic)
    assert Topic.objects.count() == 1
    viewer = sns_for(wire.a_key(lab, role=Role.VIEWER))
    assert refused(lambda: viewer.create_topic(Name="two"), "AuthorizationError") == 403
    sandbox = sns_for(wire.a_key(lab, side=AccessKey.Side.SANDBOX))
    assert sandbox.create_topic(Name="one")["TopicArn"] == topic


def test_who_is_not_let_in_is_told_in_the_older_protocols_words(sns, key):
    def strip(request):
        del request.headers["Authorization"]

    def change(request):
        request.body = request.body.replace("one", "two")

    for client, code in (
        (sns_for((key[0], "guessed")), "SignatureDoesNotMatch"),
        (sns_for(("MHNOBODY", "secret")), "InvalidClientTokenId"),
        (sns_for(key, before=change), "SignatureDoesNotMatch"),
    ):
        assert refused(lambda c=client: c.create_topic(Name="one"), code) == 403
    amazon = "https://sns.us-east-1.amazonaws.com"
    unsigned = sns_for(key, endpoint=amazon, before=strip)
    refused(lambda: unsigned.create_topic(Name="one"), "MissingAuthenticationToken")
    assert not Topic.objects.exists()
    assert sns_for(key, endpoint=amazon).create_topic(Name="one")["TopicArn"]


def test_many_topics_are_listed_page_by_page(sns, lab):
    Topic.objects.bulk_create(
        Topic(requester=lab.requester, name=f"t{n}", created_at=lab.requester.created_at)
        for n in range(150)
    )
    pages = sns.get_paginator("list_topics").paginate()
    names = [t["TopicArn"].rpartition(":")[2] for page in pages for t in page["Topics"]]
    assert names == [f"t{n}" for n in range(150)]
    refused(lambda: sns.list_topics(NextToken="x"), "InvalidParameter")


def test_a_number_of_topics_is_enough(sns, monkeypatch):
    monkeypatch.setattr("tasks.actions.keep_topics.MOST_TOPICS", 1)
    sns.create_topic(Name="one")
    assert refused(lambda: sns.create_topic(Name="two"), "TopicLimitExceeded") == 403
    sns.create_topic(Name="one")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(body=st.binary(max_size=200) | st.text().map(lambda text: f"Action={text}".encode()))
def test_whatever_the_body_is_nothing_fails(key, body):
    def change(request):
        wire.sign_again(request, key, body, service="sns")

    with pytest.raises(ClientError) as caught:
        sns_for(key, before=change).list_topics()
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
