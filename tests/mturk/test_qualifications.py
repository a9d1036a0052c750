"""Qualifications over the MTurk API: what Amazon's documentation and its clients say."""

import pytest

from marketplace.models import OutboxMessage
from tests import world
from tests.mturk.called import Api
from tests.questionforms import KEY, OPEN_TEST, TEST
from workers.actions.request_qualification import request_qualification, submit_test
from workers.models import Qualification, QualificationType

pytestmark = pytest.mark.django_db

TYPE = {"Name": "Sky", "Description": "Looked up.", "QualificationTypeStatus": "Active"}
PREFIX = "AWS.MechanicalTurk."


@pytest.fixture
def api(clock):
    return Api(world.a_lab(cents=0))


@pytest.fixture
def other(api):
    return Api(world.a_lab("Other Lab", cents=0))


@pytest.fixture
def worker(api):
    return world.a_worker()


def made(api, **changes):
    return api("CreateQualificationType", **{**TYPE, **changes})["QualificationType"]


def test_a_type_comes_back_as_it_was_made(api, clock):
    kind = made(
        api, Keywords="a, b", Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600,
        RetryDelayInSeconds=0,
    )  # fmt: skip
    assert api("GetQualificationType", QualificationTypeId=kind["QualificationTypeId"]) == {
        "QualificationType": kind
    }
    assert {name: value for name, value in kind.items() if name != "QualificationTypeId"} == {
        **TYPE,
        "Keywords": "a, b",
        "Test": TEST,
        "AnswerKey": KEY,
        "TestDurationInSeconds": 600,
        "RetryDelayInSeconds": 0,
        "IsRequestable": True,
        "AutoGranted": False,
        "CreationTime": clock.now.timestamp(),
    }


def test_what_was_not_given_is_left_out(api):
    assert set(made(api)) == {
        "QualificationTypeId", "CreationTime", "Name", "Description", "QualificationTypeStatus",
        "IsRequestable", "AutoGranted",
    }  # fmt: skip


def test_a_name_is_had_once_on_each_side_until_its_type_is_deleted(api, other):
    kind = made(api)
    refused = api.refused("CreateQualificationType", **TYPE)
    assert refused.message == (
        "You have already created a QualificationType with this name. A QualificationType's name "
        "must be unique among all of the QualificationTypes created by the same user."
    )
    assert refused.kind == "RequestError"
    assert refused.code == PREFIX + "QualificationTypeAlreadyExists"
    made(other)
    made(Api(api.lab, is_sandbox=True))
    api("DeleteQualificationType", QualificationTypeId=kind["QualificationTypeId"])
    made(api)


@pytest.mark.parametrize("given", [
    {"Test": TEST},  # without its time
    {"AnswerKey": KEY},
    {"TestDurationInSeconds": 60},
    {"Test": TEST, "TestDurationInSeconds": 0},
    {"Test": TEST, "TestDurationInSeconds": 2**62},
    {"Test": TEST, "TestDurationInSeconds": 60, "AutoGranted": True},
    {"Test": "<nothing/>", "TestDurationInSeconds": 60},
    {"Test": OPEN_TEST, "AnswerKey": KEY, "TestDurationInSeconds": 60},
    {"RetryDelayInSeconds": -1},
    {"RetryDelayInSeconds": 2**62},
    {"AutoGranted": True, "AutoGrantedValue": 2**31},
    {"Name": ""}, {"Name": "n" * 201}, {"Name": "a\0b"},
    {"Description": ""}, {"Description": "d" * 2001}, {"Keywords": "k" * 1001},
    {"QualificationTypeStatus": "Deleted"},
])  # fmt: skip
def test_a_type_that_cannot_be_is_refused(api, given):
    fault = api.refused("CreateQualificationType", **{**TYPE, **given})
    assert fault.kind == "ParameterValidationError"
    assert QualificationType.objects.filter(owner=api.lab.requester).count() == 0


def test_a_test_that_is_no_question_form_is_an_xml_error_that_names_the_parameter(api):
    fault = api.refused("CreateQualificationType", **TYPE, Test="<a>", TestDurationInSeconds=60)
    assert (fault.code, fault.parameter) == (PREFIX + "XMLParseError", "Test")


