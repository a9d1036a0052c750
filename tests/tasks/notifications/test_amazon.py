"""Real boto3 against moto's server over HTTP: queues and topics of the requester's own."""

import json
import socket

import boto3
import pytest
from moto.server import ThreadedMotoServer

from marketplace import clock as now
from marketplace.errors import InvalidInput
from tasks.actions.amazon_credentials import remove_amazon_credentials, save_amazon_credentials
from tasks.actions.notify import send_test_event
from tasks.destinations import InvalidDestination
from tasks.gateway import amazon
from tasks.models import AmazonCredentials, Delivery, Transport
from tests.world import a_lab, a_worker, accepted

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def at_amazon(moto, monkeypatch):
    """boto3 of this process talks to moto, and finds no credentials but those it is given."""
    for name in ("SQS", "SNS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", moto)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return lambda service: boto3.client(
        service, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )


@pytest.fixture
def saved(lab):
    return save_amazon_credentials(
        by=lab.by, access_key_id=KEY, secret=SECRET, region="us-east-1", at=now.now()
    )


def read(sqs, queue):
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def test_a_queue_gets_the_document_itself(batch, at_amazon, saved, subscribe, run):
    sqs = at_amazon("sqs")
    queue = sqs.create_queue(QueueName="results")["QueueUrl"]
    subscribe(batch, queue, "AssignmentAccepted", transport="SQS")
    assignment = accepted(a_worker(), batch)
    assert run() == 1
    (document,) = read(sqs, queue)
    assert document["Events"][0]["AssignmentId"] == assignment.public_id
    assert document == Delivery.objects.get().document
    assert Delivery.objects.get().answer.startswith("Accepted as ")


def test_a_topic_gets_the_document_as_its_message(batch, at_amazon, saved, subscribe, run):
    sqs, sns = at_amazon("sqs"), at_amazon("sns")
    queue = sqs.create_queue(QueueName="of-the-topic")["QueueUrl"]
    topic = sns.create_topic(Name="results")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    subscribe(batch, topic, "AssignmentAccepted", transport="SNS")
    accepted(a_worker(), batch)
    assert run() == 1
    (envelope,) = read(sqs, queue)
    assert json.loads(envelope["Message"]) == Delivery.objects.get().document


def test_a_test_event_goes_to_a_queue_that_nobody_subscribed(lab, at_amazon, saved, run):
    sqs = at_amazon("sqs")
    queue = sqs.create_queue(QueueName="tests")["QueueUrl"]
    send_test_event(
        by=lab.by, transport=Transport.SQS, destination=queue, version="2014-08-15",
        kind="Ping", at=now.now(),
    )  # fmt: skip
    assert run() == 1
    (document,) = read(sqs, queue)
    assert [event["EventType"] for event in document["Events"]] == ["Ping"]


def test_what_amazon_refuses_is_in_the_log(batch, at_amazon, saved, subscribe, run):
    subscribe(batch, "arn:aws:sns:us-east-1:123456789012:nothing", transport="SNS")
    accepted(a_worker(), batch)
    assert run() == 0
    assert Delivery.objects.get().answer.startswith("NotFound: ")


def test_without_credentials_nothing_is_set_up(batch, subscribe):
    with pytest.raises(InvalidDestination, match="no Amazon credentials"):
        subscribe(batch, "https://sqs.us-east-1.amazonaws.com/123456789012/q", transport="SQS")


def test_once_they_are_removed_it_fails_and_says_why(
    lab, batch, at_amazon, saved, subscribe, run, monkeypatch
):
    """The server's own credentials are there, and must not be what signs."""
    sqs = at_amazon("sqs")
    queue = sqs.create_queue(QueueName="ours")["QueueUrl"]
    subscribe(batch, queue, "AssignmentAccepted", transport="SQS")
    remove_amazon_credentials(by=lab.by, at=now.now())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    accepted(a_worker(), batch)
    assert run() == 0
    assert "No Amazon credentials" in Delivery.objects.get().answer
    assert read(sqs, queue) == []


def test_the_requesters_key_signs_and_never_the_servers(at_amazon, moto, monkeypatch):
    from tests.receivers import receiving

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASERVERSERVERSERV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the server's own")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the server's token")
    mine = amazon.Credentials(access_key_id=KEY, secret=SECRET, region="eu-west-1")
    with receiving() as receiver:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{receiver.port}")
        receiver.text = (
            '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
            "<MessageId>1</MessageId></PublishResult></PublishResponse>"
        )
        amazon.publish_to_topic(mine, "arn:aws:sns:eu-west-1:123456789012:t", "{}")
    headers = receiver.got[0].headers
    assert f"Credential={KEY}/" in headers["Authorization"]
    assert "/eu-west-1/sns/" in headers["Authorization"]
    assert "X-Amz-Security-Token" not in headers


def test_amazon_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(
        amazon, "_CONFIG", amazon._CONFIG.merge(amazon.Config(connect_timeout=1, read_timeout=1))
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        mine = amazon.Credentials(access_key_id=KEY, secret=SECRET, region="us-east-1")
        with pytest.raises(amazon.NotAnswered, match=r"(?i)timeout|timed out"):
            amazon.send_to_queue(mine, "https://sqs.us-east-1.amazonaws.com/123456789012/q", "{}")


def test_the_secret_is_kept_encrypted_and_one_requesters_alone(lab, saved):
    kept = AmazonCredentials.objects.get()
    assert SECRET not in kept.secret_encrypted
    remove_amazon_credentials(by=a_lab("Other Lab").by, at=now.now())
    assert AmazonCredentials.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_key_id": "akia"},
        {"access_key_id": "AKIA\0AAAAAAAAAAAAAAA"},
        {"secret": "short"},
        {"secret": "with a space, and it is long"},
        {"region": "evil.test/#"},
        {"region": "us-east-1.evil.test"},
        {"region": ""},
    ],
)
def test_credentials_that_cant_be_are_refused(lab, wrong):
    given = {"access_key_id": KEY, "secret": SECRET, "region": "us-east-1", **wrong}
    with pytest.raises(InvalidInput):
        save_amazon_credentials(by=lab.by, at=now.now(), **given)
