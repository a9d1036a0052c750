"""The requester decides: approve, reject, undo, bonus; one or many."""

import pytest

from payments.queries import earnings_of, requester_balance
from tests import world
from tests.rest.cast import client_for, member_client, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(lab):
    return world.a_batch(lab, rows=3, reward_cents=10, max_assignments=1)


@pytest.fixture
def work(batch, worker):
    """Three submissions, by their ids."""
    return [world.submitted(worker, batch).public_id for _ in range(3)]


def test_one_is_approved_and_paid(owner, worker, work):
    answer = owner.post(f"/api/v1/assignments/{work[0]}/approve", {"feedback": "Good."})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["feedback"]) == ("Approved", "Good.")
    assert earnings_of(worker.public_id, "USD").available_cents == 10
    again = owner.post(f"/api/v1/assignments/{work[0]}/approve", {})
    problem(again, 409, "wrong_state")


def test_many_are_approved_and_what_can_not_be_is_named(owner, worker, work):
    owner.post(f"/api/v1/assignments/{work[0]}/approve", {})
    told = owner.post("/api/v1/assignments/approve", {"assignment_ids": [*work, "3NOTTHERE"]})
    assert told.status_code == 200
    assert sorted(told.json()["done"]) == sorted(work[1:])
    refused = {line["id"]: line["code"] for line in told.json()["refused"]}
    assert refused == {work[0]: "wrong_state", "3NOTTHERE": "not_found"}
    assert earnings_of(worker.public_id, "USD").available_cents == 30


def test_rejecting_takes_a_reason(owner, work):
    problem(owner.post(f"/api/v1/assignments/{work[0]}/reject", {}), 400, "invalid_input")
    answer = owner.post(f"/api/v1/assignments/{work[0]}/reject", {"reason": "Blank."})
    assert (answer.json()["status"], answer.json()["feedback"]) == ("Rejected", "Blank.")
    many = {"assignment_ids": work[1:], "reason": "Blank, too."}
    assert len(owner.post("/api/v1/assignments/reject", many).json()["done"]) == 2


def test_a_rejection_is_undone(owner, worker, work):
    owner.post(f"/api/v1/assignments/{work[0]}/reject", {"reason": "Blank."})
    problem(owner.post(f"/api/v1/assignments/{work[0]}/approve", {}), 409, "wrong_state")
    answer = owner.post(f"/api/v1/assignments/{work[0]}/undo-rejection", {})
    assert answer.json()["status"] == "Approved"
    assert earnings_of(worker.public_id, "USD").available_cents == 10


def test_a_rejection_is_final_after_thirty_days(lab, worker, clock):
    batch = world.a_batch(lab, rows=1, auto_approve_seconds=86_400)
    assignment = world.submitted(worker, batch).public_id
    client = client_for(lab.user, lab.by)
    client.post(f"/api/v1/assignments/{assignment}/reject", {"reason": "Blank."})
    clock.forward(days=31)
    answer = client.post(f"/api/v1/assignments/{assignment}/undo-rejection", {})
    problem(answer, 409, "rejection_final")


def test_a_bonus_with_the_same_token_pays_once(owner, lab, worker, work):
    body = {"amount_cents": 50, "reason": "Thorough.", "request_token": "march-1"}
    address = f"/api/v1/assignments/{work[0]}/bonus"
    assert owner.post(address, body).status_code == 201
    repeated = problem(owner.post(address, body), 409, "duplicate_request")
    # The MTurk API's words and codes are its own.
    assert "idempotency" not in repeated["detail"]
    assert not [name for name in repeated if name.startswith("turk")]
    assert earnings_of(worker.public_id, "USD").available_cents == 50
    too_much = body | {"amount_cents": 10**6, "request_token": "march-2"}
    body = problem(owner.post(address, too_much), 402, "insufficient_funds")
    assert body["missing_cents"] == 10**6 - requester_balance(lab.requester.public_id, "USD")


