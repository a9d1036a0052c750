"""What goes around an operation: where it is sent, how it is answered and repeated, and how it is
refused. Never a page, and never a 500."""

import json
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from marketplace.jobs import forget_requests
from marketplace.models import ClaimedRequest
from mturk import operations, shapes
from mturk.faults import Fault
from mturk.operation import OPERATIONS
from tasks.models import HIT, Bonus
from tests.mturk import wire
from tests.mturk.requests import TERMS, WANTED, created, submitted
from tests.mturk.wire import refused

LIVE = "http://mturk-requester.us-east-1.amazonaws.com"
SANDBOX = "http://mturk-requester-sandbox.us-east-1.amazonaws.com"


def raw(key, body, *, operation="GetAccountBalance", target=None, headers=None):
    """Django's answer to a body of one's own, signed as boto3 signs its own."""
    answers = []

    def change(request):
        request.headers["X-Amz-Target"] = target or f"MTurkRequesterServiceV20170117.{operation}"
        for name, value in (headers or {}).items():
            request.headers[name] = value
        wire.sign_again(request, key, body)
        answers.append(wire.sent(request))

    client = wire.a_client(key, before=change)
    with suppress(ClientError):
        client.get_account_balance()
    return answers[0]


def error(response):
    """The error's members of a response that must be a 400 of the API's kind."""
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/x-amz-json-1.1"
    assert response["x-amzn-RequestId"]
    return json.loads(response.content)


# --- where -----------------------------------------------------------------------------------


def test_a_call_is_answered_as_boto3_expects(mturk):
    answer = mturk.get_account_balance()
    assert answer["AvailableBalance"] == "100.00"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


@pytest.mark.parametrize(
    ("endpoint", "region", "is_sandbox"),
    [
        ("http://testserver", "us-east-1", False),
        ("http://testserver/", "eu-west-3", False),
        ("http://testserver/sandbox", "us-east-1", True),
        ("http://testserver/sandbox/", "us-east-1", True),
        ("http://testserver", "sandbox", True),
        ("http://testserver:8000", "us-east-1", False),
        (LIVE, "us-east-1", False),
        (SANDBOX, "us-east-1", True),
        ("http://sandbox.crowd.example", "us-east-1", True),
        ("http://mturk-requester-sandbox.crowd.example", "us-east-1", True),
    ],
)
def test_the_side_is_said_by_name_path_or_region(key, settings, endpoint, region, is_sandbox):
    settings.ALLOWED_HOSTS = ["testserver", ".crowd.example"]
    client = wire.a_client(key, endpoint=endpoint, region=region)
    balance = client.get_account_balance()["AvailableBalance"]
    assert balance == ("10000.00" if is_sandbox else "100.00")


