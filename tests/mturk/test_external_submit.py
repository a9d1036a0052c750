"""POST /mturk/externalSubmit: what a task's form sends, and what it is answered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from mturk import external_submit
from tasks.models import Attachment
from tasks.questions.layout import PREVIEW_ASSIGNMENT
from tests import world

pytestmark = pytest.mark.django_db

URL = "/mturk/externalSubmit"


@pytest.fixture
def assignment(clock):
    """Accepted, ten minutes allotted."""
    return world.accepted(world.a_worker(), world.a_batch(world.a_lab()))


def post(data, **extra):
    """From inside the frame: no cookie, no token, an origin of nobody's."""
    return Client(enforce_csrf_checks=True).post(URL, data, headers={"origin": "null"}, **extra)


def answer_of(assignment):
    """What is stored."""
    assignment.refresh_from_db()
    return assignment.answer


def test_every_field_but_our_own_is_the_answer(assignment):
    response = post(
        {
            "assignmentId": assignment.public_id,
            "hitId": "3HIT",
            "turkSubmitTo": "https://www.mturk.com",
            "workerId": "AWORKER",
            "csrf": "t",
            "csrfmiddlewaretoken": "t",
            "label": "cat",
            "empty": "",
            "Ümläut": "日本語",
        }
    )
    assert response.status_code == 200
    assert answer_of(assignment) == {"label": "cat", "empty": "", "Ümläut": "日本語"}


def test_a_field_that_comes_more_than_once_is_a_list_in_order(assignment):
    post({"assignmentId": assignment.public_id, "boxes": ["b", "a", "b"], "one": ["x"]})
    assert answer_of(assignment) == {"boxes": ["b", "a", "b"], "one": "x"}


def test_an_empty_hidden_field_beside_the_filled_one_does_no_harm(assignment):
    assert post({"assignmentId": [assignment.public_id, ""], "a": "1"}).status_code == 200
    assert answer_of(assignment) == {"a": "1"}


