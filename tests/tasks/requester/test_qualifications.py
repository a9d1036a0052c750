"""The requester's qualifications on the pages: made, changed, given, decided, deleted."""

import csv

import pytest
from django.test import Client

from tests import world
from tests.questionforms import KEY, OPEN_TEST, TEST
from workers.actions.grant_qualification import grant_qualification, revoke_qualification
from workers.actions.request_qualification import request_qualification, submit_test
from workers.models import Qualification, QualificationRequest, QualificationType

pytestmark = pytest.mark.django_db

SPAN = {
    "retry_delay_seconds_0": "", "retry_delay_seconds_1": "3600",
    "test_seconds_0": "1", "test_seconds_1": "3600",
}  # fmt: skip
NEW = {"name": "Sky", "description": "Looked up.", "status": "Active", "way": "ask", **SPAN}


def text(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def test_a_type_is_made_in_three_ways(owner, page, lab):
    owner.post(page("new_qualification"), NEW)
    owner.post(
        page("new_qualification"), NEW | {"name": "b", "way": "auto", "auto_granted_value": "7"}
    )
    a_test = {"way": "test", "test": TEST, "answer_key": KEY, "retry_delay_seconds_0": "2"}
    owner.post(page("new_qualification"), NEW | a_test | {"name": "c"})
    asked, auto, tested = QualificationType.objects.filter(owner=lab.requester).order_by("pk")
    assert (asked.is_auto_granted, asked.test, asked.retry_delay_seconds) == (False, None, None)
    assert (auto.is_auto_granted, auto.auto_granted_value) == (True, 7)
    assert (tested.test.questions, tested.test.answer_key) == (TEST, KEY)
    assert (tested.test.seconds, tested.retry_delay_seconds) == (3600, 7200)
    listed = text(owner.get(page("qualifications")))
    assert page("qualification", tested.public_id) in listed


def test_a_type_is_made_on_the_side_that_the_page_shows(owner, page, lab):
    lab.user.is_in_sandbox = True
    lab.user.save()
    owner.post(page("new_qualification"), NEW)
    assert QualificationType.objects.get(owner=lab.requester).is_sandbox


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"way": "test"}, "test"),
        ({"way": "test", "test": "<oops"}, "test"),
        ({"way": "test", "test": OPEN_TEST, "answer_key": KEY}, "answer_key"),
        ({"way": "test", "test": TEST, "test_seconds_0": ""}, "test_seconds"),
        ({"name": "Taken"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"auto_granted_value": "9999999999"}, "auto_granted_value"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(owner, page, lab, given, field):
    world.a_qualification(lab, "Taken")
    response = owner.post(page("new_qualification"), NEW | given)
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {field}
    assert "Looked up." in text(response)
    assert QualificationType.objects.filter(owner=lab.requester).count() == 1


def test_a_test_is_previewed_before_it_is_saved(owner, page):
    assert "What colour is the sky" in text(owner.post(page("draft_test"), {"test": TEST}))
    wrong = text(owner.post(page("draft_test"), {"test": "<a>"}))
    assert "error parsing the XML" in wrong


def test_editing_keeps_the_name_and_changes_the_rest(owner, page, lab):
    kind = world.a_qualification(lab, test=TEST, answer_key=KEY, test_seconds=3600)
    version = kind.test_id
    form = owner.get(page("edit_qualification", kind.public_id)).context["form"]
    assert "name" not in form.fields
    assert form["way"].value() == "test"
    data = NEW | {"way": "test", "test": TEST, "answer_key": KEY, "status": "Inactive"}
    owner.post(page("edit_qualification", kind.public_id), data | {"name": "Other"})
    kind.refresh_from_db()
    assert (kind.name, kind.status, kind.description) == (
        "Careful reader", "Inactive", "Looked up.",
    )  # fmt: skip
    assert kind.test_id == version  # the same test is no new version
    response = owner.post(page("edit_qualification", kind.public_id), NEW | {"way": "ask"})
    assert "way" in response.context["form"].errors
    owner.post(page("edit_qualification", kind.public_id), data | {"answer_key": ""})
    kind.refresh_from_db()
    assert kind.test.answer_key == ""


def test_deleting_takes_it_off_the_list(owner, page, lab):
    kind = world.a_qualification(lab)
    assert page("delete_qualification", kind.public_id) in text(
        owner.get(page("qualification", kind.public_id))
    )
    owner.post(page("delete_qualification", kind.public_id))
    assert owner.get(page("qualification", kind.public_id)).status_code == 404
    assert kind.public_id not in text(owner.get(page("qualifications")))


def test_a_value_is_given_changed_and_taken_back(owner, page, lab, worker):
    kind = world.a_qualification(lab)
    give = page("grant", kind.public_id)
    owner.post(give, {"worker_id": f" {worker.public_id.lower()} ", "value": "80"})
    owner.post(give, {"worker_id": worker.public_id, "value": "-5"})
    assert Qualification.objects.get().value == -5
    owner.post(
        page("revoke", kind.public_id), {"worker_id": worker.public_id, "reason": "Guessed."}
    )
    assert Qualification.objects.get().status == "Revoked"
    revoked = text(owner.get(page("qualification", kind.public_id) + "?tab=revoked"))
    assert worker.public_id in revoked
    assert "Guessed." in revoked


@pytest.mark.parametrize("given", [
    {"worker_id": "A1NOBODY", "value": "1"}, {"worker_id": "", "value": "1"},
    {"worker_id": "A\0", "value": "1"}, {"worker_id": "A1NOBODY", "value": "x"},
    {"worker_id": "A1NOBODY", "value": str(2**31)},
])  # fmt: skip
def test_a_value_that_cannot_be_given_is_said_on_the_page(owner, page, lab, given):
    kind = world.a_qualification(lab)
    response = owner.post(page("grant", kind.public_id), given)
    assert response.status_code == 422
    assert response.context["grant"].errors


def asked(lab, worker, clock, **test):
    """A request of the worker's that waits, with an answer where there is a test."""
    kind = world.a_qualification(lab, **test)
    request = request_qualification(
        worker=worker, type_id=kind.public_id, is_sandbox=False, at=clock.now
    )
    if test:
        request = submit_test(
            worker=worker,
            request_id=request.public_id,
            answer={"why": "Because of <Rayleigh>."},
            at=clock.now,
        )
    return request


def test_a_request_is_read_and_granted(owner, page, lab, worker, clock):
    request = asked(lab, worker, clock, test=OPEN_TEST, test_seconds=60)
    assert page("decide_request", request.public_id) in text(
        owner.get(page("qualification", request.type.public_id))
    )
    shown = text(owner.get(page("decide_request", request.public_id)))
    assert "Because of &lt;Rayleigh&gt;." in shown
    owner.post(page("decide_request", request.public_id), {"decision": "accept", "value": "66"})
    assert Qualification.objects.get().value == 66
    again = owner.post(
        page("decide_request", request.public_id), {"decision": "accept", "value": "67"}
    )
    assert again.status_code == 200
    assert Qualification.objects.get().value == 66


def test_a_request_is_declined_with_a_reason(owner, page, lab, worker, clock):
    request = asked(lab, worker, clock)
    owner.post(
        page("decide_request", request.public_id), {"decision": "reject", "reason": "Later."}
    )
    assert QualificationRequest.objects.get().reason == "Later."


def test_a_graded_test_shows_the_words_that_were_chosen(owner, page, lab, worker, clock):
    kind = world.a_qualification(lab, test=TEST, answer_key=KEY, test_seconds=60)
    request = request_qualification(
        worker=worker, type_id=kind.public_id, is_sandbox=False, at=clock.now
    )
    submit_test(
        worker=worker, request_id=request.public_id, answer={"sky": ["green"]}, at=clock.now
    )
    shown = text(owner.get(page("decide_request", request.public_id)))
    assert "Green" in shown
    assert "Granted" in shown


def test_a_viewer_reads_and_changes_nothing(page, lab, worker, clock):
    request = asked(lab, worker, clock)
    user = world.a_user("viewer@lab.test")
    world.a_member(lab.requester, user, "viewer")
    viewer = Client()
    viewer.force_login(user)
    shown = text(viewer.get(page("qualification", request.type.public_id)))
    assert page("grant", request.type.public_id) not in shown
    response = viewer.post(page("decide_request", request.public_id), {"decision": "accept"})
    assert response.status_code == 403


def test_scores_come_as_a_file(owner, page, lab, worker, clock):
    kind = world.a_qualification(lab)
    otto = world.a_worker("otto")
    for each, value in ((worker, 80), (otto, 3)):
        grant_qualification(by=lab.by, kind=kind, worker=each, value=value, at=clock.now)
    revoke_qualification(by=lab.by, kind=kind, worker=otto, at=clock.now)
    response = owner.get(page("scores_csv", kind.public_id))
    rows = list(csv.DictReader(response.getvalue().decode().splitlines()))
    assert [(row["Worker ID"], row["Score"], row["Status"]) for row in rows] == [
        (worker.public_id, "80", "Granted"),
        (otto.public_id, "3", "Revoked"),
    ]
