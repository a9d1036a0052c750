"""A destination that is gone is given up in the end, and the requester is told."""

from datetime import timedelta

import pytest

from marketplace import jobs
from marketplace.accounts.models import Role
from marketplace.errors import NotAllowed, NotFound, WrongState
from marketplace.models import OutboxMessage
from tasks import jobs as task_jobs
from tasks.actions.notify import send_again
from tasks.actions.record_delivery import FAILURES_ALLOWED
from tasks.models import Delivery, Event
from tests.world import a_batch, a_lab, a_member, a_user, a_worker, accepted


@pytest.fixture
def failing(batch, receiver, subscribe, run, clock):
    """A subscription whose address has failed once; `fail(n)` lets it fail n times more."""
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    receiver.status, receiver.text = 503, "closed for repairs"
    accepted(a_worker("first"), batch)
    run()

    def fail(times):
        for _ in range(times):
            clock.forward(hours=1)
            run()
        subscription.refresh_from_db()
        return subscription

    return fail


def letters():
    return [m.payload["to"] for m in OutboxMessage.objects.filter(kind="email").order_by("pk")]


def test_the_log_says_what_was_answered(failing):
    failing(1)
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.answer) == (2, "503 closed for repairs")
    assert delivery.delivered_at is delivery.gave_up_at is None


def test_a_redirect_counts_as_a_failure_and_says_so(failing, receiver):
    receiver.status, receiver.headers = 302, {"Location": "https://elsewhere.test/"}
    failing(1)
    assert "redirects are not followed" in Delivery.objects.get().answer


def test_failures_in_a_row_switch_it_off_and_those_who_manage_are_told(lab, failing):
    for role in (Role.MANAGER, Role.REVIEWER, Role.VIEWER):
        a_member(lab.requester, a_user(f"{role.value}@lab.test"), role)
    subscription = failing(FAILURES_ALLOWED - 2)
    assert subscription.is_active
    assert letters() == []
    subscription = failing(1)
    assert not subscription.is_active
    assert subscription.disabled_at is not None
    assert "503 closed for repairs" in subscription.disabled_reason
    assert Delivery.objects.get().gave_up_at is not None
    assert letters() == [lab.user.email, "manager@lab.test"]
    text = OutboxMessage.objects.filter(kind="email").first().payload["text"]
    assert subscription.destination in text
    assert "/developers/notifications/" in text


def test_the_letter_goes_out(lab, failing, mailoutbox):
    failing(FAILURES_ALLOWED)
    jobs.deliver_outbox()
    assert [letter.to for letter in mailoutbox] == [[lab.user.email]]


def test_one_success_forgets_the_failures(failing, receiver):
    failing(5)
    receiver.status = 200
    assert failing(1).failures_in_a_row == 0


def test_nothing_is_noted_for_it_while_it_is_off(batch, failing, receiver):
    failing(FAILURES_ALLOWED)
    tries = len(receiver.got)
    accepted(a_worker("second"), batch)
    assert Event.objects.count() == 0
    failing(3)
    assert len(receiver.got) == tries


def test_switched_on_again_it_tells_and_what_was_lost_can_be_sent_again(
    lab, batch, failing, receiver, subscribe, run, clock
):
    failing(FAILURES_ALLOWED)
    receiver.status = 200
    subscription = subscribe(batch, receiver, "AssignmentAccepted")
    assert subscription.is_active
    assert subscription.disabled_at is None
    assert subscription.failures_in_a_row == 0
    assert run() == 0
    send_again(by=lab.by, delivery_id=Delivery.objects.get().pk, at=clock.now)
    assert run() == 1
    ids = {document["EventDocId"] for document in receiver.documents}
    assert ids == {Delivery.objects.get(delivered_at=clock.now).document_id}


def test_it_can_be_sent_again_as_often_as_one_likes(lab, failing, receiver, run, clock):
    receiver.status = 200
    failing(1)
    delivery = Delivery.objects.get()
    for times in (3, 4):
        send_again(by=lab.by, delivery_id=delivery.pk, at=clock.now)
        assert run() == 1
        assert len(receiver.got) == times


def test_what_is_on_its_way_is_not_sent_twice(lab, failing, clock):
    failing(1)
    with pytest.raises(WrongState):
        send_again(by=lab.by, delivery_id=Delivery.objects.get().pk, at=clock.now)


def test_nobody_else_can_send_it_again(lab, failing, receiver, clock):
    receiver.status = 200
    failing(1)
    delivery = Delivery.objects.get()
    reviewer = a_member(lab.requester, a_user("reviewer@lab.test"), Role.REVIEWER)
    with pytest.raises(NotAllowed):
        send_again(by=reviewer, delivery_id=delivery.pk, at=clock.now)
    with pytest.raises(NotFound):
        send_again(by=a_lab("Other Lab").by, delivery_id=delivery.pk, at=clock.now)


def test_the_log_goes_back_a_month_and_keeps_what_is_on_its_way(
    lab, receiver, subscribe, run, clock
):
    batch = a_batch(lab, rows=2, lifetime_seconds=60 * 86_400)
    subscribe(batch, receiver, "AssignmentAccepted")
    accepted(a_worker("one"), batch)
    run()
    clock.forward(days=29)
    accepted(a_worker("two"), batch)
    run()
    assert task_jobs.forget_notifications() == 0
    receiver.status = 500
    accepted(a_worker("three"), batch)
    run()
    Delivery.objects.filter(delivered_at=None).update(created_at=clock.now - timedelta(days=40))
    clock.forward(days=1, seconds=1)
    assert task_jobs.forget_notifications() == 1
    assert (
        Delivery.objects.count() == OutboxMessage.objects.filter(kind="notification").count() == 2
    )
    assert Delivery.objects.filter(delivered_at=None).exists()
