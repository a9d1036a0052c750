"""kill -9 of the job process while a destination makes it wait: the document still arrives."""

import pytest

from marketplace import clock
from marketplace.models import OutboxMessage
from tasks.actions.subscribe import Specification, set_notifications
from tests import world
from tests.receivers import receiving


@pytest.fixture
def receiver(live_app, settings):
    settings.MANYHANDS_LOCAL_WEBHOOKS = True
    with receiving() as receiver, live_app.orm():
        yield receiver


def test_a_document_that_was_on_its_way_is_sent_again(live_app, receiver):
    lab = world.a_lab("Told Lab")
    batch = world.a_batch(lab, rows=1)
    set_notifications(
        by=lab.by,
        hit_type_id=batch.hit_type.public_id,
        is_sandbox=False,
        specification=Specification(
            transport="HTTPS",
            destination=f"http://127.0.0.1:{receiver.port}/",
            event_types=["AssignmentAccepted"],
        ),
        at=clock.now(),
    )
    receiver.slow_seconds = 4
    assignment = world.accepted(world.a_worker("killed"), batch)
    live_app.wait_until(lambda: receiver.got, what="the job to wait for the answer")
    live_app.kill("jobs")
    promised = OutboxMessage.objects.get(kind="notification")
    assert promised.sent_at is None, "it was done before it could be killed"
    receiver.slow_seconds = 0
    OutboxMessage.objects.filter(pk=promised.pk).update(due_at=clock.now())  # the lease is over
    live_app.start("jobs")
    live_app.wait_until(lambda: len(receiver.got) == 2, what="it to be sent again")
    assert {event["AssignmentId"] for event in receiver.events} == {assignment.public_id}
    assert len({document["EventDocId"] for document in receiver.documents}) == 1
    live_app.wait_until(
        lambda: OutboxMessage.objects.get(pk=promised.pk).sent_at, what="it to be written down"
    )
