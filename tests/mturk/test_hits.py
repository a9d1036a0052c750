"""HITs over the API: created, counted, listed, changed, deleted, with Mechanical Turk's words."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from marketplace import clock as the_clock
from payments.actions.grant_play_money import GRANT_CENTS
from payments.queries import requester_balance
from tasks import jobs
from tasks.actions.accept import accept_hit
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.models import HIT, HITType
from tests import world
from tests.mturk import wire
from tests.mturk.wire import refused

EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://lab.example/task?a=1&amp;b=2'
    "</ExternalURL><FrameHeight>600</FrameHeight></ExternalQuestion>"
)
TERMS = {
    "Title": "Label a picture",
    "Description": "Say what it shows.",
    "Keywords": "picture, label",
    "Reward": "0.25",
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 86_400,
}
WANTED = {**TERMS, "LifetimeInSeconds": 3600, "MaxAssignments": 2, "Question": EXTERNAL}
UNKNOWN = "3UNKNOWN00000000000000000000AA"
INVALID = "ParameterValidationError"


def created(client, **changes):
    wanted = {name: v for name, v in {**WANTED, **changes}.items() if v is not None}
    return client.create_hit(**wanted)["HIT"]


def counters(client, hit_id):
    hit = client.get_hit(HITId=hit_id)["HIT"]
    names = ("Available", "Pending", "Completed")
    return hit["HITStatus"], *(hit[f"NumberOfAssignments{name}"] for name in names)


def accepted(worker, hit_id):
    return accept_hit(worker=worker, hit_id=hit_id, at=the_clock.now()).assignment_id


def submitted(worker, hit_id, answer=None):
    assignment_id = accepted(worker, hit_id)
    submit(assignment_id=assignment_id, answer=answer or {"label": "cat"}, at=the_clock.now())
    return assignment_id


# --- creating --------------------------------------------------------------------------------


def test_a_hit_is_answered_whole(mturk, clock):
    hit = created(mturk, RequesterAnnotation="item 7")
    assert hit == {
        **TERMS,
        "HITId": hit["HITId"],
        "HITTypeId": hit["HITTypeId"],
        "HITGroupId": hit["HITTypeId"],
        "CreationTime": clock.now,
        "Question": EXTERNAL,
        "HITStatus": "Assignable",
        "MaxAssignments": 2,
        "Expiration": clock.now + timedelta(hours=1),
        "RequesterAnnotation": "item 7",
        "QualificationRequirements": [],
        "HITReviewStatus": "NotReviewed",
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsAvailable": 2,
        "NumberOfAssignmentsCompleted": 0,
    }
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit


def test_what_is_left_out_is_as_on_mechanical_turk(mturk):
    hit = created(mturk, MaxAssignments=None, AutoApprovalDelayInSeconds=None, Keywords=None)
    assert hit["MaxAssignments"] == 1
    assert hit["AutoApprovalDelayInSeconds"] == 2_592_000
    assert "RequesterAnnotation" not in hit


def test_a_hit_is_paid_for_when_it_is_created(mturk, lab, settings):
    settings.MANYHANDS_FEE_PERCENT = "20"
    created(mturk, MaxAssignments=3)
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 3 * 30
    dear = {**WANTED, "Reward": "20", "MaxAssignments": 5}
    refused(
        lambda: mturk.create_hit(**dear), "RequestError", "$20.90 short", turk="InsufficientFunds"
    )
    assert HIT.objects.count() == 1


def test_the_same_terms_are_one_type_and_hits_of_a_type_take_its_terms(mturk):
    first = mturk.create_hit_type(**TERMS)["HITTypeId"]
    assert mturk.create_hit_type(**TERMS)["HITTypeId"] == first
    assert created(mturk)["HITTypeId"] == first
    other = mturk.create_hit_type(**{**TERMS, "Reward": "0.26"})["HITTypeId"]
    assert other != first
    hit = mturk.create_hit_with_hit_type(
        HITTypeId=other, LifetimeInSeconds=60, Question=EXTERNAL, MaxAssignments=1
    )["HIT"]
    assert (hit["HITTypeId"], hit["Reward"]) == (other, "0.26")


@pytest.mark.parametrize("reward", ["0", "0.00", "5", "5.", "5.5", "007.25"])
def test_rewards_are_read_as_the_model_has_them(mturk, reward):
    assert float(created(mturk, Reward=reward, MaxAssignments=1)["Reward"]) == float(reward)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("Title", "x" * 129),
        ("Title", ""),
        ("Description", "x" * 2001),
        ("Keywords", "x" * 1001),
        ("Reward", "0.001"),
        ("Reward", "$1"),
        ("Reward", "1\n"),
        ("Reward", "9" * 5000),
        ("Reward", "10001"),
        ("AssignmentDurationInSeconds", 29),
        ("AssignmentDurationInSeconds", 31_536_001),
        ("AutoApprovalDelayInSeconds", -1),
        ("AutoApprovalDelayInSeconds", 2_592_001),
        ("LifetimeInSeconds", 29),
        ("LifetimeInSeconds", 31_536_001),
        ("LifetimeInSeconds", 2**62),
        ("MaxAssignments", 0),
        ("MaxAssignments", 1_000_000_001),
        ("RequesterAnnotation", "x" * 256),
        ("RequesterAnnotation", "nul \0"),
        ("UniqueRequestToken", "x" * 65),
        ("HITLayoutId", "not an id"),
    ],
)
def test_every_limit_is_named_by_its_parameter(mturk, field, bad):
    response = refused(lambda: created(mturk, **{field: bad}), INVALID, field)
    assert response["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidParameterValue"
    assert response["Parameter"] == field
    assert not HIT.objects.exists()
    assert not HITType.objects.exists()


def test_requirements_are_kept_and_shown_in_both_spellings(mturk):
    requirements = [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "In",
            "LocaleValues": [{"Country": "US", "Subdivision": "PA"}, {"Country": "DE"}],
            "ActionsGuarded": "DiscoverPreviewAndAccept",
        },
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "GreaterThan",
            "IntegerValues": [90],
            "RequiredToPreview": True,
        },
    ]
    shown = created(mturk, QualificationRequirements=requirements)["QualificationRequirements"]
    assert shown == [
        {**requirements[0], "RequiredToPreview": True},
        {**requirements[1], "ActionsGuarded": "PreviewAndAccept"},
    ]


def test_a_key_of_less_than_a_manager_creates_nothing(lab):
    reviewer = wire.a_client(wire.a_key(lab, role="reviewer"))
    refused(lambda: created(reviewer), "RequestError", "manager", turk="PermissionDenied")
    refused(lambda: reviewer.create_hit_type(**TERMS), "RequestError", turk="PermissionDenied")
    assert reviewer.list_hits()["HITs"] == []
    assert not HITType.objects.exists()


# --- questions and layouts -------------------------------------------------------------------


def test_a_question_that_is_no_question_is_told_in_the_words_clients_know(mturk):
    words = (
        "There was an error parsing the XML question or answer data in your request.  Please make "
        "sure the data is well-formed and validates against the appropriate schema. Details: "
    )
    for bad in ("<ExternalQuestion>", EXTERNAL.replace("ExternalURL", "Url"), "no XML"):
        refused(lambda bad=bad: created(mturk, Question=bad), INVALID, words, turk="XMLParseError")
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + EXTERNAL
    response = refused(lambda: created(mturk, Question=entity), INVALID, turk="XMLParseError")
    assert "root:" not in str(response)


def test_a_question_has_a_largest_size(mturk):
    large = EXTERNAL.replace("<ExternalURL>", "<ExternalURL> " + " " * 65_535)
    refused(lambda: created(mturk, Question=large), INVALID, "65,535", turk="InvalidParameterValue")


def test_a_hit_has_a_question_or_a_layout(mturk, lab):
    layout = world.a_project(lab).public_id
    text = [{"Name": "text", "Value": "hello"}]
    for wrong in (
        {"Question": None},
        {"HITLayoutId": layout},
        {"HITLayoutParameters": text},
    ):
        refused(lambda wrong=wrong: created(mturk, **wrong), INVALID, turk="InvalidParameterValue")


def test_a_layout_is_filled_in(mturk, lab):
    project = world.a_project(lab, layout="<p>${text}</p><p>${ text }</p>]]>")
    hit = created(
        mturk,
        Question=None,
        HITLayoutId=project.public_id,
        HITLayoutParameters=[{"Name": "text", "Value": "<b>& a cat</b> ]]>"}],
    )
    assert hit["HITLayoutId"] == project.public_id
    question = etree.fromstring(hit["Question"].encode())
    assert question.findtext("{*}HTMLContent") == "<p><b>& a cat</b> ]]></p>" * 2 + "]]>"
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit


def test_a_layouts_variables_have_each_one_value(mturk, lab):
    project = world.a_project(lab, layout="<p>${text} ${more}</p>")
    text, more = {"Name": "text", "Value": "1"}, {"Name": "more", "Value": "2"}
    for wrong, words in (
        ([text], "no value for more"),
        ([text, more, {"Name": "most", "Value": "3"}], "most, which the layout doesn't have"),
        ([text, more, text], "two values"),
        ([text, {"Name": "more", "Value": "x" * 65_536}], "65,535"),
    ):
        given = {
            "Question": None,
            "HITLayoutId": project.public_id,
            "HITLayoutParameters": wrong,
        }
        response = refused(lambda given=given: created(mturk, **given), INVALID, words)
        assert response["Parameter"] == "HITLayoutParameters"


def test_anothers_the_other_sides_or_an_archived_layout_does_not_exist(mturk, lab):
    other = world.a_project(world.a_lab("Other Lab"))
    sandbox = world.a_project(lab, is_sandbox=True)
    archived = world.a_project(lab)
    archived.archived_at = the_clock.now()
    archived.save()
    for project in (other, sandbox, archived):
        given = {"Question": None, "HITLayoutId": project.public_id}
        refused(
            lambda given=given: created(mturk, **given),
            "RequestError",
            "does not exist",
            turk="HITLayoutDoesNotExist",
        )


def test_a_batchs_hit_has_its_projects_layout_and_its_rows_values(mturk, lab):
    batch = world.a_batch(lab, rows=1)
    (hit,) = mturk.list_hits()["HITs"]
    assert hit["HITLayoutId"] == batch.project.public_id
    assert "<p>row 0</p>" in hit["Question"]
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit


# --- tokens ----------------------------------------------------------------------------------


def test_a_request_token_makes_one_hit_in_24_hours(mturk, clock):
    hit = created(mturk, UniqueRequestToken="nightly-1")
    by_type = {"HITTypeId": hit["HITTypeId"], "LifetimeInSeconds": 60, "Question": EXTERNAL}
    for again in (
        lambda: created(mturk, UniqueRequestToken="nightly-1", Title="Another"),
        lambda: mturk.create_hit_with_hit_type(**by_type, UniqueRequestToken="nightly-1"),
    ):
        refused(again, "RequestError", hit["HITId"], turk="HitAlreadyExists")
    assert HIT.objects.count() == 1
    assert HITType.objects.count() == 1
    clock.forward(hours=24)
    assert created(mturk, UniqueRequestToken="nightly-1")["HITId"] != hit["HITId"]


def test_a_token_is_ones_own_and_one_sides(mturk, sandbox):
    created(mturk, UniqueRequestToken="t")
    created(sandbox, UniqueRequestToken="t")
    other = world.a_lab("Other Lab")
    created(wire.a_client(wire.a_key(other)), UniqueRequestToken="t")
    assert HIT.objects.count() == 3


def test_a_token_of_a_failed_request_is_free(mturk):
    dear = {"UniqueRequestToken": "t", "Reward": "90.00"}
    refused(lambda: created(mturk, **dear), "RequestError", turk="InsufficientFunds")
    created(mturk, UniqueRequestToken="t")


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
    more = {"HITId": hit_id, "NumberOfAdditionalAssignments": 3}
    mturk.create_additional_assignments_for_hit(**more, UniqueRequestToken="more")
    assert counters(mturk, hit_id) == ("Assignable", 5, 0, 0)
    assert mturk.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 5
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
    assert counters(mturk, hit_id) == ("Assignable", 5, 0, 0)


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
        "This operation can be called with a status of: Reviewable,Reviewing",
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
        lambda: mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=0),
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


def test_a_fresh_sandbox_has_its_play_money(sandbox, lab):
    assert sandbox.get_account_balance()["AvailableBalance"] == "10000.00"
    created(sandbox)
    assert sandbox.get_account_balance()["AvailableBalance"] == "9999.50"
    assert requester_balance(lab.requester.public_id, "XTS") == GRANT_CENTS - 50


def test_a_group_taken_down_takes_no_more_hits(mturk):
    hit = created(mturk)
    HITType.objects.update(taken_down_at=the_clock.now(), taken_down_reason="It asks for cards.")
    shown = mturk.get_hit(HITId=hit["HITId"])["HIT"]
    assert shown["HITReviewStatus"] == "ReviewedInappropriate"
    refused(lambda: created(mturk), "RequestError", "It asks for cards.")
