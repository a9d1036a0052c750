"""Who may call: tokens, what they act for, and when they stop."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from marketplace import clock as now_clock
from marketplace.accounts.actions.revoke_api_token import revoke_api_token
from marketplace.accounts.models import ApiToken, Membership
from tests import world
from tests.rest.cast import client_for, member_client, problem

pytestmark = pytest.mark.django_db


def test_without_a_token_the_answer_says_which_to_send():
    response = APIClient().get("/api/v1/projects")
    problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Token")


@pytest.mark.parametrize(
    "header", ["Bearer nothing", "Token", "Basic abc", "Bearer " + "x" * 500, "Bearer a\x00b"]
)
def test_a_header_that_is_no_token_of_ours_is_refused(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    problem(client.get("/api/v1/projects"), 401, "authentication_failed")


def test_token_and_bearer_are_the_same(owner):
    secret = owner._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    for scheme in ("Token", "Bearer", "bearer"):
        owner.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
        assert owner.get("/api/v1/token").status_code == 200


def test_a_token_says_whom_it_acts_for(lab, owner, worker, hands):
    mine = owner.get("/api/v1/token").json()
    assert mine["requester"] == {"id": lab.requester.public_id, "name": "Vision Lab"}
    assert (mine["role"], mine["worker_id"]) == ("owner", None)
    theirs = hands.get("/api/v1/token").json()
    assert (theirs["requester"], theirs["worker_id"]) == (None, worker.public_id)


def test_a_revoked_token_stops_with_the_next_request(lab, owner):
    assert owner.get("/api/v1/projects").status_code == 200
    revoke_api_token(user=lab.user, token_id=ApiToken.objects.get().pk, at=now_clock.now())
    problem(owner.get("/api/v1/projects"), 401, "authentication_failed")


def test_a_suspended_person_is_told_why(lab, owner):
    lab.user.suspended_at, lab.user.suspended_reason = now_clock.now(), "Spam."
    lab.user.save()
    body = problem(owner.get("/api/v1/projects"), 403, "not_allowed")
    assert "Spam." in body["detail"]


def test_a_suspended_requester_can_read_and_change_nothing(lab, owner):
    project = world.a_project(lab)
    lab.requester.suspended_at = now_clock.now()
    lab.requester.save()
    assert owner.get("/api/v1/projects").status_code == 200
    problem(owner.post(f"/api/v1/projects/{project.public_id}/archive"), 403, "not_allowed")


def test_somebody_who_left_the_requester_has_lost_the_token_with_it(lab):
    client = member_client(lab, "manager")
    assert client.get("/api/v1/batches").status_code == 200
    Membership.objects.filter(user__email="manager@members.test").delete()
    problem(client.get("/api/v1/batches"), 403, "not_allowed")


def test_a_changed_role_counts_from_the_next_request(lab):
    client = member_client(lab, "manager")
    Membership.objects.filter(user__email="manager@members.test").update(role="viewer")
    project = world.a_project(lab)
    problem(client.post(f"/api/v1/projects/{project.public_id}/archive"), 403, "not_allowed")


def test_each_side_refuses_the_other_sides_token(owner, hands):
    problem(hands.get("/api/v1/projects"), 403, "not_allowed")
    problem(owner.get("/api/v1/groups"), 403, "not_allowed")


def test_a_requesters_token_does_not_work_as_its_maker(lab):
    from workers.actions.become_worker import become_worker

    become_worker(user=lab.user, country="US", at=now_clock.now())
    client = client_for(lab.user, lab.by)
    problem(client.get("/api/v1/my/queue"), 403, "not_allowed")


def test_a_person_who_has_not_joined_as_a_worker_is_told_to(lab):
    body = problem(client_for(lab.user).get("/api/v1/groups"), 403, "not_allowed")
    assert "Join as a worker" in body["detail"]


def test_last_use_is_written_once_an_hour(owner, clock):
    owner.get("/api/v1/token")
    first = ApiToken.objects.get().last_used_at
    assert first == clock.now
    clock.forward(minutes=50)
    owner.get("/api/v1/token")
    assert ApiToken.objects.get().last_used_at == first
    clock.forward(minutes=11)
    owner.get("/api/v1/token")
    assert ApiToken.objects.get().last_used_at == first + timedelta(minutes=61)


def test_a_token_is_known_in_one_statement(owner, django_assert_num_queries):
    owner.get("/api/v1/token")
    with django_assert_num_queries(1):
        owner.get("/api/v1/token")


def test_too_many_requests_are_refused_with_the_time_to_wait(owner, monkeypatch):
    from marketplace.rest.throttling import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "per_minute", 2)
    codes = [owner.get("/api/v1/token").status_code for _ in range(2)]
    assert codes == [200, 200]
    response = owner.get("/api/v1/token")
    problem(response, 429, "limit_reached")
    assert 0 < int(response["Retry-After"]) <= 61


@pytest.mark.parametrize("header", [{}, {"HTTP_AUTHORIZATION": "Bearer mht_guessed"}])
def test_guesses_from_one_address_are_limited(db, monkeypatch, header, clock):
    from marketplace.rest.throttling import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "per_minute_unknown", 2)
    client = APIClient()
    codes = [client.get("/api/v1/token", **header).status_code for _ in range(3)]
    assert codes == [401, 401, 429]


def test_without_redis_nobody_is_refused(owner, monkeypatch, settings, clock):
    from marketplace.rest.throttling import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "per_minute", 1)
    assert owner.get("/api/v1/token").status_code == 200
    problem(owner.get("/api/v1/token"), 429, "limit_reached")
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    assert owner.get("/api/v1/token").status_code == 200