@pytest.mark.parametrize("blank", ["\n", " "])
def test_blanks_around_texts_are_not_kept_however_many_there_are(api, blank):
    many = blank * 3000
    kind = made(api, Name=f"{many}Sky", Description=f"{many}Looked up.", Keywords=f"{many}sky")
    assert (kind["Name"], kind["Description"], kind["Keywords"]) == ("Sky", "Looked up.", "sky")
    assert updated(api, kind, Description=f"{many}New.")["Description"] == "New."


def test_a_type_that_grants_itself_has_the_value_1_unless_said(api):
    assert made(api, AutoGranted=True)["AutoGrantedValue"] == 1
    assert made(api, Name="b", AutoGranted=True, AutoGrantedValue=-4)["AutoGrantedValue"] == -4
    assert "AutoGrantedValue" not in made(api, Name="c", AutoGrantedValue=5)


def updated(api, kind, **given):
    given["QualificationTypeId"] = kind["QualificationTypeId"]
    return api("UpdateQualificationType", **given)["QualificationType"]


def test_an_update_changes_what_it_names(api):
    kind = made(api, Keywords="k", RetryDelayInSeconds=60)
    assert updated(api, kind, Description="New.") == kind | {"Description": "New."}
    changed = updated(api, kind, QualificationTypeStatus="Inactive", RetryDelayInSeconds=5)
    assert (changed["QualificationTypeStatus"], changed["RetryDelayInSeconds"]) == ("Inactive", 5)
    assert changed["Description"] == "New."


def test_a_test_is_replaced_whole_and_never_removed(api):
    kind = made(api, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60)
    assert updated(api, kind, Description="New.")["AnswerKey"] == KEY
    changed = updated(api, kind, Test=OPEN_TEST, TestDurationInSeconds=90)
    assert (changed["Test"], changed["TestDurationInSeconds"]) == (OPEN_TEST, 90)
    assert "AnswerKey" not in changed
    assert updated(api, kind, Test="")["Test"] == OPEN_TEST


@pytest.mark.parametrize("given", [
    {"AnswerKey": KEY}, {"TestDurationInSeconds": 5}, {"Test": TEST}, {"AutoGranted": True},
])  # fmt: skip
def test_a_type_with_a_test_refuses_half_of_one_and_granting_itself(api, given):
    kind = made(api, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60)
    fault = api.refused(
        "UpdateQualificationType", QualificationTypeId=kind["QualificationTypeId"], **given
    )
    assert fault.kind == "ParameterValidationError"


def test_a_type_that_grants_itself_gets_a_test_once_it_does_not(api):
    kind = made(api, AutoGranted=True)
    a_test = {"Test": TEST, "TestDurationInSeconds": 60}
    api.refused(
        "UpdateQualificationType", QualificationTypeId=kind["QualificationTypeId"], **a_test
    )
    assert "AutoGrantedValue" not in updated(api, kind, **a_test, AutoGranted=False)


def test_only_the_owner_sees_a_test_and_its_key(api, other):
    kind = made(api, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60)
    shown = other("GetQualificationType", QualificationTypeId=kind["QualificationTypeId"])
    assert not {"Test", "AnswerKey"} & set(shown["QualificationType"])


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("UpdateQualificationType", {"Description": "Mine."}),
        ("DeleteQualificationType", {}),
        ("AssociateQualificationWithWorker", {"WorkerId": "wanda"}),
        ("DisassociateQualificationFromWorker", {"WorkerId": "wanda"}),
        ("GetQualificationScore", {"WorkerId": "wanda"}),
        ("ListWorkersWithQualificationType", {}),
        ("ListQualificationRequests", {}),
    ],
)
def test_only_the_owner_does_anything_with_a_type(api, other, worker, name, more):
    kind = made(api)
    if "WorkerId" in more:
        more = {"WorkerId": worker.public_id}
    masters = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
    for type_id, code in (
        (kind["QualificationTypeId"], "PermissionDeniedException"),
        (masters, "PermissionDeniedException"),
        ("3NOTHING", "QualificationTypeDoesNotExist"),
    ):
        fault = other.refused(name, QualificationTypeId=type_id, **more)
        assert (fault.kind, fault.code) == ("RequestError", PREFIX + code)


def test_a_type_of_one_side_is_not_there_on_the_other(api):
    kind = made(api)
    fault = Api(api.lab, is_sandbox=True).refused(
        "GetQualificationType", QualificationTypeId=kind["QualificationTypeId"]
    )
    assert fault.code == PREFIX + "QualificationTypeDoesNotExist"


