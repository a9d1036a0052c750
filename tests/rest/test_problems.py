"""Refusals are problems: one shape, whoever refuses."""

import pytest

from tests import world
from tests.rest.cast import problem

pytestmark = pytest.mark.django_db


def test_an_address_that_is_not_there_is_a_problem(client):
    problem(client.get("/api/v1/nowhere"), 404, "not_found")
    problem(client.post("/api/v1/projects/"), 404, "not_found")


def test_a_method_that_is_not_there_is_a_problem(owner):
    problem(owner.delete("/api/v1/projects"), 405, "method_not_allowed")


def test_a_body_that_is_not_json_is_a_problem(owner):
    for body in (b"{", b"[" * 100_000, b"\xff", b'{"a": NaN}'):
        response = owner.post("/api/v1/projects", body, content_type="application/json")
        problem(response, 400, "malformed")


def test_a_body_larger_than_a_form_may_be_is_a_problem(owner, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = b'{"name": "' + b"x" * 100 + b'"}'
    response = owner.post("/api/v1/projects", body, content_type="application/json")
    problem(response, 413, "too_large")


def test_a_body_of_another_kind_is_a_problem(owner):
    response = owner.post("/api/v1/projects", "<a/>", content_type="application/xml")
    problem(response, 415, "unsupported_media_type")


def test_an_answer_is_text_or_texts(lab, hands):
    batch = world.a_batch(lab, rows=1)
    made = hands.post(f"/api/v1/groups/{batch.hit_type.public_id}/accept").json()["id"]
    address = f"/api/v1/my/assignments/{made}/submit"
    for body in ({}, {"answer": 1}, {"answer": {"a": 1}}, {"answer": {"a": [1]}}, [1]):
        problem(hands.post(address, body), 400, "invalid_input")
    problem(hands.post(address, {"answer": {"a": "x" * 300_000}}), 400, "invalid_input")
    strange = rb'{"answer": {"a\u0000": "\ud800", "b": ["x", "y"]}}'
    taken = hands.post(address, strange, content_type="application/json")
    assert taken.status_code == 200, taken.content


def test_a_failure_of_ours_is_a_problem_without_its_traceback(owner, monkeypatch):
    from tasks.rest import projects

    def breaks(*args, **kwargs):
        raise RuntimeError("secret words")

    monkeypatch.setattr(projects, "projects_of", breaks)
    owner.handler._force_user = None
    owner.raise_request_exception = False
    response = owner.get("/api/v1/projects")
    body = problem(response, 500, "internal")
    assert "secret" not in str(body)
