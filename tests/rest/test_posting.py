"""The requester's side: projects, batches, HITs."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace import clock as now_clock
from payments import audit
from payments.queries import requester_balance
from tasks import jobs
from tasks.models import HIT, Batch, HITType, Project, Question
from tests import world
from tests.rest.cast import client_for, member_client, problem

pytestmark = pytest.mark.django_db

SOON = (now_clock.now() + timedelta(days=2)).isoformat()

PROJECT = {
    "name": "Entailment",
    "title": "Does it follow?",
    "description": "Read and choose.",
    "reward_cents": 10,
    "max_assignments": 2,
    "layout": '<p>${text}</p><input name="answer">',
}


def upload(client, project, body=b"text\none\ntwo\n", **more):
    return client.post(
        f"/api/v1/projects/{project}/batches", data=body, content_type="text/csv", **more
    )


def test_a_project_is_made_changed_and_archived(owner):
    made = owner.post("/api/v1/projects", PROJECT)
    assert made.status_code == 201
    address = f"/api/v1/projects/{made.json()['id']}"
    changed = owner.patch(address, {"reward_cents": 25}).json()
    assert (changed["reward_cents"], changed["title"]) == (25, "Does it follow?")
    assert owner.get(address).json() == changed
    assert owner.post(f"{address}/archive").json()["archived_at"] is not None
    assert owner.get("/api/v1/projects").json()["results"] == []


def test_every_wrong_field_of_a_project_is_named(owner):
    body = problem(
        owner.post("/api/v1/projects", {"name": "x", "reward_cents": -1, "layout": 5 * [1]}),
        400,
        "invalid_input",
    )
    assert {"title", "description", "reward_cents", "layout"} <= {
        error["field"] for error in body["errors"]
    }


def test_a_project_is_started_from_a_template_and_differs_where_it_says_so(owner):
    listed = {one["id"]: one for one in owner.get("/api/v1/templates").json()["results"]}
    assert listed["boxes"]["rows"][0]["image_url"].startswith("http://testserver/static/gallery/")

    made = owner.post("/api/v1/projects", {"template": "boxes", "reward_cents": 40})
    assert made.status_code == 201
    body = made.json()
    assert (body["template"], body["reward_cents"], body["language"]) == ("boxes", 40, "liquid")
    assert body["name"] == listed["boxes"]["name"]
    assert "crowd-bounding-box" in body["layout"]

    unknown = problem(owner.post("/api/v1/projects", {"template": "no"}), 400, "invalid_input")
    assert "template" in {error["field"] for error in unknown["errors"]}
    assert Project.objects.count() == 1


def test_a_rule_names_its_field_too(owner):
    body = problem(
        owner.post("/api/v1/projects", PROJECT | {"assignment_seconds": 5}), 400, "invalid_input"
    )
    assert body["field"] == "assignment_seconds"


def test_requirements_are_kept_in_the_mturk_apis_shape(owner):
    wanted = [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "EqualTo",
            "LocaleValues": [{"Country": "US"}],
            "ActionsGuarded": "Accept",
        }
    ]
    made = owner.post("/api/v1/projects", PROJECT | {"requirements": wanted})
    assert made.json()["requirements"] == wanted
    wrong = owner.post(
        "/api/v1/projects",
        PROJECT | {"requirements": [wanted[0] | {"LocaleValues": [{"Country": "nowhere"}]}]},
    )
    assert problem(wrong, 400, "invalid_input")["field"].startswith("requirements.0.LocaleValues")


def test_a_batch_goes_from_file_to_hits(owner, lab):
    project = owner.post("/api/v1/projects", PROJECT).json()["id"]
    made = upload(owner, project)
    assert made.status_code == 201, made.content
    assert made.json()["status"] == "checking"
    address = f"/api/v1/batches/{made.json()['id']}"
    jobs.publish_batches()
    batch = owner.get(address).json()
    assert (batch["status"], batch["rows"], batch["columns"]) == ("checked", 2, ["text"])
    assert batch["cost"] == {"reward_cents": 40, "fee_cents": 0, "total_cents": 40}

    published = owner.post(f"{address}/publish", {"confirmed_cents": 40})
    assert published.status_code == 202
    jobs.publish_batches()
    batch = owner.get(address).json()
    assert (batch["status"], batch["hits"], batch["open_slots"]) == ("published", 2, 4)
    assert batch["cost"] is None
    hits = owner.get(f"{address}/hits").json()["results"]
    assert [hit["inputs"] for hit in hits] == [{"text": "one"}, {"text": "two"}]
    assert hits[0]["group_id"] == batch["group_id"]
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 40


def test_a_form_uploads_as_well(owner, lab):
    project = world.a_project(lab)
    file = SimpleUploadedFile("my.csv", b"text\none\n")
    made = owner.post(
        f"/api/v1/projects/{project.public_id}/batches",
        {"file": file, "name": "Monday"},
        format="multipart",
    )
    assert made.status_code == 201, made.content
    assert made.json()["name"] == "Monday"


def test_a_file_with_problems_says_where_they_are(owner, lab):
    made = upload(owner, world.a_project(lab).public_id, b"text\none,two\n")
    jobs.publish_batches()
    batch = owner.get(f"/api/v1/batches/{made.json()['id']}").json()
    assert batch["status"] == "refused"
    assert batch["problems"][0]["row"] == 2
    refused = owner.post(f"/api/v1/batches/{batch['id']}/publish", {"confirmed_cents": 0})
    problem(refused, 409, "wrong_state")


def test_nothing_uploaded_is_refused(owner, lab):
    project = world.a_project(lab).public_id
    problem(upload(owner, project, b""), 400, "invalid_input")
    address = f"/api/v1/projects/{project}/batches"
    problem(owner.post(address, {"file": "text"}, format="multipart"), 400, "invalid_input")
    problem(owner.post(address, {"rows": []}, format="json"), 415, "unsupported_media_type")


def test_a_file_over_the_limit_is_refused(owner, lab, settings):
    settings.MANYHANDS_MAX_UPLOAD_BYTES = 10
    body = problem(
        upload(owner, world.a_project(lab).public_id, b"text\n" + b"x" * 100), 400, "invalid_input"
    )
    assert body["field"] == "file"
    assert not Batch.objects.exists()


def test_a_batch_beyond_the_balance_says_what_is_missing(db):
    poor = world.a_lab(cents=1_00)
    client = client_for(poor.user, poor.by)
    batch = world.an_upload(poor, world.a_project(poor, reward_cents=100), ["one"])
    body = problem(
        client.post(f"/api/v1/batches/{batch.pk}/publish", {"confirmed_cents": 200}),
        402,
        "insufficient_funds",
    )
    assert body["missing_cents"] == 100
    assert not HIT.objects.exists()


def test_a_cost_that_was_not_confirmed_is_not_spent(owner, lab):
    batch = world.an_upload(lab, world.a_project(lab), ["one"])
    address = f"/api/v1/batches/{batch.pk}/publish"
    problem(owner.post(address, {"confirmed_cents": 1}), 409, "wrong_state")
    problem(owner.post(address, {}), 400, "invalid_input")


def test_a_cancelled_batch_gives_its_money_back(owner, lab):
    batch = world.a_batch(lab, rows=2)
    answer = owner.post(f"/api/v1/batches/{batch.pk}/cancel")
    assert answer.json()["status"] == "cancelled"
    jobs.expire_hits()
    assert requester_balance(lab.requester.public_id, "USD") == 100_00
    assert list(audit.differences()) == []


def test_a_batch_is_extended(owner, lab):
    batch = world.a_batch(lab, rows=2)
    answer = owner.post(f"/api/v1/batches/{batch.pk}/extend", {"extra_assignments": 3})
    assert answer.status_code == 202
    jobs.publish_batches()
    assert owner.get(f"/api/v1/batches/{batch.pk}").json()["open_slots"] == 10
    problem(owner.post(f"/api/v1/batches/{batch.pk}/extend", {}), 400, "invalid_input")


def test_results_come_as_a_csv_file(owner, lab, worker):
    batch = world.a_batch(lab, rows=1)
    world.submitted(worker, batch, {"answer": "yes"})
    whole = owner.get(f"/api/v1/batches/{batch.pk}").json()
    response = owner.get(whole["results_url"])
    header, row = b"".join(response.streaming_content).decode().splitlines()
    assert response["Content-Type"].startswith("text/csv")
    assert header.startswith("HITId")
    assert "Answer.answer" in header
    assert worker.public_id in row


def test_a_single_hit_is_made_and_paid_into_escrow(owner, lab):
    project = world.a_project(lab, reward_cents=10, max_assignments=2).public_id
    made = owner.post(
        f"/api/v1/projects/{project}/hits", {"inputs": {"text": "one"}, "annotation": "mine"}
    )
    assert made.status_code == 201, made.content
    hit = made.json()
    assert (hit["open_slots"], hit["annotation"], hit["inputs"]) == (2, "mine", {"text": "one"})
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 20
    assert owner.get(f"/api/v1/hits/{hit['id']}").json() == hit
    listed = owner.get("/api/v1/hits", {"group": hit["group_id"]}).json()["results"]
    assert [other["id"] for other in listed] == [hit["id"]]


def test_a_hit_is_given_more_assignments_less_time_and_deleted(owner, lab):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    address = f"/api/v1/hits/{batch.all_hits.get().public_id}"
    assert owner.post(f"{address}/add-assignments", {"extra": 2}).json()["open_slots"] == 3
    problem(owner.delete(address), 409, "wrong_state")
    past = (now_clock.now() - timedelta(days=1)).isoformat()
    closed = owner.post(f"{address}/expiration", {"expires_at": past}).json()
    assert (closed["open_slots"], closed["status"]) == (0, "Reviewable")
    assert owner.delete(address).status_code == 204
    assert owner.get(address).json()["status"] == "Disposed"
    assert requester_balance(lab.requester.public_id, "USD") == 100_00


def test_somebody_elses_things_do_not_exist(lab, owner):
    batch = world.a_batch(lab, rows=1)
    hit = batch.all_hits.get().public_id
    other = world.a_lab("Other Lab")
    stranger = client_for(other.user, other.by)
    for address in (
        f"projects/{batch.project.public_id}",
        f"batches/{batch.pk}",
        f"batches/{batch.pk}/hits",
        f"batches/{batch.pk}/assignments",
        f"batches/{batch.pk}/results.csv",
        f"hits/{hit}",
        f"hits/{hit}/assignments",
    ):
        assert owner.get(f"/api/v1/{address}").status_code == 200, address
        problem(stranger.get(f"/api/v1/{address}"), 404, "not_found")
    for address, body in (
        (f"projects/{batch.project.public_id}/archive", None),
        (f"projects/{batch.project.public_id}/hits", {}),
        (f"batches/{batch.pk}/cancel", None),
        (f"batches/{batch.pk}/publish", {"confirmed_cents": 60}),
        (f"batches/{batch.pk}/extend", {"extra_assignments": 1}),
        (f"hits/{hit}/expiration", {"expires_at": SOON}),
        (f"hits/{hit}/add-assignments", {"extra": 1}),
    ):
        problem(stranger.post(f"/api/v1/{address}", body), 404, "not_found")
    problem(stranger.delete(f"/api/v1/hits/{hit}"), 404, "not_found")
    assert stranger.get("/api/v1/hits", {"group": batch.hit_type.public_id}).json() == {
        "results": [],
        "next": None,
    }


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_below_manager_work_is_seen_and_not_posted(lab, role):
    client = member_client(lab, role)
    batch = world.a_batch(lab, rows=1)
    hit = batch.all_hits.get().public_id
    world.a_project(lab, title="Never posted", layout="<p>Never posted</p>")
    never = Project.objects.get(title="Never posted").public_id
    assert client.get(f"/api/v1/batches/{batch.pk}").status_code == 200
    for address, body in (
        ("projects", PROJECT),
        (f"projects/{batch.project.public_id}/archive", None),
        (f"projects/{never}/hits", {}),
        (f"batches/{batch.pk}/cancel", None),
        (f"batches/{batch.pk}/extend", {"extra_assignments": 1}),
        (f"hits/{hit}/add-assignments", {"extra": 1}),
        (f"hits/{hit}/expiration", {"expires_at": SOON}),
        ("deposits", {"amount_cents": 500}),
    ):
        problem(client.post(f"/api/v1/{address}", body), 403, "not_allowed")
    problem(upload(client, batch.project.public_id), 403, "not_allowed")
    assert Project.objects.count() == 2
    assert not HITType.objects.filter(title="Never posted").exists()
    assert not Question.objects.filter(content="<p>Never posted</p>").exists()


def test_sandbox_and_live_are_listed_apart(owner, lab):
    world.a_project(lab)
    owner.post("/api/v1/projects", PROJECT | {"sandbox": True})
    live = owner.get("/api/v1/projects").json()["results"]
    sandbox = owner.get("/api/v1/projects", {"sandbox": "true"}).json()["results"]
    assert [project["sandbox"] for project in live] == [False]
    assert [project["sandbox"] for project in sandbox] == [True]
    problem(owner.get("/api/v1/projects", {"sandbox": "perhaps"}), 400, "invalid_input")
