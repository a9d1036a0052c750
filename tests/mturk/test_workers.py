"""Blocks and messages over the MTurk API."""

import pytest

from marketplace.models import OutboxMessage
from payments.actions.grant_play_money import grant_play_money
from tasks.actions.accept import accept_next
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.errors import Blocked
from tests import world
from tests.mturk.called import Api
from workers.models import WorkerBlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(clock):
    return Api(world.a_lab())


@pytest.fixture
def worker(api):
    return world.a_worker()


def block(api, worker, reason="Guesses."):
    api("CreateWorkerBlock", WorkerId=worker.public_id, Reason=reason)


def test_a_block_keeps_the_worker_out_until_it_is_lifted(api, worker, clock):
    batch = world.a_batch(api.lab)
    block(api, worker)
    with pytest.raises(Blocked) as refused:
        accept_next(worker=worker, group_id=batch.hit_type.public_id, at=clock.now)
    assert "Guesses" not in refused.value.message
    api("DeleteWorkerBlock", WorkerId=worker.public_id, Reason="Learned.")
    world.accepted(worker, batch)


def test_a_block_is_of_one_requester_and_one_side(api, worker):
    other = world.a_lab("Other Lab")
    block(Api(api.lab, is_sandbox=True), worker)
    block(Api(other), worker)
    world.accepted(worker, world.a_batch(api.lab))
    assert api("ListWorkerBlocks") == {"NumResults": 0, "WorkerBlocks": []}


def test_blocks_are_listed_while_they_hold(api, worker):
    second = world.a_worker("otto")
    block(api, worker)
    block(api, second, "Late.")
    block(api, worker, "Guesses again.")
    rows = api("ListWorkerBlocks")["WorkerBlocks"]
    assert rows == [
        {"WorkerId": second.public_id, "Reason": "Late."},
        {"WorkerId": worker.public_id, "Reason": "Guesses again."},
    ]
    api("DeleteWorkerBlock", WorkerId=second.public_id)
    assert api("ListWorkerBlocks")["NumResults"] == 1
    assert WorkerBlock.objects.count() == 2


def test_lifting_a_block_that_is_not_there_is_well_and_an_unknown_worker_is_not(api, worker):
    assert api("DeleteWorkerBlock", WorkerId=worker.public_id) == {}
    assert not WorkerBlock.objects.exists()
    for name, more in (("DeleteWorkerBlock", {}), ("CreateWorkerBlock", {"Reason": "r"})):
        fault = api.refused(name, WorkerId="A1NOBODY", **more)
        assert (fault.kind, fault.message) == ("RequestError", "WorkerId is invalid.")


def test_a_block_needs_a_reason(api, worker):
    assert api.refused("CreateWorkerBlock", WorkerId=worker.public_id, Reason=" ").parameter == (
        "Reason"
    )


def tell(api, *workers, **more):
    given = {"Subject": "More work", "MessageText": "There is more of it."} | more
    ids = [getattr(worker, "public_id", worker) for worker in workers]
    return api("NotifyWorkers", WorkerIds=ids, **given)["NotifyWorkersFailureStatuses"]


def test_a_message_goes_to_those_whose_work_was_judged_and_to_each_once(api, clock):
    approved, rejected, waiting, stranger = map(
        world.a_worker, ("approved", "rejected", "waiting", "stranger")
    )
    batch = world.a_batch(api.lab)
    done = [world.submitted(worker, batch) for worker in (approved, rejected, waiting)]
    approve_assignments(by=api.lab.by, assignment_ids=[done[0].public_id], at=clock.now)
    reject_assignments(
        by=api.lab.by, assignment_ids=[done[1].public_id], feedback="Blank.", at=clock.now
    )
    OutboxMessage.objects.all().delete()
    failed = tell(api, approved, rejected, rejected, waiting, stranger, "A1NOBODY")
    assert {each["WorkerId"] for each in failed} == {
        waiting.public_id, stranger.public_id, "A1NOBODY",
    }  # fmt: skip
    assert {each["NotifyWorkersFailureCode"] for each in failed} == {"HardFailure"}
    mails = OutboxMessage.objects.filter(kind="email")
    assert sorted(mail.payload["to"] for mail in mails) == [
        approved.user.email,
        rejected.user.email,
    ]
    assert mails[0].payload["subject"] == "More work"
    assert api.lab.requester.name in mails[0].payload["text"]


def test_who_worked_for_another_requester_or_on_the_other_side_is_a_stranger(api, worker, clock):
    other = world.a_lab("Other Lab")
    done = world.submitted(worker, world.a_batch(other))
    approve_assignments(by=other.by, assignment_ids=[done.public_id], at=clock.now)
    assert len(tell(api, worker)) == 1
    assert len(tell(Api(other, is_sandbox=True), worker)) == 1
    assert tell(Api(other), worker) == []


@pytest.mark.parametrize("more", [
    {"Subject": "s" * 201}, {"Subject": " "}, {"MessageText": "t" * 4097}, {"MessageText": ""},
])  # fmt: skip
def test_a_message_has_its_limits(api, worker, more):
    with pytest.raises(Exception, match="characters"):
        tell(api, worker, **more)


def test_a_hundred_workers_at_once_and_no_more(api):
    names = [f"A{number}" for number in range(101)]
    assert len(tell(api, *names[:100])) == 100
    with pytest.raises(Exception, match="100"):
        tell(api, *names)


def test_from_the_sandbox_nobody_gets_mail(worker, clock):
    play = Api(world.a_lab("Play Lab"), is_sandbox=True)
    grant_play_money(requester=play.lab.requester, at=clock.now)
    kind = play("CreateQualificationType", Name="Careful", Description="Reads.",
                QualificationTypeStatus="Active")["QualificationType"]  # fmt: skip
    play(
        "AssociateQualificationWithWorker",
        QualificationTypeId=kind["QualificationTypeId"],
        WorkerId=worker.public_id,
    )
    done = world.submitted(worker, world.a_batch(play.lab, is_sandbox=True))
    play("RejectAssignment", AssignmentId=done.public_id, RequesterFeedback="Blank.")
    play("SendBonus", AssignmentId=done.public_id, WorkerId=worker.public_id, BonusAmount="1",
         Reason="Quick.")  # fmt: skip
    assert tell(play, worker) == []
    assert not OutboxMessage.objects.filter(kind="email").exists()
