"""Files that workers send: bound to the answer, seen by its requester and by nobody else."""

import csv
import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.errors import InvalidInput, LimitReached, NotAllowed, NotFound, WrongState
from marketplace.questionform.errors import UnfitAnswer
from marketplace.questionform.xml import FORM_2005
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.models import Attachment
from tasks.results.writing import lines_of
from tests import world
from tests.questionform import samples as forms
from tests.tasks.files.samples import EXE, HTML, MP3, picture, upload

FORM = forms.form(
    forms.question(
        "photo",
        "<FileUploadAnswer><MaxFileSizeInBytes>1000</MaxFileSizeInBytes>"
        "<MinFileSizeInBytes>60</MinFileSizeInBytes></FileUploadAnswer>",
        required=forms.REQUIRED,
    ),
    forms.question("note", forms.free(), required=forms.REQUIRED),
    namespace=FORM_2005,
)


@pytest.fixture
def form_work(lab):
    """Work in hand on a QuestionForm that asks for a file."""
    from tasks.actions.accept import accept_hit
    from tasks.models import Assignment

    hit = world.a_hit(lab, FORM)
    taken = accept_hit(worker=world.a_worker(), hit_id=hit.public_id, at=clock.now())
    return Assignment.objects.select_related("hit").get(public_id=taken.assignment_id)


def body(response):
    return b"".join(response) if response.streaming else response.content


def test_only_for_work_in_hand(assignment, send, answer, clock):
    with pytest.raises(NotFound):
        send(type(assignment)(public_id="3" + "A" * 29))
    assignment.worker.user.suspended_at = clock.now
    assignment.worker.user.save()
    with pytest.raises(NotAllowed):
        send(assignment)
    assignment.worker.user.suspended_at = None
    assignment.worker.user.save()
    clock.forward(minutes=10, seconds=31)
    with pytest.raises(WrongState, match="not in work any more"):
        send(assignment)
    assert not Attachment.objects.exists()


def test_limits_of_one_answer(assignment, send, settings):
    size = len(picture())
    settings.MANYHANDS_ANSWER_BYTES = 2 * size
    send(assignment, "a.png")
    send(assignment, "b.png")
    with pytest.raises(LimitReached, match="too much for one answer"):
        send(assignment, "c.png")
    settings.MANYHANDS_MAX_FILE_BYTES = size - 1
    with pytest.raises(InvalidInput, match="a file may have"):
        send(assignment, "d.png")
    for content in (HTML, EXE):
        with pytest.raises(InvalidInput, match="which can't be sent"):
            send(assignment, "e.jpg", content[:70])


def test_a_form_says_which_questions_take_files_and_how_large(form_work, send):
    for content, words in ((b"x" * 59, "at least 60"), (b"x" * 1001, "at most 1000")):
        with pytest.raises(InvalidInput, match=words):
            send(form_work, "a.txt", content)
    with pytest.raises(InvalidInput, match="No question “note”"):
        send(form_work, field="note")
    assert send(form_work).field == "photo"


def test_a_form_takes_the_key_of_a_file_that_was_sent_for_it(form_work, send, answer):
    other = world.accepted(world.a_worker("w2"), world.a_batch(world.a_lab("Other"), rows=1))
    foreign = send(other)
    for key, words in (("", "must be answered"), (foreign.key, "did not arrive")):
        with pytest.raises(UnfitAnswer) as refused:
            answer(form_work, photo=key, note="n")
        assert words in str(refused.value)
    file = send(form_work)
    assert answer(form_work, photo=file.key, note="n").answer == {"photo": file.key, "note": "n"}


def test_a_form_shown_again_keeps_the_file_and_says_why_another_was_refused(form_work):
    address = "/mturk/externalSubmit"
    marker = {"assignmentId": form_work.public_id, "manyhands-questionform": "1"}
    client = Client()
    again = client.post(address, {**marker, "q.photo": upload(HTML, "a.jpg"), "q.note": "keep"})
    assert again.status_code == 422
    assert "“a.jpg” is a web page" in again.text
    assert 'value="keep"' in again.text
    again = client.post(address, {**marker, "q.photo": upload(), "q.note": " "})
    file = form_work.files.get()
    assert "cat.png (" in again.text
    assert f'<input type="hidden" name="q.photo" value="{file.key}">' in again.text
    taken = client.post(address, {**marker, "q.photo": file.key, "q.note": "now"})
    assert taken.status_code == 200
    form_work.refresh_from_db()
    assert form_work.answer == {"photo": file.key, "note": "now"}


