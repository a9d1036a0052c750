"""The words that public programs look for in refusals, at the place where they look: most ask what
the message begins with. Each is from a program's code, or from an answer of Amazon's that somebody
kept; what we say besides comes behind."""

import pytest

from tests.mturk.requests import UNKNOWN, accepted, created, submitted
from tests.mturk.wire import refused

ONLY = "This operation can be called with a status of: "
FUNDS = "This Requester has insufficient funds in their account to complete this transaction."


def begins(call, words, turk):
    message = refused(call, "RequestError", turk=turk)["Message"]
    assert message.startswith(words), message


@pytest.fixture
def work(mturk, worker):
    return submitted(worker, created(mturk)["HITId"])


@pytest.fixture
def kind(mturk):
    made = mturk.create_qualification_type(
        Name="Pool", Description="d", QualificationTypeStatus="Active"
    )
    return made["QualificationType"]["QualificationTypeId"]


def test_work_in_hand_or_given_back_is_told_by_the_states_that_can_be_read(mturk, worker):
    in_work = accepted(worker, created(mturk)["HITId"])
    begins(
        lambda: mturk.get_assignment(AssignmentId=in_work),
        f"{ONLY}Reviewable,Approved,Rejected",
        "InvalidAssignmentState",
    )


def test_a_second_decision_is_told_by_the_state_it_needs(mturk, work):
    mturk.approve_assignment(AssignmentId=work)
    for again in (
        lambda: mturk.approve_assignment(AssignmentId=work),
        lambda: mturk.reject_assignment(AssignmentId=work, RequesterFeedback=""),
    ):
        begins(again, f"{ONLY}Submitted", "InvalidAssignmentState")


def test_a_revoked_qualification_and_a_deleted_type_are_told_by_the_state_needed(
    mturk, worker, kind
):
    pair = {"QualificationTypeId": kind, "WorkerId": worker.public_id}
    begins(
        lambda: mturk.get_qualification_score(**pair),
        "You requested a Qualification that does not exist.",
        "QualificationDoesNotExist",
    )
    mturk.associate_qualification_with_worker(**pair)
    mturk.disassociate_qualification_from_worker(**pair)
    begins(
        lambda: mturk.get_qualification_score(**pair),
        f"{ONLY}Granted",
        "InvalidQualificationState",
    )
    mturk.delete_qualification_type(QualificationTypeId=kind)
    begins(
        lambda: mturk.get_qualification_type(QualificationTypeId=kind),
        f"{ONLY}Active,Inactive",
        "InvalidQualificationTypeState",
    )


def test_a_lack_of_money_is_told_in_amazons_words_and_then_by_how_much(mturk, worker, work):
    for call in (
        lambda: created(mturk, Reward="99", MaxAssignments=9),
        lambda: mturk.send_bonus(
            WorkerId=worker.public_id, AssignmentId=work, BonusAmount="1000", Reason="r"
        ),
    ):
        begins(call, f"{FUNDS} Your balance is $", "InsufficientFunds")


def test_a_token_that_was_used_names_the_hit_or_itself(mturk, worker, work):
    hit_id = created(mturk, UniqueRequestToken="once")["HITId"]
    begins(
        lambda: created(mturk, UniqueRequestToken="once"),
        f'The HIT with ID "{hit_id}" already exists.',
        "HitAlreadyExists",
    )
    more = {"HITId": hit_id, "NumberOfAdditionalAssignments": 1, "UniqueRequestToken": "more"}
    bonus = {
        "WorkerId": worker.public_id,
        "AssignmentId": work,
        "BonusAmount": "1",
        "Reason": "r",
        "UniqueRequestToken": "bonus",
    }
    for call, given, token in (
        (mturk.create_additional_assignments_for_hit, more, "more"),
        (mturk.send_bonus, bonus, "bonus"),
    ):
        call(**given)
        begins(
            lambda call=call, given=given: call(**given),
            f'The idempotency token "{token}" has already been processed.',
            "DuplicateRequest",
        )


def test_a_hit_that_is_not_finished_is_not_deleted_by_its_state(mturk, worker):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    accepted(worker, hit_id)
    begins(
        lambda: mturk.delete_hit(HITId=hit_id),
        f"This HIT is currently in the state 'Unassignable'.  {ONLY}Reviewing, Reviewable",
        "InvalidHITState",
    )


def test_a_cleanup_may_run_twice(mturk):
    """Dallinger expires a HIT before it deletes it, and looks for this state after deleting."""
    hit_id = created(mturk)["HITId"]
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    mturk.delete_hit(HITId=hit_id)
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    message = refused(lambda: mturk.delete_hit(HITId=hit_id), "RequestError")["Message"]
    assert "currently in the state 'Disposed'" in message
    assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"


def test_what_is_unknown_does_not_exist(mturk):
    hit = refused(lambda: mturk.get_hit(HITId=UNKNOWN), "RequestError")
    assert hit["Message"].startswith(f"Hit {UNKNOWN} does not exist. (")
    work = refused(lambda: mturk.get_assignment(AssignmentId=UNKNOWN), "RequestError")
    assert work["Message"].startswith(f"Assignment {UNKNOWN} does not exist. (")
