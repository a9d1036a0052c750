"""Who subscribed is told what happened, in Mechanical Turk's words, at least once."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from marketplace import clock as now
from marketplace import jobs as marketplace_jobs
from marketplace import lanes
from marketplace.models import OutboxMessage
from tasks.actions.decide import approve_assignments
from tasks.actions.notify import collect_events
from tasks.actions.subscribe import rotate_secret, set_notifications
from tasks.gateway import notifications as gateway
from tasks.models import Delivery, Event
from tests.world import a_batch, a_worker, accepted, submitted


def switch(batch, lab, is_active):
    return set_notifications(
        by=lab.by, hit_type_id=batch.hit_type.public_id, is_sandbox=False, is_active=is_active,
        at=now.now(),
    )  # fmt: skip


def test_the_document_is_mechanical_turks(lab, batch, receiver, subscribe, run, clock):
    subscribe(batch, receiver, version="2006-05-05")
    assignment = submitted(a_worker(), batch)
    clock.forward(seconds=90)
    approve_assignments(by=lab.by, assignment_ids=[assignment.public_id], at=clock.now)
    assert run() == 1
    (document,) = receiver.documents
    about = {
        "HITTypeId": batch.hit_type.public_id,
        "HITId": assignment.hit.public_id,
        "AssignmentId": assignment.public_id,
    }
    assert document == {
        "EventDocVersion": "2006-05-05",
        "EventDocId": Delivery.objects.get().document_id,
        "CustomerId": lab.requester.public_id,
        "Events": [
            {"EventType": kind, "EventTimestamp": at, **about}
            for kind, at in (
                ("AssignmentAccepted", "2026-03-02T09:00:00Z"),
                ("AssignmentSubmitted", "2026-03-02T09:00:00Z"),
                ("AssignmentApproved", "2026-03-02T09:01:30Z"),
            )
        ],
    }
    assert Event.objects.count() == 0
    assert run() == 0


def test_an_event_of_a_hit_alone_names_no_assignment(lab, receiver, subscribe, run):
    batch = a_batch(lab, rows=1, max_assignments=1)
    subscribe(batch, receiver, "HITReviewable")
    submitted(a_worker(), batch)
    run()
    (event,) = receiver.events
    assert set(event) == {"EventType", "EventTimestamp", "HITTypeId", "HITId"}


def test_it_comes_as_amazon_sns_posts_it_and_signed(lab, batch, receiver, subscribe, run):
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    subscription, secret = rotate_secret(by=lab.by, subscription_id=subscription.pk, at=now.now())
    accepted(a_worker(), batch)
    run()
    (got,) = receiver.got
    body = json.loads(got.body)
    delivery = Delivery.objects.get()
    assert body["Type"] == got.headers["x-amz-sns-message-type"] == "Notification"
    assert body["MessageId"] == got.headers["x-amz-sns-message-id"] == delivery.document_id
    assert body["TopicArn"] == got.headers["x-amz-sns-topic-arn"]
    assert body["Timestamp"] == "2026-03-02T09:00:00.000Z"
    assert got.headers["Content-Type"] == "text/plain; charset=UTF-8"
    parts = dict(part.split("=") for part in got.headers["X-Manyhands-Signature"].split(","))
    signed = parts["t"].encode() + b"." + got.body
    assert parts["v1"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert secret not in subscription.secret_encrypted


def test_a_document_has_fifty_events_at_most(batch, receiver, subscribe, run):
    subscribe(batch, receiver, "AssignmentAccepted")
    assignment = accepted(a_worker(), batch)
    Event.objects.bulk_create(
        Event(
            audience="subscription",
            kind="AssignmentAccepted",
            hit_type_id=batch.hit_type_id,
            hit_id=assignment.hit_id,
            assignment_id=assignment.pk,
            at=now.now(),
        )
        for _ in range(50)
    )
    assert run() == 2
    assert sorted(len(document["Events"]) for document in receiver.documents) == [1, 50]


def test_each_hit_type_tells_its_own_address(lab, batch, receiver, subscribe, run):
    other = a_batch(lab, rows=1, reward_cents=20)
    subscribe(batch, f"http://127.0.0.1:{receiver.port}/one", "AssignmentAccepted")
    subscribe(other, f"http://127.0.0.1:{receiver.port}/two", "AssignmentAccepted")
    worker = a_worker()
    accepted(worker, batch)
    accepted(worker, other)
    run()
    told = {got.path: got.document["Events"][0]["HITTypeId"] for got in receiver.got}
    assert told == {"/one": batch.hit_type.public_id, "/two": other.hit_type.public_id}


def test_what_happened_before_it_was_switched_off_is_dropped(lab, batch, receiver, subscribe, run):
    subscribe(batch, receiver, "AssignmentAccepted")
    accepted(a_worker(), batch)
    switch(batch, lab, False)
    assert run() == 0
    assert receiver.got == []
    assert Event.objects.count() == Delivery.objects.count() == 0


def test_what_a_new_specification_no_longer_names_is_dropped(batch, receiver, subscribe, run):
    subscribe(batch, receiver, "AssignmentAccepted", "AssignmentSubmitted")
    submitted(a_worker(), batch)
    subscribe(batch, receiver, "AssignmentSubmitted")
    run()
    assert [event["EventType"] for event in receiver.events] == ["AssignmentSubmitted"]


def test_what_was_on_its_way_when_it_was_switched_off_stays_and_says_so(
    lab, batch, receiver, subscribe, run
):
    subscribe(batch, receiver, "AssignmentAccepted")
    accepted(a_worker(), batch)
    collect_events(at=now.now())
    switch(batch, lab, False)
    run()
    delivery = Delivery.objects.get()
    assert receiver.got == []
    assert delivery.gave_up_at is not None
    assert "switched off" in delivery.answer


def test_an_address_that_was_corrected_is_where_the_waiting_ones_go(
    batch, receiver, subscribe, run
):
    subscribe(batch, "http://127.0.0.1:1/", "AssignmentAccepted")
    accepted(a_worker(), batch)
    run()
    assert Delivery.objects.get().delivered_at is None
    subscribe(batch, receiver, "AssignmentAccepted")
    assert run() == 1  # at once: the wait was the old address's
    delivery = Delivery.objects.get()
    assert delivery.destination.endswith(f":{receiver.port}/hook")
    assert delivery.attempts == 2


class Killed(BaseException):
    """kill -9: nothing after it runs."""


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        ("tasks.actions.notify.outbox", "send"),
        ("tasks.gateway.notifications", "_packed"),
        ("tasks.gateway.notifications", "record_delivered"),
        ("tasks.gateway.notifications.outbox", "done"),
    ],
)
def test_a_kill_anywhere_loses_nothing(
    owner, step, batch, receiver, subscribe, run, clock, monkeypatch
):
    subscribe(batch, receiver, "AssignmentAccepted")
    assignment = accepted(a_worker(), batch)

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"{owner}.{step}", die)
        with pytest.raises(Killed):
            run()
    clock.forward(minutes=6)
    assert run() == 1
    told = {(event["EventType"], event["AssignmentId"]) for event in receiver.events}
    assert told == {("AssignmentAccepted", assignment.public_id)}
    # Where it was told twice, it was by the same document: that is how a receiver knows.
    assert len({document["EventDocId"] for document in receiver.documents}) == 1


def test_the_job_of_letters_leaves_documents_alone(batch, receiver, subscribe):
    """A slow address must not hold up a password's letter."""
    subscribe(batch, receiver, "AssignmentAccepted")
    accepted(a_worker(), batch)
    collect_events(at=now.now())
    assert marketplace_jobs.deliver_outbox() == 0
    assert OutboxMessage.objects.get(kind="notification").attempts == 0


