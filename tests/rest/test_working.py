"""The worker's side: find, accept, submit, return, and what it came to."""

import pytest

from tasks import jobs
from tasks.actions.decide import approve_assignments
from tasks.models import Assignment
from tests import world
from tests.rest.cast import problem, worker_client

pytestmark = pytest.mark.django_db


def groups(client, **parameters):
    jobs.fold_tallies()
    return client.get("/api/v1/groups", parameters).json()["results"]


def taken(client, batch):
    response = client.post(f"/api/v1/groups/{batch.hit_type.public_id}/accept")
    assert response.status_code == 201, response.content
    return response.json()


def submit(client, assignment, answer=None):
    body = {"answer": {"answer": "yes"} if answer is None else answer}
    return client.post(f"/api/v1/my/assignments/{assignment}/submit", body)


def test_work_is_found_accepted_submitted_and_seen(lab, worker, hands):
    batch = world.a_batch(lab, rows=2, reward_cents=10)
    (group,) = groups(hands)
    assert (group["reward_cents"], group["hits_available"]) == (10, 2)
    assert group["requester"]["name"] == "Vision Lab"
    assert group["qualified"] is True
    assert hands.get(f"/api/v1/groups/{group['id']}").json() == group

    assignment = taken(hands, batch)
    (queued,) = hands.get("/api/v1/my/queue").json()["results"]
    assert queued["id"] == assignment["id"]
    mine = hands.get(f"/api/v1/my/assignments/{assignment['id']}").json()
    assert mine["inputs"]["text"].startswith("row ")
    assert f"assignmentId={assignment['id']}" in mine["task_url"]
    assert mine["deadline_at"] == assignment["deadline_at"]

    done = submit(hands, assignment["id"])
    assert done.status_code == 200
    assert done.json()["is_repeat"] is False
    assert hands.get("/api/v1/my/queue").json()["results"] == []
    mine = hands.get(f"/api/v1/my/assignments/{assignment['id']}").json()
    assert (mine["status"], mine["answer"], mine["task_url"]) == (
        "Submitted",
        {"answer": "yes"},
        None,
    )
    assert hands.get("/api/v1/my/dashboard").json()["totals"]["pending_cents"] == 10


def test_what_accepting_and_submitting_answer_is_what_the_schema_says(lab, hands):
    from tasks.rest.work_shapes import AcceptedOut, SubmittedOut

    accepted = taken(hands, world.a_batch(lab, rows=1))
    assert accepted.keys() == AcceptedOut().fields.keys()
    assert submit(hands, accepted["id"]).json().keys() == SubmittedOut().fields.keys()


def test_submitting_twice_keeps_the_first_answer(lab, hands):
    assignment = taken(hands, world.a_batch(lab, rows=1))["id"]
    first = submit(hands, assignment, {"answer": "first"}).json()
    second = submit(hands, assignment, {"answer": "second"})
    assert second.status_code == 200
    assert second.json() == first | {"is_repeat": True}
    assert Assignment.objects.get().answer == {"answer": "first"}


def test_a_late_answer_is_told_so(lab, hands, clock):
    assignment = taken(hands, world.a_batch(lab, rows=1, assignment_seconds=60))["id"]
    clock.forward(minutes=5)
    problem(submit(hands, assignment), 409, "too_late")


def test_a_hit_is_given_back(lab, hands):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    assignment = taken(hands, batch)["id"]
    address = f"/api/v1/my/assignments/{assignment}/return"
    assert hands.post(address).json()["status"] == "Returned"
    assert hands.post(address).json()["status"] == "Returned"
    problem(submit(hands, assignment), 409, "wrong_state")
    assert batch.all_hits.get().open_slots == 1


def test_the_last_place_goes_to_one(lab, hands):
    batch = world.a_batch(lab, rows=1, max_assignments=1)
    hit = batch.all_hits.get().public_id
    other = worker_client(world.a_worker("walt"))
    assert hands.post(f"/api/v1/hits/{hit}/accept").status_code == 201
    problem(other.post(f"/api/v1/hits/{hit}/accept"), 409, "hit_taken")
    problem(hands.post(f"/api/v1/hits/{hit}/accept"), 409, "already_done")
    address = f"/api/v1/groups/{batch.hit_type.public_id}/accept"
    problem(other.post(address), 409, "no_more_work")


def test_the_queue_has_a_limit(lab, hands, settings):
    settings.MANYHANDS_QUEUE_LIMIT = 1
    batch = world.a_batch(lab, rows=3)
    taken(hands, batch)
    address = f"/api/v1/groups/{batch.hit_type.public_id}/accept"
    problem(hands.post(address), 429, "queue_full")


