"""What nobody types and a scanner sends: NUL characters, numbers and times beyond the database."""

import base64
import json

import pytest
from django.test import Client

from tests import world
from tests.rest.cast import client_for, problem, worker_client

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def lab():
    """A requester with money."""
    return world.a_lab()


def signed_in(user):
    """A browser of theirs."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_a_nul_character_in_a_filter_of_the_review_matches_nothing(lab):
    batch = world.a_batch(lab, rows=1)
    world.submitted(world.a_worker(), batch)
    client = signed_in(lab.user)
    for name in ("worker", "answer"):
        response = client.get(f"/requester/batches/{batch.pk}/review/?{name}=A%00B")
        assert response.status_code == 200
        assert not response.context["rows"]


def test_a_nul_character_in_what_is_checked_decides_nothing(lab):
    batch = world.a_batch(lab, rows=1)
    response = signed_in(lab.user).post(
        f"/requester/batches/{batch.pk}/review/decide/",
        {"assignment": ["A\0B"], "decision": "approve"},
    )
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("address", "data"),
    [("/developers/keys/A%00B/revoke/", {}), ("/requesters/", {"requester": "A\0B"})],
)
def test_a_nul_character_names_nothing_of_ours(lab, address, data):
    assert signed_in(lab.user).post(address, data).status_code == 404


@pytest.mark.parametrize(
    "address", ["tasks/hitreport/?reason__exact=%00", "payments/transfer/?reason=%00", "?x=%00"]
)
def test_a_nul_character_in_a_filter_of_the_staff_s_breaks_nothing(address):
    staff = world.a_user("staff@x.test", is_staff=True)
    assert signed_in(staff).get(f"/admin/{address}").status_code in (200, 404)


@pytest.mark.parametrize("limit", ["0" * 8 + "1" + "9" * 20, "0" * 8 + "1" + "9" * 5000])
def test_a_limit_beyond_the_database_is_refused(lab, limit):
    client = client_for(lab.user, lab.by)
    problem(client.get("/api/v1/projects", {"limit": limit}), 400, "invalid_input")


def test_a_time_in_the_cursor_of_a_list_by_number_is_refused(lab):
    cursor = base64.urlsafe_b64encode(json.dumps(["2026-01-01T00:00:00+00:00"]).encode()).decode()
    client = client_for(lab.user, lab.by)
    problem(client.get("/api/v1/projects", {"after": cursor}), 400, "invalid_input")


@pytest.mark.parametrize(
    "after",
    [
        "2026-01-01T00:00:00+23:59~1",
        "2026-01-01T00:00:00+01:02:03~1",
        "0001-01-01T00:00:00+14:00~1",
        "9999-12-31T23:59:59-14:00~1",
    ],
)
def test_a_place_in_the_list_of_work_may_be_any_time(after):
    worker = world.a_worker()
    assert signed_in(worker.user).get("/work/", {"after": after}).status_code == 200
    assert worker_client(worker).get("/api/v1/groups", {"after": after}).status_code == 200
