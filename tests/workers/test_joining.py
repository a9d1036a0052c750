"""Becoming a worker, and what a worker says about where they live."""

import pytest
from django.test import Client

from marketplace.audit.models import AuditEntry
from tests import world
from workers.models import Worker

pytestmark = pytest.mark.django_db


def signed_in(user):
    """A browser in which the user has signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def user():
    """Somebody new."""
    return world.a_user("new@x.test")


def test_joining_takes_a_country_and_leads_to_the_page_that_was_wanted(user):
    client = signed_in(user)
    where = client.get("/work/queue/").url
    assert 'name="next" value="/work/queue/"' in client.get(where).content.decode()
    response = client.post(
        "/worker/join/", {"country": "US", "subdivision": "US-PA", "next": "/work/queue/"}
    )
    assert response.url == "/work/queue/"
    worker = Worker.objects.get(user=user)
    assert (worker.country, worker.subdivision) == ("US", "PA")
    assert client.get("/work/queue/").status_code == 200


@pytest.mark.parametrize("data", [
    {}, {"country": ""}, {"country": "XX"}, {"country": "us"},
    {"country": "DE", "subdivision": "US-PA"},
    {"country": "US", "subdivision": "PA"},
])  # fmt: skip
def test_a_place_that_is_none_is_refused_on_the_form(user, data):
    response = signed_in(user).post("/worker/join/", data)
    assert response.status_code == 200
    assert not Worker.objects.exists()


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test/x", "javascript:alert(1)"])
def test_joining_never_leads_elsewhere(user, wanted):
    response = signed_in(user).post("/worker/join/", {"country": "FR", "next": wanted})
    assert response.url == "/work/"


def test_who_is_a_worker_already_goes_on_to_the_work():
    worker = world.a_worker()
    client = signed_in(worker.user)
    assert client.get("/worker/join/").url == "/work/"
    assert client.post("/worker/join/", {"country": "FR"}).url == "/work/"
    worker.refresh_from_db()
    assert worker.country == "US"


def test_a_move_is_kept_with_its_trail():
    worker = world.a_worker(country="US", subdivision="PA")
    client = signed_in(worker.user)
    page = client.get("/worker/profile/").content.decode()
    assert worker.public_id in page
    assert '<option value="US-PA" selected>' in page
    client.post("/worker/profile/", {"country": "DE", "subdivision": "DE-BE"})
    worker.refresh_from_db()
    assert (worker.country, worker.subdivision) == ("DE", "BE")
    entry = AuditEntry.objects.get(action="change_place")
    assert entry.data == {"before": "US-PA", "after": "DE-BE"}


def test_a_suspended_person_does_no_work():
    worker = world.a_worker()
    client = signed_in(worker.user)
    worker.user.suspended_at = worker.joined_at
    worker.user.suspended_reason = "Two accounts."
    worker.user.save()
    for address in ("/work/", "/work/queue/", "/worker/profile/"):
        response = client.get(address)
        assert response.status_code == 403
        assert "Two accounts." in response.content.decode()
