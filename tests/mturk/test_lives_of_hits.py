"""HITs over the API: counted, listed, changed and deleted, with Mechanical Turk's words."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace import clock as the_clock
from payments.actions.grant_play_money import GRANT_CENTS
from payments.queries import requester_balance
from tasks import jobs
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.models import HITType
from tests import world
from tests.mturk import wire
from tests.mturk.requests import (
    EXTERNAL,
    TERMS,
    UNKNOWN,
    accepted,
    counters,
    created,
    submitted,
)
from tests.mturk.wire import refused

INVALID = "ParameterValidationError"

# --- states and counters ---------------------------------------------------------------------


def test_the_counters_follow_the_work(mturk, worker):
    hit_id = created(mturk)["HITId"]
    other = world.a_worker("ada")
    assert counters(mturk, hit_id) == ("Assignable", 2, 0, 0)
    first = accepted(worker, hit_id)
    assert counters(mturk, hit_id) == ("Assignable", 1, 1, 0)
    second = accepted(other, hit_id)
    assert counters(mturk, hit_id) == ("Unassignable", 0, 2, 0)
    return_assignment(worker=other, assignment_id=second, at=the_clock.now())
    assert counters(mturk, hit_id) == ("Assignable", 1, 1, 0)
    submit(assignment_id=first, answer={"label": "cat"}, at=the_clock.now())
    assert counters(mturk, hit_id) == ("Assignable", 1, 0, 0)
    third = submitted(world.a_worker("bob"), hit_id)
    assert counters(mturk, hit_id) == ("Reviewable", 0, 0, 0)
    mturk.approve_assignment(AssignmentId=first)
    mturk.reject_assignment(AssignmentId=third, RequesterFeedback="")
    assert counters(mturk, hit_id) == ("Reviewable", 0, 0, 2)


def test_an_expired_hit_is_expired_before_the_sweep_comes(mturk, worker, clock):
    hit_id = created(mturk, LifetimeInSeconds=60)["HITId"]
    assignment_id = accepted(worker, hit_id)
    clock.forward(seconds=61)
    assert counters(mturk, hit_id) == ("Unassignable", 0, 1, 0)
    submit(assignment_id=assignment_id, answer={}, at=clock.now)
    assert counters(mturk, hit_id) == ("Reviewable", 0, 0, 0)
    assert [hit["HITId"] for hit in mturk.list_reviewable_hits()["HITs"]] == [hit_id]
    mturk.update_hit_review_status(HITId=hit_id)
    assert counters(mturk, hit_id) == ("Reviewing", 0, 0, 0)
    before = counters(mturk, hit_id)
    jobs.expire_hits()
    assert counters(mturk, hit_id) == before


@pytest.mark.parametrize("moment", [0, datetime(2001, 1, 1, tzinfo=UTC)])
def test_a_time_in_the_past_expires_at_once_and_returns_the_money(mturk, lab, moment):
    hit_id = created(mturk)["HITId"]
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
    assert counters(mturk, hit_id) == ("Reviewable", 0, 0, 0)
    assert mturk.get_account_balance()["AvailableBalance"] == "100.00"


def test_more_time_opens_a_finished_hit_again(mturk, clock):
    hit_id = created(mturk)["HITId"]
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    until = clock.now + timedelta(days=2, milliseconds=500)
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=until)
    assert counters(mturk, hit_id) == ("Assignable", 2, 0, 0)
    assert mturk.get_hit(HITId=hit_id)["HIT"]["Expiration"] == until
    late = clock.now + timedelta(days=366)
    refused(
        lambda: mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=late), INVALID, "ExpireAt"
    )


def test_assignments_are_added(mturk):
    hit_id = created(mturk)["HITId"]
    more = {"HITId": hit_id, "NumberOfAdditionalAssignments": 4}
    mturk.create_additional_assignments_for_hit(**more, UniqueRequestToken="more")
    assert counters(mturk, hit_id) == ("Assignable", 6, 0, 0)
    assert mturk.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 6
    refused(
        lambda: mturk.create_additional_assignments_for_hit(**more, UniqueRequestToken="more"),
        "RequestError",
        hit_id,
        turk="DuplicateRequest",
    )
    refused(
        lambda: mturk.create_additional_assignments_for_hit(
            HITId=hit_id, NumberOfAdditionalAssignments=5
        ),
        "RequestError",
        "10",
        turk="InvalidMaximumAssignmentsIncrease",
    )
    assert counters(mturk, hit_id) == ("Assignable", 6, 0, 0)


@pytest.mark.parametrize("extra", [0, -1, 2**31 - 1])
def test_an_extension_has_its_limits(mturk, extra):
    hit_id = created(mturk, MaxAssignments=10)["HITId"]
    refused(
        lambda: mturk.create_additional_assignments_for_hit(
            HITId=hit_id, NumberOfAdditionalAssignments=extra
        ),
        INVALID,
        turk="InvalidParameterValue",
    )


def test_reviewing_is_marked_and_unmarked(mturk, worker):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    refused(
        lambda: mturk.update_hit_review_status(HITId=hit_id, Revert=False),
        "RequestError",
        "This HIT is currently in the state 'Assignable'",
        "This operation can be called with a status of: Reviewing, Reviewable",
        turk="InvalidHITState",
    )
    submitted(worker, hit_id)
    listed = lambda status: [h["HITId"] for h in mturk.list_reviewable_hits(Status=status)["HITs"]]  # noqa: E731
    assert listed("Reviewable") == [hit_id]
    mturk.update_hit_review_status(HITId=hit_id)
    assert (listed("Reviewable"), listed("Reviewing")) == ([], [hit_id])
    mturk.update_hit_review_status(HITId=hit_id, Revert=True)
    assert (listed("Reviewable"), listed("Reviewing")) == ([hit_id], [])


def test_only_a_finished_and_reviewed_hit_is_deleted(mturk, worker):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    refused(lambda: mturk.delete_hit(HITId=hit_id), "RequestError", turk="InvalidHITState")
    assignment_id = submitted(worker, hit_id)
    refused(lambda: mturk.delete_hit(HITId=hit_id), "RequestError", turk="InvalidHITState")
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    mturk.delete_hit(HITId=hit_id)
    assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    assert mturk.list_hits()["HITs"] == []
    assert mturk.list_reviewable_hits()["HITs"] == []
    for again in (
        lambda: mturk.delete_hit(HITId=hit_id),
        lambda: mturk.update_expiration_for_hit(
            HITId=hit_id, ExpireAt=the_clock.now() + timedelta(hours=1)
        ),
        lambda: mturk.update_hit_review_status(HITId=hit_id),
    ):
        refused(again, "RequestError", "currently in the state 'Disposed'", turk="InvalidHITState")
    override = {"AssignmentId": assignment_id, "OverrideRejection": True}
    refused(lambda: mturk.approve_assignment(**override), "RequestError", "Disposed")


# --- lists -----------------------------------------------------------------------------------


def test_hits_are_listed_newest_first_by_pages_whose_last_is_empty(mturk):
    made = [created(mturk, Reward="0.01", RequesterAnnotation=str(n))["HITId"] for n in range(12)]
    first = mturk.list_hits()
    assert first["NumResults"] == 10
    second = mturk.list_hits(NextToken=first["NextToken"])
    assert [hit["HITId"] for hit in first["HITs"] + second["HITs"]] == made[::-1]
    last = mturk.list_hits(NextToken=second["NextToken"], MaxResults=100)
    assert (last["HITs"], last["NumResults"], "NextToken" in last) == ([], 0, False)
    pages = mturk.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 5})
    assert [hit["HITId"] for page in pages for hit in page["HITs"]] == made[::-1]


@pytest.mark.parametrize("token", ["nonsense", "SElUczp4", "x" * 255, "☃", "QXNzaWdubWVudHM6MQ"])
def test_a_token_of_another_list_is_refused(mturk, token):
    refused(lambda: mturk.list_hits(NextToken=token), INVALID, "NextToken")


def test_reviewable_hits_of_one_type(mturk, worker):
    one, other = created(mturk, MaxAssignments=1), created(mturk, Title="Other", MaxAssignments=1)
    for hit in (one, other):
        submitted(worker, hit["HITId"])
    found = mturk.list_reviewable_hits(HITTypeId=other["HITTypeId"])["HITs"]
    assert [hit["HITId"] for hit in found] == [other["HITId"]]
    refused(
        lambda: mturk.list_reviewable_hits(HITTypeId=UNKNOWN),
        "RequestError",
        turk="HITTypeDoesNotExist",
    )


def test_hits_that_ask_for_a_qualification(mturk):
    adult = "00000000000000000060"
    requirement = {"QualificationTypeId": adult, "Comparator": "Exists"}
    created(mturk)
    asking = created(mturk, QualificationRequirements=[requirement])
    found = mturk.list_hits_for_qualification_type(QualificationTypeId=adult)["HITs"]
    assert [hit["HITId"] for hit in found] == [asking["HITId"]]
    refused(
        lambda: mturk.list_hits_for_qualification_type(QualificationTypeId=UNKNOWN),
        "RequestError",
        turk="QualificationTypeDoesNotExist",
    )


# --- whose, and which side -------------------------------------------------------------------


def test_hits_of_others_and_of_the_other_side_do_not_exist(mturk, sandbox, lab, worker):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    assignment_id = submitted(worker, hit_id)
    stranger = wire.a_client(wire.a_key(world.a_lab("Other Lab")))
    for client in (sandbox, stranger):
        for call in (
            lambda c=client: c.get_hit(HITId=hit_id),
            lambda c=client: c.delete_hit(HITId=hit_id),
            lambda c=client: c.update_expiration_for_hit(HITId=hit_id, ExpireAt=0),
            lambda c=client: c.update_hit_review_status(HITId=hit_id),
            lambda c=client: c.list_assignments_for_hit(HITId=hit_id),
            lambda c=client: c.list_bonus_payments(HITId=hit_id),
            lambda c=client: c.create_additional_assignments_for_hit(
                HITId=hit_id, NumberOfAdditionalAssignments=1
            ),
        ):
            refused(call, "RequestError", f"Hit {hit_id} does not exist.", turk="HITDoesNotExist")
        for call in (
            lambda c=client: c.get_assignment(AssignmentId=assignment_id),
            lambda c=client: c.approve_assignment(AssignmentId=assignment_id),
            lambda c=client: c.reject_assignment(AssignmentId=assignment_id, RequesterFeedback=""),
            lambda c=client: c.send_bonus(
                AssignmentId=assignment_id,
                WorkerId=worker.public_id,
                BonusAmount="1",
                Reason="thanks",
            ),
        ):
            refused(call, "RequestError", "does not exist", turk="AssignmentDoesNotExist")
        assert client.list_hits()["HITs"] == []
    type_id = mturk.create_hit_type(**TERMS)["HITTypeId"]
    refused(
        lambda: sandbox.create_hit_with_hit_type(
            HITTypeId=type_id, LifetimeInSeconds=60, Question=EXTERNAL
        ),
        "RequestError",
        turk="HITTypeDoesNotExist",
    )


def test_the_sandbox_has_its_play_money_each_day_anew(sandbox, lab, clock):
    assert sandbox.get_account_balance()["AvailableBalance"] == "10000.00"
    created(sandbox)
    assert sandbox.get_account_balance()["AvailableBalance"] == "9999.50"
    assert requester_balance(lab.requester.public_id, "XTS") == GRANT_CENTS - 50
    clock.forward(days=1)
    assert sandbox.get_account_balance()["AvailableBalance"] == "10000.00"


def test_a_group_taken_down_takes_no_more_hits(mturk):
    hit = created(mturk)
    HITType.objects.update(taken_down_at=the_clock.now(), taken_down_reason="It asks for cards.")
    shown = mturk.get_hit(HITId=hit["HITId"])["HIT"]
    assert shown["HITReviewStatus"] == "ReviewedInappropriate"
    refused(lambda: created(mturk), "RequestError", "It asks for cards.")


def test_a_group_taken_down_takes_no_more_money(mturk, lab, clock):
    one = {"HITId": created(mturk)["HITId"]}
    HITType.objects.update(taken_down_at=the_clock.now(), taken_down_reason="It asks for cards.")
    before = requester_balance(lab.requester.public_id, "USD")
    more = {**one, "NumberOfAdditionalAssignments": 1}
    refused(lambda: mturk.create_additional_assignments_for_hit(**more), "RequestError", "cards.")
    mturk.update_expiration_for_hit(**one, ExpireAt=0)
    back = requester_balance(lab.requester.public_id, "USD")
    assert back == before + 50
    later = clock.now + timedelta(hours=1)
    refused(
        lambda: mturk.update_expiration_for_hit(**one, ExpireAt=later), "RequestError", "cards."
    )
    assert requester_balance(lab.requester.public_id, "USD") == back
