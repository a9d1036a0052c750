"""Guessing passwords is slow, and tells nothing about who has an account."""

import time

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Counts that no other test process can clear."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "signing-in"}}
    cache.clear()


def sign_in(client: Client, email: str, password: str):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_the_right_password_lets_in():
    world.a_user("ada@people.test")
    response = sign_in(Client(), "ada@people.test", world.PASSWORD)
    assert response.status_code == 302


def test_guessing_at_one_account_is_stopped_even_for_the_right_password():
    world.a_user("ada@people.test")
    client = Client()
    for _guess in range(6):
        sign_in(client, "ada@people.test", "not it")
    response = sign_in(client, "ada@people.test", world.PASSWORD)
    assert response.status_code == 200
    assert b"Too many failed" in response.content


@pytest.fixture
def one_moment(monkeypatch):
    """All tries fall into one moment, however slow this machine is."""
    held = time.time()
    monkeypatch.setattr(ratelimit.time, "time", lambda: held)


def test_one_address_can_only_try_so_often_and_is_told_to_wait(one_moment):
    client = Client()
    tries = [sign_in(client, f"p{n}@people.test", "no") for n in range(32)]
    assert tries[0].status_code == 200
    assert tries[-1].status_code == 429
    assert b"Too many tries" in tries[-1].content


def test_an_unknown_address_and_a_wrong_password_look_the_same():
    world.a_user("ada@people.test")
    known = sign_in(Client(), "ada@people.test", "not it")
    unknown = sign_in(Client(), "eve@people.test", "not it")
    assert known.status_code == unknown.status_code == 200
    said = "the email address and/or password you specified are not correct"
    assert said in known.content.decode().lower()
    assert said in unknown.content.decode().lower()


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(mailoutbox):
    world.a_user("ada@people.test")
    known = Client().post(reverse("account_reset_password"), {"email": "ada@people.test"})
    unknown = Client().post(reverse("account_reset_password"), {"email": "eve@people.test"})
    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"]


def test_a_next_page_elsewhere_is_not_followed():
    world.a_user("ada@people.test")
    response = Client().post(
        reverse("account_login") + "?next=https://evil.test/",
        {"login": "ada@people.test", "password": world.PASSWORD, "next": "https://evil.test/"},
    )
    assert response.status_code == 302
    assert "evil.test" not in response["Location"]


def test_switching_sides_does_not_lead_elsewhere():
    client = Client()
    client.force_login(world.a_user("ada@people.test"))
    form = {"side": "sandbox", "next": "//evil.test/"}
    assert client.post(reverse("accounts:switch_side"), form)["Location"] == "/"