def test_the_environment_leads_here(key, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_MTURK", "http://testserver/sandbox")
    client = wire.a_client(key, endpoint=None)
    assert client.get_account_balance()["AvailableBalance"] == "10000.00"


def test_a_host_that_is_not_ours_is_refused(key):
    client = wire.a_client(key, endpoint="http://evil.example")
    refused(client.get_account_balance, "UnknownOperationException", "evil.example")


def test_the_sites_own_pages_are_left_alone(db, client):
    assert client.get("/", headers={"X-Amz-Target": "x"})["Content-Type"].startswith("text/html")
    assert client.post("/").status_code == 405
    assert client.post("/help/", headers={"X-Amz-Target": "x"}).status_code != 400


@pytest.mark.parametrize("method", ["get", "put", "post"])
def test_amazons_names_are_answered_as_an_api(db, client, method):
    response = getattr(client, method)("/help/", headers={"host": LIVE.removeprefix("http://")})
    assert error(response)["__type"] == "UnknownOperationException"


# --- how often -------------------------------------------------------------------------------


def test_a_try_whose_answer_was_lost_is_answered_as_the_first(key, lab, worker):
    """As botocore does it: one invocation id, signed anew for each try."""
    lost = []

    def lose(request):
        if not lost:
            lost.append(wire.sent(request))
            raise wire.ConnectionClosedError(endpoint_url=request.url)

    flaky = wire.a_client(key, before=lose, attempts=3)
    hit = flaky.create_hit(**WANTED)["HIT"]
    assert HIT.objects.count() == 1
    assert json.loads(lost[0].content)["HIT"]["HITId"] == hit["HITId"]
    assert lost[0].content == wire.raw_body()
    lost.clear()
    assignment_id = submitted(worker, hit["HITId"])
    bonus = {"AssignmentId": assignment_id, "WorkerId": worker.public_id}
    flaky.send_bonus(**bonus, BonusAmount="1.00", Reason="thanks")
    assert Bonus.objects.count() == 1
    lost.clear()
    flaky.approve_assignment(AssignmentId=assignment_id)
    lost.clear()
    flaky.create_additional_assignments_for_hit(HITId=hit["HITId"], NumberOfAdditionalAssignments=1)
    assert flaky.get_hit(HITId=hit["HITId"])["HIT"]["MaxAssignments"] == 3


def test_another_body_or_another_key_is_another_call(key, lab):
    def same_id(request):
        request.headers["amz-sdk-invocation-id"] = "one-for-all"

    client = wire.a_client(key, before=same_id)
    first, second = created(client, Reward="0.01"), created(client, Reward="0.02")
    third = created(wire.a_client(wire.a_key(lab), before=same_id), Reward="0.01")
    assert len({first["HITId"], second["HITId"], third["HITId"]}) == 3
    assert created(client, Reward="0.01")["HITId"] == first["HITId"]


def test_without_an_invocation_id_each_call_is_its_own(key):
    def no_id(request):
        del request.headers["amz-sdk-invocation-id"]

    client = wire.a_client(key, before=no_id)
    assert created(client)["HITId"] != created(client)["HITId"]


def test_a_refused_call_may_be_tried_again(key, lab):
    def same_id(request):
        request.headers["amz-sdk-invocation-id"] = "one"

    client = wire.a_client(key, before=same_id)
    dear = {"Reward": "60.00"}
    refused(lambda: created(client, **dear), "RequestError", turk="InsufficientFunds")
    from tests import world

    world.deposit(lab, 500_00)
    assert created(client, **dear)["HITId"]


def test_repeats_are_forgotten_in_time(mturk, clock):
    created(mturk)
    assert ClaimedRequest.objects.count() == 1
    clock.forward(hours=1)
    assert forget_requests() == 1
    assert not ClaimedRequest.objects.exists()


def test_nothing_is_left_of_a_call_that_fails_halfway(mturk, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("a defect")

    monkeypatch.setattr("mturk.operations.creating.hit_shape", fail)
    with pytest.raises(ClientError) as caught:
        created(mturk)
    assert caught.value.response["Error"]["Code"] == "ServiceFault"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert not HIT.objects.exists()
    assert mturk.get_account_balance()["AvailableBalance"] == "100.00"


def test_too_many_calls_are_throttled_in_a_way_that_clients_wait_for(mturk, settings, clock):
    settings.MANYHANDS_MTURK_CALLS_PER_MINUTE = 3
    for _call in range(3):
        mturk.get_account_balance()
    refused(mturk.get_account_balance, "ThrottlingException", "Rate exceeded")
    settings.MANYHANDS_RATE_LIMITS = False
    mturk.get_account_balance()
    settings.MANYHANDS_RATE_LIMITS = True
    clock.forward(minutes=1)
    mturk.get_account_balance()


def test_wrong_signatures_are_counted_by_address(key, lab, clock):
    thief = wire.a_client((key[0], "guess"))
    for _guess in range(60):
        refused(thief.get_account_balance, "InvalidSignatureException")
    refused(thief.get_account_balance, "ThrottlingException")
    wire.a_client(key).get_account_balance()


# --- what ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "MTurkRequesterServiceV20170117.MakeMoney",
        "MTurkRequesterServiceV20170117.",
        "MTurkRequesterServiceV20140817.GetAccountBalance",
        "GetAccountBalance",
        "☃".encode().decode("latin-1"),
    ],
)
def test_an_unknown_operation(key, target):
    assert error(raw(key, b"{}", target=target))["__type"] == "UnknownOperationException"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b'{"MaxResults": NaN}',
        b'{"MaxResults": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"MaxResults": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    ],
)
def test_a_malformed_body(key, body):
    assert error(raw(key, body, operation="ListHITs"))["__type"] in {
        "SerializationException",
        "ParameterValidationError",
    }


