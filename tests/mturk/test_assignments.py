"""Assignments over the API: seen once submitted, approved, rejected, and with what words not."""

from datetime import timedelta

import pytest

from payments.queries import earnings_of
from tasks import jobs
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.models import Assignment
from tests import world
from tests.mturk import wire
from tests.mturk.requests import EXTERNAL, UNKNOWN, accepted, created, submitted
from tests.mturk.wire import refused

ANSWERS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01"
ONLY_SUBMITTED = "This operation can be called with a status of: Submitted"
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}/2005-10-01/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>colour</QuestionIdentifier><QuestionContent><Text>Which?</Text>"
    "</QuestionContent><AnswerSpecification><SelectionAnswer><Selections><Selection>"
    "<SelectionIdentifier>red</SelectionIdentifier><Text>Red</Text></Selection></Selections>"
    "</SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)


@pytest.fixture
def work(mturk, worker):
    """(HIT id, assignment id) of submitted work."""
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    return hit_id, submitted(worker, hit_id, {"label": ["cat", "<dog> & co"], "note": "naïve ☃"})


def status(client, assignment_id):
    return client.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"]


def test_an_assignment_is_answered_whole(mturk, worker, clock):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    assignment_id = accepted(worker, hit_id)
    taken_at = clock.now
    clock.forward(seconds=42)
    submit(
        assignment_id=assignment_id,
        at=clock.now,
        answer={"label": ["cat", "<dog> & co"], "note": "naïve ☃"},
    )
    (assignment,) = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    answer = assignment.pop("Answer")
    assert assignment == {
        "AssignmentId": assignment_id,
        "WorkerId": worker.public_id,
        "HITId": hit_id,
        "AssignmentStatus": "Submitted",
        "AutoApprovalTime": clock.now + timedelta(days=1),
        "AcceptTime": taken_at,
        "SubmitTime": clock.now,
        "Deadline": taken_at + timedelta(seconds=600),
    }
    assert f'xmlns="{ANSWERS}/QuestionFormAnswers.xsd"' in answer
    assert "<FreeText>cat|&lt;dog&gt; &amp; co</FreeText>" in answer
    found = mturk.get_assignment(AssignmentId=assignment_id)
    assert found["Assignment"] == {**assignment, "Answer": answer}
    assert found["HIT"] == mturk.get_hit(HITId=hit_id)["HIT"]


def test_a_forms_selections_are_selections(mturk, worker):
    hit_id = created(mturk, Question=FORM)["HITId"]
    assignment_id = submitted(worker, hit_id, {"colour": ["red"]})
    (listed,) = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert "<SelectionIdentifier>red</SelectionIdentifier>" in listed["Answer"]
    got = mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert got["Answer"] == listed["Answer"]


def test_what_is_in_work_is_not_seen(mturk, worker):
    hit_id = created(mturk)["HITId"]
    assignment_id = accepted(worker, hit_id)
    assert mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []
    refused(
        lambda: mturk.get_assignment(AssignmentId=assignment_id),
        "RequestError",
        "This operation can be called with a status of: Reviewable,Approved,Rejected",
        turk="InvalidAssignmentState",
    )
    for call in (
        lambda: mturk.approve_assignment(AssignmentId=assignment_id),
        lambda: mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="x"),
    ):
        refused(call, "RequestError", ONLY_SUBMITTED, turk="InvalidAssignmentState")
    return_assignment(
        worker=worker, assignment_id=assignment_id, at=Assignment.objects.get().accepted_at
    )
    assert mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []


def test_approving_pays_once(mturk, worker, work):
    mturk.approve_assignment(AssignmentId=work[1], RequesterFeedback="Thank you.")
    shown = mturk.get_assignment(AssignmentId=work[1])["Assignment"]
    assert shown["AssignmentStatus"] == "Approved"
    assert shown["RequesterFeedback"] == "Thank you."
    assert shown["ApprovalTime"]
    refused(
        lambda: mturk.approve_assignment(AssignmentId=work[1]),
        "RequestError",
        ONLY_SUBMITTED,
        turk="InvalidAssignmentState",
    )
    assert earnings_of(worker.public_id, "USD").available_cents == 25


def test_an_empty_feedback_rejects_as_well(mturk, work):
    mturk.reject_assignment(AssignmentId=work[1], RequesterFeedback="")
    shown = mturk.get_assignment(AssignmentId=work[1])["Assignment"]
    assert shown["AssignmentStatus"] == "Rejected"
    assert shown["RejectionTime"]
    assert "RequesterFeedback" not in shown


def test_a_rejection_is_undone_only_where_it_is_said(mturk, worker, work):
    mturk.reject_assignment(AssignmentId=work[1], RequesterFeedback="No cat.")
    for flag in ({}, {"OverrideRejection": False}):
        refused(
            lambda flag=flag: mturk.approve_assignment(AssignmentId=work[1], **flag),
            "RequestError",
            ONLY_SUBMITTED,
            turk="InvalidAssignmentState",
        )
    mturk.approve_assignment(AssignmentId=work[1], OverrideRejection=True)
    assert status(mturk, work[1]) == "Approved"
    assert earnings_of(worker.public_id, "USD").available_cents == 25


