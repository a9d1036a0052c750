"""Idempotency-Key: asked again, a request is answered as the first time and done once."""

import pytest

from marketplace.models import ClaimedRequest
from payments.models import Deposit, Payout
from tasks.models import HIT, Batch, Bonus
from tests import world
from tests.rest.cast import client_for, problem

pytestmark = pytest.mark.django_db


def keyed(key="k-1"):
    return {"headers": {"Idempotency-Key": key}}


@pytest.fixture
def project(lab):
    return world.a_project(lab)


def test_a_hit_is_published_once(owner, project):
    address, body = f"/api/v1/projects/{project.public_id}/hits", {"inputs": {"text": "☃"}}
    first = owner.post(address, body, **keyed())
    again = owner.post(address, body, **keyed())
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again["Content-Type"] == "application/json"
    assert again["Idempotency-Replayed"] == "true"
    assert HIT.objects.count() == 1
    owner.post(address, body, **keyed("k-2"))
    owner.post(address, body)
    assert HIT.objects.count() == 3


def test_a_key_is_for_one_request(owner, project):
    address = f"/api/v1/projects/{project.public_id}/hits"
    owner.post(address, {"inputs": {"text": "one"}}, **keyed())
    other = owner.post(address, {"inputs": {"text": "two"}}, **keyed())
    problem(other, 409, "idempotency_key_reused")
    assert HIT.objects.count() == 1


def test_a_key_is_ones_own(lab, owner, project):
    other = world.a_lab("Other Lab")
    body = {"amount_cents": 500}
    owner.post("/api/v1/deposits", body, **keyed())
    owner.post("/api/v1/deposits?sandbox=true", body, **keyed())
    client_for(other.user, other.by).post("/api/v1/deposits", body, **keyed())
    before = Deposit.objects.count()
    owner.post("/api/v1/deposits", body, **keyed())
    assert Deposit.objects.count() == before


def test_what_was_refused_may_be_sent_again(owner, lab, project):
    address = f"/api/v1/projects/{project.public_id}/hits"
    body = {"inputs": {"text": "x"}, "max_assignments": 1001}
    problem(owner.post(address, body, **keyed()), 402, "insufficient_funds")
    world.deposit(lab, 100_00)
    assert owner.post(address, body, **keyed()).status_code == 201


def test_a_key_is_forgotten_after_a_day(owner, clock):
    body = {"amount_cents": 500}
    before = Deposit.objects.count()
    owner.post("/api/v1/deposits", body, **keyed())
    clock.forward(hours=24)
    owner.post("/api/v1/deposits", body, **keyed())
    assert Deposit.objects.count() == before + 2


@pytest.mark.parametrize("key", ["", "x" * 201, "ä", "a\tb"])
def test_a_key_is_a_word(owner, key):
    problem(
        owner.post("/api/v1/deposits", {"amount_cents": 500}, **keyed(key)), 400, "invalid_input"
    )
    assert not ClaimedRequest.objects.exists()


def test_batches_are_uploaded_published_and_extended_once(owner, project):
    address = f"/api/v1/projects/{project.public_id}/batches"
    uploads = [
        owner.post(address, data=b"text\none\n", content_type="text/csv", **keyed())
        for _time in range(2)
    ]
    assert Batch.objects.count() == 1
    assert uploads[0].json() == uploads[1].json()
    from tasks import jobs

    jobs.publish_batches()
    batch = f"/api/v1/batches/{uploads[0].json()['id']}"
    cents = {"confirmed_cents": owner.get(batch).json()["cost"]["total_cents"]}
    for _time in range(2):
        assert owner.post(f"{batch}/publish", cents, **keyed()).status_code == 202
    jobs.publish_batches()
    for _time in range(2):
        more = owner.post(f"{batch}/extend", {"extra_assignments": 1}, **keyed())
        assert more.status_code == 202
    jobs.publish_batches()
    assert HIT.objects.get().max_assignments == project.max_assignments + 1


def test_bonuses_and_payouts_are_paid_once(owner, lab, worker, hands):
    assignment = world.submitted(worker, world.a_batch(lab)).public_id
    bonus = {"amount_cents": 500, "reason": "Thorough."}
    for _time in range(2):
        paid = owner.post(f"/api/v1/assignments/{assignment}/bonus", bonus, **keyed())
        assert paid.status_code == 201
    assert Bonus.objects.count() == 1
    payouts = [hands.post("/api/v1/my/payouts", {}, **keyed()) for _time in range(2)]
    assert {payout.status_code for payout in payouts} == {201}
    assert Payout.objects.count() == 1
    hit = world.submitted(world.a_worker("ada"), world.a_batch(lab)).hit
    for _time in range(2):
        owner.post(f"/api/v1/hits/{hit.public_id}/add-assignments", {"extra": 1}, **keyed())
    hit.refresh_from_db()
    assert hit.max_assignments == 3