def test_submissions_are_listed_by_batch_hit_and_status(owner, batch, work):
    owner.post(f"/api/v1/assignments/{work[0]}/approve", {})
    address = f"/api/v1/batches/{batch.pk}/assignments"
    everything = owner.get(address).json()["results"]
    assert {line["id"] for line in everything} == set(work)
    assert everything[0]["answer"] == {"answer": "yes"}
    waiting = owner.get(address, {"status": "Submitted"}).json()["results"]
    assert {line["id"] for line in waiting} == set(work[1:])
    problem(owner.get(address, {"status": "Accepted"}), 400, "invalid_input")
    of_hit = owner.get(f"/api/v1/hits/{everything[0]['hit_id']}/assignments").json()["results"]
    assert [line["id"] for line in of_hit] == [everything[0]["id"]]
    assert owner.get(f"/api/v1/assignments/{work[1]}").json()["id"] == work[1]


def test_what_is_still_in_work_is_not_the_requesters_to_see(owner, batch, worker):
    assignment = world.accepted(worker, batch).public_id
    problem(owner.get(f"/api/v1/assignments/{assignment}"), 404, "not_found")
    assert owner.get(f"/api/v1/batches/{batch.pk}/assignments").json()["results"] == []


def test_a_viewer_can_read_and_not_decide(lab, work):
    viewer = member_client(lab, "viewer")
    assert viewer.get(f"/api/v1/assignments/{work[0]}").status_code == 200
    for address, body in (
        (f"{work[0]}/approve", {}),
        (f"{work[0]}/reject", {"reason": "No."}),
        (f"{work[0]}/undo-rejection", {}),
        (f"{work[0]}/bonus", {"amount_cents": 1, "reason": "x"}),
        ("approve", {"assignment_ids": work}),
        ("reject", {"assignment_ids": work, "reason": "No."}),
    ):
        problem(viewer.post(f"/api/v1/assignments/{address}", body), 403, "not_allowed")


def test_a_reviewer_decides_and_pays_no_bonus(lab, work):
    reviewer = member_client(lab, "reviewer")
    assert reviewer.post(f"/api/v1/assignments/{work[0]}/approve", {}).status_code == 200
    bonus = {"amount_cents": 1, "reason": "x"}
    answer = reviewer.post(f"/api/v1/assignments/{work[0]}/bonus", bonus)
    problem(answer, 403, "not_allowed")


def test_another_requester_can_not_decide(work):
    other = world.a_lab("Other Lab")
    stranger = client_for(other.user, other.by)
    problem(stranger.get(f"/api/v1/assignments/{work[0]}"), 404, "not_found")
    problem(stranger.post(f"/api/v1/assignments/{work[0]}/approve", {}), 404, "not_found")
    problem(
        stranger.post(f"/api/v1/assignments/{work[0]}/reject", {"reason": "x"}), 404, "not_found"
    )
    bonus = {"amount_cents": 1, "reason": "x"}
    problem(stranger.post(f"/api/v1/assignments/{work[0]}/bonus", bonus), 404, "not_found")
    told = stranger.post("/api/v1/assignments/approve", {"assignment_ids": work}).json()
    assert told["done"] == []


def test_money_is_seen_deposited_and_accounted_for(owner, lab):
    assert owner.get("/api/v1/balance").json() == {"currency": "USD", "available_cents": 100_00}
    made = owner.post("/api/v1/deposits", {"amount_cents": 500})
    assert made.status_code == 201
    from payments import jobs

    jobs.settle_deposits()
    deposit = owner.get(f"/api/v1/deposits/{made.json()['id']}").json()
    assert deposit["status"] == "settled"
    assert len(owner.get("/api/v1/deposits").json()["results"]) == 2
    lines = owner.get("/api/v1/statement").json()["results"]
    assert [line["amount_cents"] for line in lines] == [500, 100_00]
    assert owner.get("/api/v1/balance", {"sandbox": "true"}).json()["currency"] == "XTS"
    problem(owner.post("/api/v1/deposits", {"amount_cents": 1}), 400, "invalid_input")
    other = world.a_lab("Other Lab")
    stranger = client_for(other.user, other.by)
    problem(stranger.get(f"/api/v1/deposits/{made.json()['id']}"), 404, "not_found")
