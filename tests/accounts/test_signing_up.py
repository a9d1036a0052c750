"""From the sign-up form to the first page of the side one came for."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Requester, User
from tests import world

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Nia Brandt",
    "email": "Nia@People.test",
    "password1": world.PASSWORD,
    "sides": ["work", "post"],
}


def test_an_address_is_verified_before_anything_else():
    client = Client()
    response = client.post(reverse("account_signup"), FORM)
    assert response["Location"] == reverse("account_email_verification_sent")
    assert client.get(reverse("accounts:welcome")).status_code == 302
    link = re.search(r"http://testserver(\S+confirm-email\S+)", mail.outbox[0].body)
    assert link
    client.post(link[1])
    client.post(reverse("account_login"), {"login": "nia@people.test", "password": world.PASSWORD})
    page = client.get("/", follow=True)
    assert page.redirect_chain[-1][0] == reverse("accounts:welcome")
    assert "Welcome, Nia Brandt" in page.content.decode()


def test_what_a_person_came_for_is_kept():
    Client().post(reverse("account_signup"), FORM | {"sides": ["post"]})
    user = User.objects.get(email="nia@people.test")
    assert (user.wants_to_work, user.wants_to_post) == (False, True)
    assert user.name == "Nia Brandt"


def test_one_must_come_for_something():
    page = Client().post(reverse("account_signup"), FORM | {"sides": []})
    assert page.status_code == 200
    assert not User.objects.exists()


def test_an_address_that_is_taken_is_not_told(mailoutbox):
    world.a_user("nia@people.test")
    response = Client().post(reverse("account_signup"), FORM)
    assert response["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert "already" in mailoutbox[0].body


def test_a_weak_password_is_refused():
    page = Client().post(reverse("account_signup"), FORM | {"password1": "password12"})
    assert "too common" in page.content.decode()


def test_posting_starts_with_a_name_for_the_requester(ada, browse):
    client = browse(ada)
    assert client.get(reverse("accounts:team"))["Location"] == reverse("accounts:create_requester")
    client.post(reverse("accounts:create_requester"), {"name": "Sound Lab"})
    assert Requester.objects.get().name == "Sound Lab"
    assert client.get(reverse("accounts:team")).status_code == 200


def test_staff_who_neither_work_nor_post_start_in_the_admin(browse):
    staff = world.a_user("staff@operator.test", is_staff=True)
    assert browse(staff).get("/")["Location"] == reverse("admin:index")


@pytest.mark.parametrize(
    ("host", "is_offered"), [("localhost:8000", True), ("127.0.0.1:8000", False), ("[::1]", False)]
)
def test_a_passkey_is_offered_where_the_address_is_a_name(client, db, settings, host, is_offered):
    settings.ALLOWED_HOSTS = ["*"]
    page = client.get(reverse("account_login"), headers={"Host": host}).content.decode()
    assert ("Sign in with a passkey" in page) is is_offered
    assert ("mfa/js/webauthn" in page) is is_offered