def test_an_empty_body_is_no_members(key):
    assert raw(key, b"").status_code == 200


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListHITs", {"MaxResults": "5"}),
        ("ListHITs", {"MaxResults": 5.0}),
        ("ListHITs", {"MaxResults": True}),
        ("GetHIT", {"HITId": 5}),
        ("GetHIT", {"HITId": ["A"]}),
        ("ApproveAssignment", {"AssignmentId": "A", "OverrideRejection": 1}),
        ("ListAssignmentsForHIT", {"HITId": "A", "AssignmentStatuses": "Submitted"}),
        ("ListAssignmentsForHIT", {"HITId": "A", "AssignmentStatuses": [None]}),
        ("UpdateExpirationForHIT", {"HITId": "A", "ExpireAt": "2027-01-01"}),
        ("UpdateExpirationForHIT", {"HITId": "A", "ExpireAt": True}),
    ],
)
def test_a_member_of_another_type(key, operation, body):
    answer = error(raw(key, json.dumps(body).encode(), operation=operation))
    assert answer["__type"] == "SerializationException"


@pytest.mark.parametrize(
    "moment", ["1e300", "-1e300", "1e999", "99999999999999999999", "-62135596801"]
)
def test_a_time_that_is_none(key, moment):
    body = f'{{"HITId": "A", "ExpireAt": {moment}}}'.encode()
    answer = error(raw(key, body, operation="UpdateExpirationForHIT"))
    assert answer["__type"] in {"ParameterValidationError", "SerializationException"}
    assert "ExpireAt" in answer["Message"]


@pytest.mark.parametrize(
    ("text", "words"), [("nul \0", "NUL"), ("half \ud800", "surrogate"), ("\udfff", "surrogate")]
)
def test_text_that_is_none(key, text, words):
    body = json.dumps({**TERMS, "Title": text}).encode()
    answer = error(raw(key, body, operation="CreateHITType"))
    assert answer["Parameter"] == "Title"
    assert words in answer["Message"]


def test_missing_members_are_named(key):
    body = json.dumps({**TERMS, "Title": None}).encode()
    answer = error(raw(key, body, operation="CreateHITType"))
    assert answer["TurkErrorCode"] == "AWS.MissingParameters"
    assert answer["Parameter"] == "Title"


def test_members_that_are_null_or_unknown_are_left_out(key):
    body = json.dumps({**TERMS, "Keywords": None, "FromTheFuture": {"a": [1]}}).encode()
    assert raw(key, body, operation="CreateHITType").status_code == 200


def test_a_body_that_is_too_large_is_not_read(key):
    answer = error(raw(key, b'{"Question": "' + b"x" * 2**20 + b'"}'))
    assert answer["__type"] == "RequestEntityTooLargeException"


def test_a_packed_body_is_refused(key):
    answer = error(raw(key, b"{}", headers={"Content-Encoding": "gzip"}))
    assert answer["__type"] == "SerializationException"


def test_all_operations_of_the_model_are_there():
    assert operations
    assert sorted(OPERATIONS) == sorted(shapes.service().operation_names)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@st.composite
def _bodies(draw):
    """An operation, and a body with some of its members, of any type."""
    name = draw(st.sampled_from(sorted(shapes.service().operation_names)))
    shape = shapes.operation_model(name).input_shape
    members = sorted(shape.members) or ["None"]
    return name, draw(st.dictionaries(st.sampled_from(members), _JSON) | _JSON)


@given(_bodies())
def test_any_body_is_taken_or_refused_and_never_fails(drawn):
    name, body = drawn
    with suppress(Fault):
        assert isinstance(shapes.given(name, body), dict)


def test_errors_say_when(mturk, clock):
    response = refused(
        lambda: mturk.get_hit(HITId="3X"), "RequestError", "Hit 3X does not exist. (1772442000000)"
    )
    assert response == {
        "__type": "RequestError",
        "Message": "Hit 3X does not exist. (1772442000000)",
        "TurkErrorCode": "AWS.MechanicalTurk.HITDoesNotExist",
    }


def test_a_defect_is_never_a_page(key, client, monkeypatch):
    monkeypatch.setattr("mturk.dispatch.operation_of", lambda _target: 1 / 0)
    client = wire.a_client(key)
    with pytest.raises(ClientError) as caught:
        client.get_account_balance()
    assert caught.value.response["Error"]["Code"] == "ServiceFault"


def test_no_session_and_no_page_is_made_for_a_call(mturk, django_assert_max_num_queries):
    mturk.get_account_balance()
    with django_assert_max_num_queries(4):
        mturk.get_account_balance()
    assert "Set-Cookie" not in Client().post("/", headers={"X-Amz-Target": "x"}).headers
