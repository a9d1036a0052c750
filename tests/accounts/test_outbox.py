"""What was promised goes out at least once, later if it must be, and never silently not at all."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketplace import jobs, outbox
from marketplace.models import Heartbeat, OutboxMessage

pytestmark = pytest.mark.django_db


def promise(clock, *, kind="email", key="letter:1"):
    payload = {"to": "ada@people.test", "subject": "Hello\nthere", "text": "a secret link"}
    with transaction.atomic():
        outbox.send(kind=kind, payload=payload, key=key, at=clock.now)
    return OutboxMessage.objects.get(key=key)


@pytest.fixture
def failing(monkeypatch):
    """The mail server is down."""

    def refuse(payload):
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setitem(outbox._deliveries, "email", refuse)


def test_a_letter_goes_out_once(clock, mailoutbox):
    promise(clock)
    assert jobs.deliver_outbox() == 1
    assert jobs.deliver_outbox() == 0
    assert [m.to for m in mailoutbox] == [["ada@people.test"]]
    assert mailoutbox[0].subject == "Hello there"


def test_the_same_fact_is_promised_once(clock, mailoutbox):
    promise(clock)
    promise(clock)
    jobs.deliver_outbox()
    assert len(mailoutbox) == 1


def test_what_a_letter_said_is_forgotten_once_it_is_sent(clock):
    message = promise(clock)
    jobs.deliver_outbox()
    message.refresh_from_db()
    assert message.sent_at is not None
    assert "text" not in message.payload


def test_a_failure_is_kept_and_tried_again_later(clock, failing):
    message = promise(clock)
    assert jobs.deliver_outbox() == 0
    message.refresh_from_db()
    assert message.attempts == 1
    assert "no mail server" in message.last_error
    assert message.due_at > clock.now
    assert message.sent_at is None


def test_the_waits_grow_and_end(clock, failing):
    message = promise(clock)
    waits = []
    for _attempt in range(jobs.MOST_ATTEMPTS):
        jobs.deliver_outbox()
        message.refresh_from_db()
        waits.append(message.due_at - clock.now)
        clock.set(message.due_at)
    assert waits[6] > waits[0] * 8
    assert max(waits) <= outbox.LONGEST_WAIT
    assert message.gave_up_at is not None
    assert message.last_error
    clock.forward(days=30)
    assert jobs.deliver_outbox() == 0


def test_a_kind_that_nothing_delivers_is_told(clock):
    message = promise(clock, kind="pigeon")
    jobs.deliver_outbox()
    message.refresh_from_db()
    assert "pigeon" in message.last_error


def test_a_process_that_died_holding_a_message_delays_it_by_its_lease(clock, mailoutbox):
    promise(clock)
    assert jobs._take()  # and dies here
    assert jobs.deliver_outbox() == 0
    clock.set(clock.now + outbox.LEASE + timedelta(seconds=1))
    assert jobs.deliver_outbox() == 1
    assert len(mailoutbox) == 1


def test_a_heartbeat_is_left(clock):
    jobs.heartbeat()
    clock.forward(seconds=10)
    jobs.heartbeat()
    assert set(Heartbeat.objects.values_list("beat_at", flat=True)) == {clock.now}


def test_what_a_slow_mail_server_leaves_no_time_for_goes_out_once(clock, monkeypatch):
    """While the first letter was being sent, the lease of the second ran out."""
    sent = []

    def send_slowly(payload):
        sent.append(payload["to"])
        clock.set(clock.now + outbox.LEASE)

    monkeypatch.setitem(outbox._deliveries, "email", send_slowly)
    for number in (1, 2):
        promise(clock, key=f"letter:{number}")
    taken = jobs._take()
    assert len(taken) == 2
    monkeypatch.setattr(jobs, "_take", iter([taken, []]).__next__)
    assert jobs.deliver_outbox() == 1
    assert len(sent) == 1


def test_one_that_somebody_else_has_taken_since_is_theirs(clock):
    promise(clock)
    (ours,) = jobs._take()
    clock.set(ours.due_at)
    (theirs,) = jobs._take()
    outbox.give_up(ours, why="too late", at=clock.now)
    outbox.done(theirs, at=clock.now)
    theirs.refresh_from_db()
    assert (theirs.sent_at, theirs.gave_up_at, theirs.attempts) == (clock.now, None, 2)


def test_what_was_sent_is_forgotten_after_some_days(clock, monkeypatch):
    for key in ("letter:1", "letter:2"):
        promise(clock, key=key)
    jobs.deliver_outbox()
    clock.set(clock.now + outbox.KEPT_FOR)
    promise(clock, key="late")
    assert jobs.forget_sent() == 0
    clock.forward(seconds=1)
    promise(clock, kind="notification", key="in a lane")
    OutboxMessage.objects.filter(key="in a lane").update(sent_at=clock.now - 2 * outbox.KEPT_FOR)
    assert jobs.forget_sent() == 2
    assert set(OutboxMessage.objects.values_list("key", flat=True)) == {"late", "in a lane"}