def test_unmet_requirements_are_named(lab, hands):
    from workers.eligibility import LOCALE

    requirement = {
        "QualificationTypeId": LOCALE,
        "Comparator": "EqualTo",
        "LocaleValues": [{"Country": "DE"}],
    }
    batch = world.a_batch(lab, rows=1, requirements=[requirement])
    address = f"/api/v1/groups/{batch.hit_type.public_id}"
    body = problem(hands.post(f"{address}/accept"), 403, "not_eligible")
    assert body["unmet"] == ["Location is DE"]
    assert hands.get(address).json()["qualified"] is False
    assert len(groups(hands)) == 1
    assert groups(hands, qualified="true") == []


def test_somebody_elses_assignment_does_not_exist(lab, hands):
    assignment = taken(hands, world.a_batch(lab, rows=1))["id"]
    other = worker_client(world.a_worker("walt"))
    problem(other.get(f"/api/v1/my/assignments/{assignment}"), 404, "not_found")
    problem(submit(other, assignment), 404, "not_found")
    problem(other.post(f"/api/v1/my/assignments/{assignment}/return"), 404, "not_found")
    assert submit(hands, assignment).status_code == 200


def test_sandbox_work_is_seen_in_the_sandbox_only(lab, hands):
    world.deposit(lab, 100_00, "XTS")
    world.a_batch(lab, rows=1, title="Live work")
    batch = world.a_batch(lab, rows=1, project=world.a_project(lab, is_sandbox=True))
    assert [group["title"] for group in groups(hands)] == ["Live work"]
    (sandbox,) = groups(hands, sandbox="true")
    assert sandbox["id"] == batch.hit_type.public_id
    problem(hands.get(f"/api/v1/groups/{sandbox['id']}"), 404, "not_found")
    taken(hands, batch)
    assert hands.get("/api/v1/my/queue").json()["results"] == []
    assert len(hands.get("/api/v1/my/queue", {"sandbox": "true"}).json()["results"]) == 1


@pytest.mark.parametrize("sort", ["newest", "reward", "pay", "hits"])
def test_groups_page_by_key_in_every_order(lab, hands, sort):
    for number in range(5):
        world.a_batch(lab, rows=1, title=f"Work {number}", reward_cents=10 + number % 2)
    jobs.fold_tallies()
    whole = [group["id"] for group in groups(hands, sort=sort)]
    address, walked = f"/api/v1/groups?sort={sort}&limit=2", []
    while address:
        page = hands.get(address).json()
        walked += [group["id"] for group in page["results"]]
        address = page["next"]
    assert walked == whole
    assert len(walked) == 5


def test_groups_are_found_by_words_and_reward(lab, hands):
    world.a_batch(lab, rows=1, title="Draw boxes around cats", reward_cents=50)
    world.a_batch(lab, rows=1, title="Write a sentence", reward_cents=5)
    assert [g["reward_cents"] for g in groups(hands, search="cats")] == [50]
    assert [g["reward_cents"] for g in groups(hands, least_reward_cents=10)] == [50]
    assert groups(hands, least_reward_cents=10**17) == []


def test_earnings_and_payouts(lab, hands, worker):
    batch = world.a_batch(lab, rows=1, reward_cents=250, max_assignments=1)
    assignment = world.submitted(worker, batch)
    approve_assignments(by=lab.by, assignment_ids=[assignment.public_id], at=assignment.accepted_at)
    assert hands.get("/api/v1/my/earnings").json() == {
        "currency": "USD",
        "available_cents": 250,
        "in_payout_cents": 0,
        "paid_cents": 0,
    }
    (line,) = hands.get("/api/v1/my/earnings/statement").json()["results"]
    assert (line["amount_cents"], line["reference"]) == (250, assignment.public_id)

    payout = hands.post("/api/v1/my/payouts", {"amount_cents": 200})
    assert payout.status_code == 201
    problem(hands.post("/api/v1/my/payouts", {"amount_cents": 100}), 409, "wrong_state")
    assert hands.get(f"/api/v1/my/payouts/{payout.json()['id']}").json() == payout.json()
    assert [p["id"] for p in hands.get("/api/v1/my/payouts").json()["results"]] == [
        payout.json()["id"]
    ]
    assert hands.get("/api/v1/my/earnings").json()["in_payout_cents"] == 200
    other = worker_client(world.a_worker("walt"))
    problem(other.get(f"/api/v1/my/payouts/{payout.json()['id']}"), 404, "not_found")
    problem(other.post("/api/v1/my/payouts", {}), 400, "invalid_input")


def test_history_filters_by_status(lab, hands, worker):
    batch = world.a_batch(lab, rows=2)
    world.submitted(worker, batch)
    world.accepted(worker, batch)
    assert len(hands.get("/api/v1/my/assignments").json()["results"]) == 2
    (one,) = hands.get("/api/v1/my/assignments", {"status": "Submitted"}).json()["results"]
    assert one["status"] == "Submitted"
    problem(hands.get("/api/v1/my/assignments", {"status": "Done"}), 400, "invalid_input")


def test_the_worker_sees_the_facts_that_requirements_check(hands, worker):
    assert hands.get("/api/v1/my/profile").json()["id"] == worker.public_id