def test_a_thousand_for_one_keep_nobody_waiting(lab, batch, receiver, subscribe):
    """Of each round everybody gets the first of theirs before anybody gets the second."""
    other = a_batch(lab, rows=1, reward_cents=20)
    subscribe(batch, receiver, "AssignmentAccepted")
    subscribe(other, receiver, "AssignmentAccepted")
    worker = a_worker()
    busy = accepted(worker, batch)
    for _ in range(100):
        Event.objects.create(
            audience="subscription", kind="AssignmentAccepted", at=now.now(),
            hit_type_id=batch.hit_type_id, hit_id=busy.hit_id, assignment_id=busy.pk,
        )  # fmt: skip
        collect_events(at=now.now())
    accepted(worker, other)
    collect_events(at=now.now())
    taken = lanes.take("notification", at=now.now(), each=gateway.EACH, most=gateway.MOST)
    assert sorted(len(lane) for lane in taken) == [1, gateway.EACH]


def test_who_is_silent_waits_twice_as_long_each_time_and_all_of_theirs_with_it(
    batch, receiver, subscribe, run, clock, monkeypatch
):
    monkeypatch.setattr("marketplace.outbox.random.uniform", lambda _least, most: most)
    subscribe(batch, receiver, "AssignmentAccepted")
    receiver.status = 500
    accepted(a_worker("one"), batch)
    collect_events(at=clock.now)
    accepted(a_worker("two"), batch)
    run()
    assert len(receiver.got) == 1, "the second waits with the first"
    for seconds, tries in ((14, 1), (1, 2), (29, 2), (1, 3)):
        clock.forward(seconds=seconds)
        run()
        assert len(receiver.got) == tries
    receiver.status = 200
    clock.forward(seconds=60)
    assert run() == 2
    assert Delivery.objects.filter(delivered_at=clock.now).count() == 2


def test_however_much_waits_for_it_is_asked_after_once(batch, receiver, subscribe, run):
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    assignment = accepted(a_worker(), batch)
    for _ in range(2 * gateway.EACH):
        Event.objects.create(
            audience="subscription", kind="AssignmentAccepted", at=now.now(),
            hit_type_id=batch.hit_type_id, hit_id=assignment.hit_id, assignment_id=assignment.pk,
        )  # fmt: skip
        collect_events(at=now.now())
    receiver.status = 500
    run()
    subscription.refresh_from_db()
    assert len(receiver.got) == subscription.failures_in_a_row == 1


def test_what_happens_meanwhile_waits_with_them(batch, receiver, subscribe, run, clock):
    """Else a busy HIT type would be switched off by one bad minute of its address."""
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    receiver.status = 500
    for name in ("one", "two", "three"):
        accepted(a_worker(name), batch)
        run()
        clock.forward(seconds=1)
    subscription.refresh_from_db()
    assert (len(receiver.got), subscription.failures_in_a_row) == (1, 1)
    receiver.status = 200
    clock.forward(seconds=15)
    assert run() == 3


def test_one_document_that_is_refused_keeps_the_others_waiting_a_moment_only(
    batch, receiver, subscribe, run, clock
):
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    accepted(a_worker("one"), batch)
    collect_events(at=clock.now)
    OutboxMessage.objects.filter(kind="notification").update(attempts=10)
    receiver.status = 400
    run()
    receiver.status = 200
    accepted(a_worker("two"), batch)
    run()
    assert len(receiver.got) == 1
    clock.forward(seconds=15)
    assert run() == 1
    subscription.refresh_from_db()
    assert subscription.failures_in_a_row == 0
    later = OutboxMessage.objects.get(kind="notification", sent_at=None)
    assert later.due_at - clock.now > timedelta(minutes=25)
