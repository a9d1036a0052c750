"""HITs over the API: created, paid for, of what questions, once a token, with the known words."""

from datetime import timedelta

import pytest
from lxml import etree

from marketplace import clock as the_clock
from payments.queries import requester_balance
from tasks.models import HIT, HITType
from tests import world
from tests.mturk import wire
from tests.mturk.requests import (
    EXTERNAL,
    TERMS,
    WANTED,
    created,
)
from tests.mturk.wire import refused

INVALID = "ParameterValidationError"

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