def test_a_rejection_stands_after_thirty_days(mturk, worker, clock):
    hit_id = created(mturk, MaxAssignments=1)["HITId"]
    assignment_id = submitted(worker, hit_id)
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="No.")
    clock.forward(days=31)
    refused(
        lambda: mturk.approve_assignment(AssignmentId=assignment_id, OverrideRejection=True),
        "RequestError",
        "30 days",
        turk="InvalidAssignmentState",
    )


@pytest.mark.parametrize("delay", [0, 3600])
def test_work_is_approved_by_itself_when_its_delay_is_over(mturk, worker, clock, delay):
    hit_id = created(mturk, MaxAssignments=1, AutoApprovalDelayInSeconds=delay)["HITId"]
    assignment_id = submitted(worker, hit_id)
    if delay:
        jobs.auto_approve()
        assert status(mturk, assignment_id) == "Submitted"
    clock.forward(seconds=delay)
    jobs.auto_approve()
    assert status(mturk, assignment_id) == "Approved"


def test_assignments_are_listed_by_status_and_page(mturk, lab):
    hit_id = created(mturk, MaxAssignments=5, Reward="0.01")["HITId"]
    made = [submitted(world.a_worker(f"w{n}"), hit_id) for n in range(5)]
    mturk.approve_assignment(AssignmentId=made[0])
    mturk.reject_assignment(AssignmentId=made[1], RequesterFeedback="")

    def listed(*statuses):
        found = mturk.list_assignments_for_hit(HITId=hit_id, AssignmentStatuses=list(statuses))
        return [assignment["AssignmentId"] for assignment in found["Assignments"]]

    assert listed("Approved") == made[:1]
    assert listed("Approved", "Rejected") == made[:2]
    assert listed("Submitted") == made[2:]
    assert listed() == made
    pages = mturk.get_paginator("list_assignments_for_hit").paginate(
        HITId=hit_id, PaginationConfig={"PageSize": 2}
    )
    assert [a["AssignmentId"] for page in pages for a in page["Assignments"]] == made
    refused(lambda: listed("Accepted"), "ParameterValidationError", "AssignmentStatuses")


@pytest.mark.parametrize("most", [0, 101, -1])
def test_a_page_has_1_to_100(key, mturk, most):
    hit_id = created(mturk)["HITId"]
    unchecked = wire.a_client(key, checks=False)
    refused(
        lambda: unchecked.list_assignments_for_hit(HITId=hit_id, MaxResults=most),
        "ParameterValidationError",
        "MaxResults",
    )


def test_an_unknown_assignment_does_not_exist(mturk):
    for call in (
        lambda: mturk.get_assignment(AssignmentId=UNKNOWN),
        lambda: mturk.approve_assignment(AssignmentId=UNKNOWN),
        lambda: mturk.reject_assignment(AssignmentId=UNKNOWN, RequesterFeedback=""),
        lambda: mturk.get_file_upload_url(AssignmentId=UNKNOWN, QuestionIdentifier="q"),
    ):
        refused(
            call,
            "RequestError",
            f"Assignment {UNKNOWN} does not exist.",
            turk="AssignmentDoesNotExist",
        )


def test_an_answer_without_a_file_has_none_to_fetch(mturk, work):
    refused(
        lambda: mturk.get_file_upload_url(AssignmentId=work[1], QuestionIdentifier="photo"),
        "RequestError",
        "holds no file",
    )


def test_a_reviewer_decides_and_a_viewer_only_looks(lab, mturk, worker, work):
    viewer = wire.a_client(wire.a_key(lab, role="viewer"))
    assert viewer.list_assignments_for_hit(HITId=work[0])["NumResults"] == 1
    refused(
        lambda: viewer.approve_assignment(AssignmentId=work[1]),
        "RequestError",
        "reviewer",
        turk="PermissionDenied",
    )
    wire.a_client(wire.a_key(lab, role="reviewer")).approve_assignment(AssignmentId=work[1])
    assert Assignment.objects.get().decided_by.startswith("key:MH")


def test_the_question_is_kept_as_it_was_sent(mturk, work):
    assert mturk.get_assignment(AssignmentId=work[1])["HIT"]["Question"] == EXTERNAL


@pytest.mark.parametrize(("delay", "hurried"), [(0, ["tasks.auto_approve"]), (1, [])])
def test_a_delay_of_0_hurries_the_approval(mturk, worker, client, monkeypatch, delay, hurried):
    asked = []
    monkeypatch.setattr("mturk.external_submit.hurry", asked.append)
    hit_id = created(mturk, MaxAssignments=1, AutoApprovalDelayInSeconds=delay)["HITId"]
    answer = {"assignmentId": accepted(worker, hit_id), "label": "cat"}
    assert client.post("/mturk/externalSubmit", answer).status_code == 200
    assert asked == hurried
