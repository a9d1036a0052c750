"""How workers come by qualifications: at once, by a test, by the requester's word; and how often
they may try."""

from datetime import timedelta

import pytest

from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, NotFound, WrongState
from tests import world
from tests.questionforms import KEY, OPEN_TEST, TEST
from workers.actions.block_worker import block_worker
from workers.actions.decide_request import accept_request, reject_request
from workers.actions.give_up_qualification import give_up_qualification
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.actions.qualification_types import (
    delete_qualification_type,
    update_qualification_type,
)
from workers.actions.request_qualification import (
    ClosedTest,
    NoRetake,
    RetryTooSoon,
    request_qualification,
    submit_test,
)
from workers.models import Qualification, QualificationRequest

pytestmark = pytest.mark.django_db

GRADED = {"test": TEST, "answer_key": KEY, "test_seconds": 600}


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


@pytest.fixture
def worker(clock):
    return world.a_worker()


def ask(worker, kind, clock):
    return request_qualification(
        worker=worker, type_id=kind.public_id, is_sandbox=bool(kind.is_sandbox), at=clock.now
    )


def send(worker, request, clock, **answer):
    return submit_test(worker=worker, request_id=request.public_id, answer=answer, at=clock.now)


def held(worker, kind):
    """What the worker holds: a value, or "revoked", or None."""
    found = Qualification.objects.filter(worker=worker, type=kind).first()
    if found is None:
        return None
    return found.value if found.status == "Granted" else "revoked"


def test_one_that_grants_itself_is_there_at_once(lab, worker, clock):
    kind = world.a_qualification(lab, is_auto_granted=True, auto_granted_value=7)
    assert ask(worker, kind, clock).status == "Granted"
    assert held(worker, kind) == 7


def test_without_a_test_the_requester_decides(lab, worker, clock):
    kind = world.a_qualification(lab)
    request = ask(worker, kind, clock)
    assert (request.status, held(worker, kind)) == ("Submitted", None)
    with pytest.raises(WrongState, match="hasn't decided"):
        ask(worker, kind, clock)
    accept_request(by=lab.by, request=request, value=42, at=clock.now)
    assert held(worker, kind) == 42