def test_our_script_sends_files_ahead(assignment):
    page = Client().get(f"/work/frame/{assignment.public_id}/").text
    address = reverse("work:upload", args=[assignment.public_id])
    assert f'data-upload="http://testserver{address}"' in page
    assert 'enctype="multipart/form-data"' in page
    client = Client(enforce_csrf_checks=True)
    asked = client.options(address, headers={"Origin": "null"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    sent = client.post(address, {"field": "photo", "file": upload()}, headers={"Origin": "null"})
    assert sent.status_code == 201
    assert sent["Access-Control-Allow-Origin"] == "*"
    assert sent.json() == {
        "key": assignment.files.get().key,
        "name": "cat.png",
        "size": len(picture()),
    }
    refused = client.post(address, {"field": "photo", "file": upload(HTML, "a.jpg")})
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (400, "*")
    assert "“a.jpg” is a web page" in refused.json()["message"]
    assert "No file came" in client.post(address, {"field": "photo"}).json()["message"]
    nobody = client.post(reverse("work:upload", args=["3" + "A" * 29]), {"file": upload()})
    assert nobody.status_code == 404
    assert client.get(address).status_code == 405


@pytest.fixture
def answered(assignment, send, answer):
    """A worker's answer with two files in one field, and one within a crowd form's JSON."""
    keys = [send(assignment, name).key for name in ("a.png", "b.png")]
    voice = send(assignment, "voice.mp3", MP3, field="voice")
    crowd = json.dumps([{"voice": voice.key}])
    return answer(assignment, photo=keys, taskAnswers=crowd, note="a note")


def test_the_requester_sees_hears_and_downloads_them(answered, lab, client):
    client.force_login(lab.user)
    address = reverse("requester:answer", args=[answered.hit.batch_id, answered.public_id])
    page = client.get(address).text
    assert page.count("a.png</b>") == page.count("b.png</b>") == 1
    first = answered.files.first()
    assert first.key not in page.replace(reverse("requester:attachment", args=[first.key]), "")
    assert page.count('<img src="http://testserver/files/sent/') == 2
    assert page.count('<audio src="http://testserver/files/sent/') == 1
    there = client.get(reverse("requester:attachment", args=[first.key]))
    assert (there.status_code, there["Cache-Control"]) == (302, "no-store")
    assert body(client.get(there["Location"])) == picture()
    table = client.get(reverse("requester:review", args=[answered.hit.batch_id])).text
    assert "a.png|b.png" in table


def test_programs_of_the_requester_get_them_with_the_answer(answered, lab, client, settings):
    settings.MANYHANDS_BASE_URL = "http://testserver"
    token = create_api_token(user=lab.user, acting=lab.by, at=clock.now())[1]
    shown = client.get(
        reverse("api:assignment", args=[answered.public_id]),
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert [(each["field"], each["name"], each["key"]) for each in shown["files"]] == [
        (file.field, file.name, file.key) for file in answered.files.order_by("pk")
    ]
    assert body(client.get(shown["files"][2]["url"])) == MP3


def test_nobody_else_does(answered, client):
    address = reverse("requester:attachment", args=[answered.files.first().key])
    assert client.get(address).status_code == 302  # to sign in
    client.force_login(world.a_lab("Other Lab", cents=0).user)
    assert client.get(address).status_code == 404


def test_a_file_that_no_submitted_answer_holds_is_not_seen(assignment, send, answer, lab, client):
    left = send(assignment)
    client.force_login(lab.user)
    address = reverse("requester:attachment", args=[left.key])
    assert client.get(address).status_code == 404
    answer(assignment, photo="nothing")
    assert client.get(address).status_code == 404


def test_results_hold_addresses_and_an_archive_all_the_files(answered, lab, client, settings):
    settings.MANYHANDS_BASE_URL = "https://work.test"
    batch = answered.hit.batch
    (row,) = csv.DictReader(io.StringIO("".join(lines_of(batch, at=clock.now()))))
    links = [
        f"https://work.test/requester/files/{file.key}/" for file in answered.files.order_by("pk")
    ]
    assert row["Answer.photo"] == "|".join(links[:2])
    assert json.loads(row["Answer.taskAnswers"]) == [{"voice": links[2]}]
    assert row["Answer.note"] == "a note"
    client.force_login(lab.user)
    assert "files.zip" in client.get(reverse("requester:batch", args=[batch.pk])).text
    response = client.get(reverse("requester:batch_files", args=[batch.pk]))
    assert response["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(body(response)))
    assert archive.testzip() is None
    folder = answered.public_id
    assert {name: archive.read(name) for name in archive.namelist()} == {
        f"{folder}/photo/a.png": picture(),
        f"{folder}/photo/b.png": picture(),
        f"{folder}/voice/voice.mp3": MP3,
    }


def test_an_archive_has_each_name_once(assignment, send, answer, lab, client):
    keys = [send(assignment, field=field).key for field in ("../a", "../a", "b/c")]
    answer(assignment, a=keys[:2], b=keys[2])
    client.force_login(lab.user)
    response = client.get(reverse("requester:batch_files", args=[assignment.hit.batch_id]))
    names = zipfile.ZipFile(io.BytesIO(body(response))).namelist()
    folder = assignment.public_id
    assert names == [f"{folder}/{name}" for name in ("_a/cat.png", "_a/2-cat.png", "b_c/cat.png")]


def test_a_batch_without_files_says_nothing_of_them(lab, client):
    batch = world.a_batch(lab, rows=1)
    client.force_login(lab.user)
    assert "files.zip" not in client.get(reverse("requester:batch", args=[batch.pk])).text


def test_the_worker_reads_names_too(answered, client):
    client.force_login(answered.worker.user)
    page = client.get(reverse("work:task", args=[answered.public_id])).text
    assert "a.png, b.png" in page


def test_returned_work_takes_its_files_along(assignment, send, lab, client):
    file = send(assignment)
    return_assignment(worker=assignment.worker, assignment_id=assignment.public_id, at=clock.now())
    with pytest.raises(WrongState):
        submit(assignment_id=assignment.public_id, answer={"photo": file.key}, at=clock.now())
    client.force_login(lab.user)
    assert client.get(reverse("requester:attachment", args=[file.key])).status_code == 404