def names(api, **given):
    given.setdefault("MustBeRequestable", True)
    found = api("ListQualificationTypes", **given)["QualificationTypes"]
    return [each["Name"] for each in found]


def test_the_search_takes_parts_of_words_in_any_case_in_name_description_and_keywords(api):
    made(api, Name="Dallinger experiment 7")
    made(api, Name="b", Description="Uses the DALLINGER tool.")
    made(api, Name="c", Keywords="dallinger")
    made(api, Name="d")
    assert names(api, Query="DALLING") == ["c", "b", "Dallinger experiment 7"]
    assert names(api, Query="_allinger") == []  # no wildcards
    assert names(api) == ["d", "c", "b", "Dallinger experiment 7"]


def test_the_list_has_everybodys_unless_it_must_be_owned(api, other):
    made(api, Name="mine")
    made(other, Name="theirs")
    made(other, Name="asleep", QualificationTypeStatus="Inactive")
    assert names(api) == ["theirs", "mine"]
    assert names(api, MustBeOwnedByCaller=True) == ["mine"]
    assert "asleep" in names(api, MustBeRequestable=False)
    system = names(api, MustBeRequestable=False, Query="Worker_", MaxResults=100)
    assert "Worker_Locale" in system
    assert names(api, MustBeRequestable=False, Query="Masters") == ["Masters"]


def test_a_deleted_type_takes_no_operation(api, worker):
    kind = made(api)
    waiting = request_qualification(
        worker=worker, type_id=kind["QualificationTypeId"], is_sandbox=False, at=worker.joined_at
    )
    target = {"QualificationTypeId": kind["QualificationTypeId"]}
    api("DeleteQualificationType", **target)
    waiting.refresh_from_db()
    assert waiting.status == "Rejected"
    for name in ("GetQualificationType", "DeleteQualificationType", "UpdateQualificationType"):
        fault = api.refused(name, **target)
        assert "This operation can be called with a status of: Active,Inactive" in fault.message
        assert fault.code == PREFIX + "InvalidQualificationTypeState"
    assert names(api, MustBeOwnedByCaller=True) == []


# Grants


def grant(api, kind, worker, **more):
    api(
        "AssociateQualificationWithWorker",
        QualificationTypeId=kind["QualificationTypeId"],
        WorkerId=worker.public_id,
        **more,
    )


def about(kind, worker):
    return {"QualificationTypeId": kind["QualificationTypeId"], "WorkerId": worker.public_id}


def test_a_grant_is_read_back_and_written_over(api, worker, clock):
    kind = made(api)
    granted_at = clock.now.timestamp()
    grant(api, kind, worker)
    expected = {**about(kind, worker), "GrantTime": granted_at, "Status": "Granted"}
    score = api("GetQualificationScore", **about(kind, worker))["Qualification"]
    assert score == {**expected, "IntegerValue": 1}
    clock.forward(hours=1)
    grant(api, kind, worker, IntegerValue=-(2**31))
    score = api("GetQualificationScore", **about(kind, worker))["Qualification"]
    assert score == {**expected, "IntegerValue": -(2**31)}


def test_a_value_is_of_32_bits(api, worker):
    kind = made(api)
    for value in (2**31, -(2**31) - 1, 10**40):
        api.refused("AssociateQualificationWithWorker", **about(kind, worker), IntegerValue=value)
    assert not Qualification.objects.exists()


def test_a_grant_is_told_by_mail_unless_said_otherwise(api, worker):
    kind = made(api)
    grant(api, kind, worker, SendNotification=False)
    assert not OutboxMessage.objects.filter(kind="email").exists()
    grant(api, kind, worker)
    mail = OutboxMessage.objects.get(kind="email")
    assert mail.payload["to"] == worker.user.email
    assert "Sky" in mail.payload["subject"]


