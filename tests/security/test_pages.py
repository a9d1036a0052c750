"""What every page promises the browser: a strict content policy, and nothing that needs less."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.security.doors import Outcome
from tests.security.routes import ROUTES
from tests.security.test_authorisation import knock, outcome_of
from tests.security.visitors import Cast, make_cast

pytestmark = pytest.mark.django_db
ALLAUTH_PAGES = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_email",
    "account_change_password",
    "mfa_index",
    "usersessions_list",
)


class InlineFinder(HTMLParser):
    """Collects what a strict content policy would block, or should."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "style" or "style" in given:
            self.found.append(f"<{tag}> with a style: {given}")
        # A data block (type="application/json") is never run.
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append(f"an inline script: {given}")
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if name in ("src", "href", "action") and re.match(r"(?i)\s*javascript:", value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "src" and re.match(r"(?:https?:)?//(?!testserver/)", value or ""):
                self.found.append(f"a third party's {tag}: {value}")


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker) -> Iterator[Cast]:
    """The same cast as for the doors."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


def pages_of(cast: Cast) -> Iterator[tuple[str, str]]:
    """(route, the visitor who may see it) of every page that the table opens by GET."""
    preferred = ("owner", "worker", "staff", "anonymous")
    for name, route in ROUTES.items():
        if route.get is None or route.token:
            continue
        for who in preferred:
            if route.expected("GET", cast.visitors[who]) is Outcome.IN:
                yield name, who
                break


def test_no_page_holds_a_script_or_a_style_of_its_own(cast: Cast):
    wrong = []
    for name, who in pages_of(cast):
        route = replace(ROUTES[name], data=cast.filled(ROUTES[name].data))
        url = cast.url(name, route.kwargs)
        response = knock(cast.visitors[who], "GET", url, route)
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        finder = InlineFinder()
        finder.feed(response.content.decode())
        wrong += [f"{name}: {each}" for each in finder.found]
        doubled = {each for each in finder.ids if finder.ids.count(each) > 1}
        wrong += [f"{name}: two elements with the id {each}" for each in doubled]
    assert not wrong, "\n".join(wrong)


def test_no_page_of_the_account_holds_a_script_or_a_style_of_its_own(cast: Cast):
    for name in ALLAUTH_PAGES:
        who = "anonymous" if name in ALLAUTH_PAGES[:3] else "owner"
        response = knock(cast.visitors[who], "GET", reverse(name))
        assert outcome_of(response) is Outcome.IN
        finder = InlineFinder()
        finder.feed(response.content.decode())
        assert not finder.found, name


def test_every_page_has_a_strict_content_policy(cast: Cast):
    for name, who in pages_of(cast):
        route = replace(ROUTES[name], data=cast.filled(ROUTES[name].data))
        url = cast.url(name, route.kwargs)
        response = knock(cast.visitors[who], "GET", url, route)
        policy = response.headers.get("Content-Security-Policy", "")
        assert policy, name
        if "sandbox" in policy:  # another person's page, in an origin of its own
            assert "allow-same-origin" not in policy, name
            continue
        for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'"):
            assert directive in policy, (name, policy)
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name


@pytest.mark.parametrize("path", ["/nothing-here", "/help/"])
def test_a_page_tells_nothing_to_other_origins(cast: Cast, path: str):
    response = Client().get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Content-Security-Policy" in response.headers


def test_a_form_from_elsewhere_is_refused_with_a_page_that_helps(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    owner = cast.visitors["owner"].user
    assert owner is not None
    client.force_login(owner)
    response = client.post(reverse("accounts:switch_side"), {"side": "sandbox"})
    assert response.status_code == 403
    assert b"too old to trust" in response.content