def test_forms_of_either_encoding_are_read(assignment):
    body = f"assignmentId={assignment.public_id}&a=1"
    response = Client().post(URL, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert answer_of(assignment) == {"a": "1"}


def test_a_submission_from_a_preview_is_told_to_accept_first():
    response = post({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", "a": "1"})
    assert response.status_code == 400
    assert "Accept the HIT first" in response.content.decode()


@pytest.mark.parametrize("data", [{}, {"a": "1"}, {"assignmentId": ""}])
def test_a_form_that_does_not_say_which_assignment_is_told_whose_fault_it_is(data):
    response = post(data)
    assert response.status_code == 400
    assert "its requester has to mend it" in response.content.decode()


def test_a_suspended_person_s_answer_is_not_taken_and_they_are_told_why(assignment, clock):
    user = assignment.worker.user
    user.suspended_at, user.suspended_reason = clock.now, "Two accounts."
    user.save()
    response = post({"assignmentId": assignment.public_id, "a": "1"})
    assert response.status_code == 403
    assert "Two accounts." in response.content.decode()
    assert answer_of(assignment) is None


def test_what_was_submitted_before_a_suspension_stays_submitted(assignment, clock):
    post({"assignmentId": assignment.public_id, "a": "1"})
    user = assignment.worker.user
    user.suspended_at, user.suspended_reason = clock.now, "Two accounts."
    user.save()
    assert post({"assignmentId": assignment.public_id, "a": "2"}).status_code == 200
    assert answer_of(assignment) == {"a": "1"}


@pytest.mark.parametrize("wrong", ["3NOSUCHASSIGNMENT", "'; DROP TABLE x; --", "\0", "x" * 5000])
def test_an_unknown_assignment_is_a_404_in_the_frame(wrong):
    response = post({"assignmentId": wrong, "a": "1"})
    assert response.status_code == 404
    assert "There is no such assignment." in response.content.decode()


def test_a_get_is_refused_with_a_sentence(assignment):
    response = Client().get(URL, {"assignmentId": assignment.public_id, "a": "1"})
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "by POST" in response.content.decode()
    assert answer_of(assignment) is None


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused_too(method):
    assert getattr(Client(), method)(URL).status_code == 405


def test_a_task_s_page_can_ask_whether_anybody_is_there():
    assert Client().head(URL).status_code == 204


def test_a_file_that_comes_with_the_form_is_kept_and_the_answer_holds_its_key(assignment):
    file = SimpleUploadedFile("a.txt", b"x")
    response = post({"assignmentId": assignment.public_id, "note": "ok", "upload": file})
    assert response.status_code == 200
    kept = assignment.files.get()
    assert answer_of(assignment) == {"note": "ok", "upload": kept.key}
    assert (kept.field, kept.name, kept.media_type) == ("upload", "a.txt", "text/plain")


def test_a_refused_file_says_why_and_loses_no_other_answer(assignment):
    good, bad = SimpleUploadedFile("a.txt", b"x"), SimpleUploadedFile("b.jpg", b"<html>")
    fields = {"assignmentId": assignment.public_id, "note": ["<b>", "two"]}
    response = post(fields | {"first": good, "second": bad})
    assert response.status_code == 422
    assert answer_of(assignment) is None
    again = html.fromstring(response.text)
    assert "“b.jpg” is a web page" in again.text_content()
    hidden = [(e.get("name"), e.get("value")) for e in again.xpath("//input[@type='hidden']")]
    key = assignment.files.get().key
    assert hidden == [
        ("assignmentId", assignment.public_id),
        *(("note", "<b>"), ("note", "two"), ("first", key)),
    ]
    assert [e.get("name") for e in again.xpath("//input[@type='file']")] == ["second"]
    assert again.xpath("//form")[0].get("enctype") == "multipart/form-data"
    post({"assignmentId": assignment.public_id, "note": ["<b>", "two"], "first": key})
    assert answer_of(assignment) == {"note": ["<b>", "two"], "first": key}


def test_no_file_is_kept_for_a_preview_or_for_work_that_is_over(assignment):
    for assignment_id, words in (
        (PREVIEW_ASSIGNMENT, "This is a preview"),
        ("3" + "A" * 29, "no such assignment"),
    ):
        file = SimpleUploadedFile("a.txt", b"x")
        assert words in post({"assignmentId": assignment_id, "upload": file}).text
    post({"assignmentId": assignment.public_id, "a": "1"})
    again = post({"assignmentId": assignment.public_id, "u": SimpleUploadedFile("a.txt", b"x")})
    assert "taken already" in again.text
    assert not Attachment.objects.exists()


def test_an_answer_above_the_limit_is_refused_and_one_below_it_taken(assignment):
    too_large = post({"assignmentId": assignment.public_id, "a": "x" * (256 * 1024)})
    assert too_large.status_code == 400
    assert "Shorten it" in too_large.content.decode()
    enormous = post({"assignmentId": assignment.public_id, "a": "x" * (2**20)})
    assert enormous.status_code == 400
    assert answer_of(assignment) is None
    assert post({"assignmentId": assignment.public_id, "a": "x" * 200_000}).status_code == 200


def test_too_many_fields_are_refused_however_many(assignment):
    for count in (1001, 6000):
        fields = {f"f{number}": "x" for number in range(count)}
        response = post({"assignmentId": assignment.public_id, **fields})
        assert response.status_code == 400
    assert answer_of(assignment) is None


def test_a_body_that_is_no_form_is_a_sentence():
    response = Client().post(URL, b"--x\r\nbroken", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
    response = Client().post(URL, '{"a": 1}', content_type="application/json")
    assert response.status_code == 400


def test_the_answer_page_is_sandboxed_tells_its_parent_by_our_script_and_sets_no_cookie(
    assignment,
):
    response = post({"assignmentId": assignment.public_id, "a": "1"})
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src http://testserver;" in policy
    assert "sandbox allow-scripts" in policy
    assert "frame-ancestors http://testserver" in policy
    assert "X-Frame-Options" not in response
    assert not response.cookies
    assert 'src="http://testserver/static/submitted.js"' in response.content.decode()


def test_what_was_not_taken_goes_into_no_sentence_as_html():
    response = post({"assignmentId": "<script>alert(1)</script>"})
    assert "<script>alert" not in response.content.decode()


def test_a_member_of_the_requester_gets_no_more_than_anybody(assignment):
    client = Client()
    client.force_login(
        world.a_user("m@x.test"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.post(URL, {"assignmentId": assignment.public_id, "a": "1"}).status_code == 200


def test_a_form_that_sends_itself_is_slowed_down(assignment, monkeypatch, clock):
    monkeypatch.setattr(external_submit, "PER_MINUTE_OF_ONE", 2)
    other = world.accepted(world.a_worker("otto"), assignment.hit.batch)
    sent = [post({"assignmentId": assignment.public_id, "a": str(n)}) for n in range(3)]
    assert [response.status_code for response in sent] == [200, 200, 429]
    assert sent[2]["Retry-After"] == "60"
    assert "Nothing is lost" in sent[2].content.decode()
    assert answer_of(assignment) == {"a": "0"}
    assert post({"assignmentId": other.public_id, "a": "1"}).status_code == 200
    clock.forward(minutes=1)
    assert post({"assignmentId": assignment.public_id, "a": "1"}).status_code == 200


def test_guesses_from_one_address_are_counted(assignment, monkeypatch, clock):
    monkeypatch.setattr(external_submit, "PER_MINUTE", 2)
    for guess in ("3GUESS1", "3GUESS2"):
        assert post({"assignmentId": guess}).status_code == 404
    mine = {"assignmentId": assignment.public_id, "a": "1"}
    assert post(mine).status_code == 429
    assert answer_of(assignment) is None
    assert post(mine, REMOTE_ADDR="198.51.100.7").status_code == 200