def test_a_test_with_a_key_is_graded_and_granted_at_once(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    request = ask(worker, kind, clock)
    assert request.status == "Started"
    assert request.deadline_at == clock.now + timedelta(seconds=600)
    assert send(worker, request, clock, sky=["blue"]).status == "Granted"
    assert held(worker, kind) == 100


def test_a_wrong_answer_is_granted_with_its_score(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    send(worker, ask(worker, kind, clock), clock, sky=["green"])
    assert held(worker, kind) == 0


def test_a_test_without_a_key_waits_for_the_requester(lab, worker, clock):
    kind = world.a_qualification(lab, test=OPEN_TEST, test_seconds=600)
    request = send(worker, ask(worker, kind, clock), clock, why="Rayleigh")
    assert (request.status, held(worker, kind)) == ("Submitted", None)
    reject_request(by=lab.by, request=request, reason="Too short.", at=clock.now)
    request.refresh_from_db()
    assert (request.status, request.reason) == ("Rejected", "Too short.")


def test_a_test_is_graded_by_the_key_it_was_begun_with(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    request = ask(worker, kind, clock)
    other_key = KEY.replace(">10<", ">5<")
    changed = {"test": TEST, "answer_key": other_key, "test_seconds": 600}
    update_qualification_type(by=lab.by, kind=kind, values=changed, at=clock.now)
    send(worker, request, clock, sky=["blue"])
    assert held(worker, kind) == 100


def test_a_test_that_was_begun_goes_on_with_the_time_that_is_left(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    first = ask(worker, kind, clock)
    clock.forward(minutes=9)
    again = ask(worker, kind, clock)
    assert (again.pk, again.deadline_at) == (first.pk, first.deadline_at)


def test_a_test_sent_in_after_its_time_is_not_taken_and_was_the_try(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    request = ask(worker, kind, clock)
    clock.forward(minutes=10, seconds=31)
    with pytest.raises(ClosedTest):
        send(worker, request, clock, sky=["blue"])
    request.refresh_from_db()
    assert (request.status, request.answer, held(worker, kind)) == ("Lapsed", None, None)
    with pytest.raises(NoRetake):
        ask(worker, kind, clock)


def test_a_test_on_its_way_at_the_deadline_is_taken(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    request = ask(worker, kind, clock)
    clock.forward(minutes=10, seconds=29)
    assert send(worker, request, clock, sky=["blue"]).status == "Granted"


def test_a_test_is_sent_in_once_and_by_whom_it_is(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    request = ask(worker, kind, clock)
    with pytest.raises(NotFound):
        send(world.a_worker("otto"), request, clock, sky=["blue"])
    send(worker, request, clock, sky=["green"])
    with pytest.raises(ClosedTest):
        send(worker, request, clock, sky=["blue"])
    assert held(worker, kind) == 0


def test_without_a_wait_between_tries_there_is_one_try_ever(lab, worker, clock):
    graded = world.a_qualification(lab, **GRADED)
    send(worker, ask(worker, graded, clock), clock, sky=["green"])
    plain = world.a_qualification(lab, "Plain")
    reject_request(by=lab.by, request=ask(worker, plain, clock), at=clock.now)
    auto = world.a_qualification(lab, "Auto", is_auto_granted=True)
    ask(worker, auto, clock)
    revoke_qualification(by=lab.by, kind=auto, worker=worker, at=clock.now)
    clock.forward(days=4000)
    for kind in (graded, plain, auto):
        with pytest.raises(NoRetake) as refused:
            ask(worker, kind, clock)
    assert refused.value.details["turk_code"].endswith("QualificationTypeDoesNotAllowRetake")


def test_the_wait_between_tries_counts_from_when_the_last_was_sent_in(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED, retry_delay_seconds=3600)
    request = ask(worker, kind, clock)
    clock.forward(minutes=5)
    send(worker, request, clock, sky=["green"])
    clock.forward(minutes=59, seconds=59)
    with pytest.raises(RetryTooSoon) as refused:
        ask(worker, kind, clock)
    assert refused.value.details["turk_code"].endswith("QualificationTypeRetryDelayNotElapsed")
    clock.forward(seconds=1)
    send(worker, ask(worker, kind, clock), clock, sky=["blue"])
    assert held(worker, kind) == 100


def test_what_is_held_is_not_asked_for_again_where_there_is_no_test(lab, worker, clock):
    kind = world.a_qualification(lab, retry_delay_seconds=0)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    with pytest.raises(WrongState, match="already"):
        ask(worker, kind, clock)


def test_only_what_is_active_here_and_not_deleted_can_be_asked_for(lab, worker, clock):
    asleep = world.a_qualification(lab, "Asleep", status="Inactive")
    elsewhere = world.a_qualification(lab, "Sandbox", is_sandbox=True)
    gone = world.a_qualification(lab, "Gone")
    delete_qualification_type(by=lab.by, kind=gone, at=clock.now)
    for kind in (asleep, elsewhere, gone):
        with pytest.raises(NotFound):
            request_qualification(
                worker=worker, type_id=kind.public_id, is_sandbox=False, at=clock.now
            )
    with pytest.raises(NotFound):
        request_qualification(
            worker=worker,
            type_id="2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
            is_sandbox=False,
            at=clock.now,
        )


def test_a_blocked_worker_asks_for_nothing(lab, worker, clock):
    kind = world.a_qualification(lab)
    block_worker(by=lab.by, worker=worker, is_sandbox=False, reason="Spam.", at=clock.now)
    with pytest.raises(NotAllowed) as refused:
        ask(worker, kind, clock)
    assert "Spam" not in refused.value.message


def test_deleting_a_type_ends_tests_and_requests_and_keeps_what_was_granted(lab, worker, clock):
    kind = world.a_qualification(lab, **GRADED)
    otto = world.a_worker("otto")
    started = ask(worker, kind, clock)
    grant_qualification(by=lab.by, kind=kind, worker=otto, value=3, at=clock.now)
    delete_qualification_type(by=lab.by, kind=kind, at=clock.now)
    with pytest.raises(ClosedTest):
        send(worker, started, clock, sky=["blue"])
    assert held(otto, kind) == 3


def test_a_worker_gives_up_what_they_hold_once(lab, worker, clock):
    kind = world.a_qualification(lab)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=clock.now)
    give_up_qualification(worker=worker, kind=kind, at=clock.now)
    assert held(worker, kind) == "revoked"
    with pytest.raises(WrongState):
        give_up_qualification(worker=worker, kind=kind, at=clock.now)


def test_every_change_is_in_the_audit_trail(lab, worker, clock):
    kind = world.a_qualification(lab, retry_delay_seconds=0)
    request = ask(worker, kind, clock)
    accept_request(by=lab.by, request=request, value=3, at=clock.now)
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=5, at=clock.now)
    revoke_qualification(by=lab.by, kind=kind, worker=worker, reason="Old.", at=clock.now)
    entries = AuditEntry.objects.filter(subject_id=worker.public_id).order_by("pk")
    assert [entry.action for entry in entries] == [
        "become_worker", "request_qualification", "accept_request", "grant_qualification",
        "revoke_qualification",
    ]  # fmt: skip
    assert entries[3].data == {"type": kind.public_id, "value": 5, "before": 3}
    assert entries[4].reason == "Old."


def test_one_request_is_open_whatever_the_code_does(lab, worker, clock):
    from django.db import IntegrityError

    ask(worker, world.a_qualification(lab), clock)
    again = QualificationRequest.objects.get()
    again.pk, again.public_id = None, "3ANOTHER"
    with pytest.raises(IntegrityError, match="one_open_request_each"):
        again.save(force_insert=True)