def test_a_revoked_one_stays_with_its_time_and_can_be_granted_again(api, worker, clock):
    kind = made(api)
    grant(api, kind, worker, IntegerValue=7)
    first = clock.now.timestamp()
    clock.forward(days=1)
    api("DisassociateQualificationFromWorker", **about(kind, worker), Reason="Guessing.")
    for name in ("GetQualificationScore", "DisassociateQualificationFromWorker"):
        fault = api.refused(name, **about(kind, worker))
        assert "operation can be called with a status of: Granted" in fault.message
        assert fault.code == PREFIX + "InvalidQualificationState"
    target = {"QualificationTypeId": kind["QualificationTypeId"]}
    assert api("ListWorkersWithQualificationType", **target)["Qualifications"] == []
    revoked = api("ListWorkersWithQualificationType", **target, Status="Revoked")
    assert revoked["Qualifications"] == [
        {**about(kind, worker), "GrantTime": first, "IntegerValue": 7, "Status": "Revoked"}
    ]
    grant(api, kind, worker)
    score = api("GetQualificationScore", **about(kind, worker))["Qualification"]
    assert score["GrantTime"] == clock.now.timestamp()


def test_a_score_that_was_never_given_does_not_exist(api, worker):
    fault = api.refused("GetQualificationScore", **about(made(api), worker))
    assert fault.message == "You requested a Qualification that does not exist."
    assert fault.code == PREFIX + "QualificationDoesNotExist"


def test_an_unknown_worker_is_a_request_error_that_says_so(api):
    fault = api.refused(
        "AssociateQualificationWithWorker",
        QualificationTypeId=made(api)["QualificationTypeId"],
        WorkerId="A1NOBODY",
    )
    assert fault.kind == "RequestError"
    assert "A1NOBODY does not exist" in fault.message


# Requests


def test_requests_wait_for_their_owner_with_the_test_and_the_answer(api, other, worker, clock):
    plain, tested = made(api), made(api, Name="b", Test=OPEN_TEST, TestDurationInSeconds=60)
    ids = [kind["QualificationTypeId"] for kind in (plain, tested)]
    first, second = (
        request_qualification(worker=worker, type_id=each, is_sandbox=False, at=clock.now)
        for each in ids
    )
    listed = api("ListQualificationRequests")["QualificationRequests"]
    assert [each["QualificationRequestId"] for each in listed] == [first.public_id]
    submit_test(
        worker=worker, request_id=second.public_id, answer={"why": "Rayleigh"}, at=clock.now
    )
    (shown,) = api("ListQualificationRequests", QualificationTypeId=ids[1])["QualificationRequests"]
    assert shown["Test"] == OPEN_TEST
    assert "<FreeText>Rayleigh</FreeText>" in shown["Answer"]
    assert shown["SubmitTime"] == clock.now.timestamp()
    assert shown["WorkerId"] == worker.public_id
    assert api("ListQualificationRequests")["NumResults"] == 2
    assert other("ListQualificationRequests")["NumResults"] == 0
    for name in ("AcceptQualificationRequest", "RejectQualificationRequest"):
        fault = other.refused(name, QualificationRequestId=first.public_id)
        assert fault.code == PREFIX + "QualificationRequestDoesNotExist"


def test_a_request_is_accepted_or_rejected_once(api, worker, clock):
    kind = made(api, RetryDelayInSeconds=0)
    ask = {"worker": worker, "type_id": kind["QualificationTypeId"], "is_sandbox": False}
    first = request_qualification(**ask, at=clock.now)
    target = {"QualificationRequestId": first.public_id}
    api("RejectQualificationRequest", **target, Reason="Too soon.")
    first.refresh_from_db()
    assert (first.status, first.reason) == ("Rejected", "Too soon.")
    for name in ("AcceptQualificationRequest", "RejectQualificationRequest"):
        assert api.refused(name, **target).code == PREFIX + "InvalidQualificationRequestState"
    second = request_qualification(**ask, at=clock.now)
    api("AcceptQualificationRequest", QualificationRequestId=second.public_id, IntegerValue=88)
    score = api("GetQualificationScore", **about(kind, worker))["Qualification"]
    assert score["IntegerValue"] == 88
    assert OutboxMessage.objects.filter(kind="email").count() == 2


def test_the_time_of_the_grant_is_that_of_the_latest_accepted_request(api, worker, clock):
    kind = made(api)
    grant(api, kind, worker)
    clock.forward(days=1)
    api("DisassociateQualificationFromWorker", **about(kind, worker))
    request = request_qualification(
        worker=worker, type_id=kind["QualificationTypeId"], is_sandbox=False, at=clock.now
    )
    clock.forward(days=1)
    api("AcceptQualificationRequest", QualificationRequestId=request.public_id)
    score = api("GetQualificationScore", **about(kind, worker))["Qualification"]
    assert (score["GrantTime"], score["IntegerValue"]) == (clock.now.timestamp(), 1)
