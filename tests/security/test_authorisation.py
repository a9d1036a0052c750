"""Every route of the URL map lets in whom its line in the table says, and nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.security.doors import ANYONE, NOBODY, Outcome, Route
from tests.security.routes import ADMIN_PREFIX, ENTRANCES, OWN_ACCOUNT, ROUTES
from tests.security.visitors import NAMES, Cast, Visitor, make_cast

pytestmark = pytest.mark.django_db
SOME = ("anonymous", "worker", "owner")
JOIN_PATHS = ("/requesters/new/", "/worker/join/", "/welcome/")


def routes_of(
    resolver: URLResolver, namespaces: tuple[str, ...] = (), outer: tuple[str, ...] = ()
) -> Iterator[tuple[str, list[str]]]:
    """(name with its namespaces, the names of its parts) of every route."""
    for entry in resolver.url_patterns:
        parts = (*outer, *(entry.pattern.converters or entry.pattern.regex.groupindex))
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from routes_of(entry, inner, parts)
        elif isinstance(entry, URLPattern):
            name = entry.name or f"unnamed {entry.pattern}"
            yield ":".join((*namespaces, name)), list(parts)


ALL = dict(routes_of(get_resolver()))
ADMIN = sorted(name for name in ALL if name.startswith(ADMIN_PREFIX) and "unnamed" not in name)
# What the admin's URLs name where it is no object's number.
ADMIN_PARTS = {"app_label": "payments", "url": "nothing"}


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker) -> Iterator[Cast]:
    """One cast for all doors: each knock is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


def knock(visitor: Visitor, method: str, url: str, route: Route | None = None) -> Any:
    """One request by the visitor, undone afterwards."""
    client = Client(raise_request_exception=False)
    if not (route and route.token):
        for name, value in visitor.cookies.items():
            client.cookies[name] = value
    data: Any = route.data if route else {}
    options: dict[str, Any] = {}
    if route and route.token:
        options["content_type"] = "application/json"
        # Whoever has no token for this side tries it with the one they have.
        token = visitor.tokens.get(route.token) or visitor.tokens.get("worker")
        if token:
            options["headers"] = {"Authorization": f"Bearer {token}"}
    if route and route.csv and method == "POST":
        data, options["content_type"] = route.csv, "text/csv"
    with transaction.atomic():
        if method == "GET":
            options.pop("content_type", None)
            response = client.get(url, data or None, **options)
        else:
            response = client.post(url, data, **options)
        if response.streaming:
            b"".join(response)  # the lines are read while the transaction lasts
        transaction.set_rollback(True)
    return response


def outcome_of(response: Any) -> Outcome:
    """What the visitor got, in the table's words."""
    if response.status_code in (301, 302):
        if "/accounts/login/" in response["Location"]:
            return Outcome.SIGN_IN
        if response["Location"].startswith(JOIN_PATHS):
            return Outcome.JOIN
    assert response.status_code < 500, getattr(response, "content", b"")[:500]
    by_status = {
        401: Outcome.SIGN_IN,
        403: Outcome.FORBIDDEN,
        404: Outcome.MISSING,
        405: Outcome.NO_METHOD,
    }
    return by_status.get(response.status_code, Outcome.IN)


def test_every_route_has_a_line_in_the_table():
    by_rule = {name for name in ALL if name.startswith(ADMIN_PREFIX)} | ENTRANCES | OWN_ACCOUNT
    missing = sorted(set(ALL) - by_rule - set(ROUTES))
    assert not missing, f"Who may enter? Give each a line in tests/security/routes.py: {missing}"


def test_every_line_of_the_table_is_a_route():
    assert not sorted(set(ROUTES) - set(ALL))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_lets_in_whom_the_table_says(cast: Cast, name: str, method: str):
    route = replace(ROUTES[name], data=cast.filled(ROUTES[name].data))
    url = cast.url(name, route.kwargs)
    wrong = []
    door = route.get if method == "GET" else route.post
    # A door that is shut to all, or open to all, answers the same to everybody.
    for visitor_name in SOME if door in (None, ANYONE, NOBODY) else NAMES:
        visitor = cast.visitors[visitor_name]
        got = outcome_of(knock(visitor, method, url, route))
        expected = route.expected(method, visitor)
        if got is not expected:
            wrong.append(f"{visitor_name}: {got.value}, expected {expected.value}")
    assert not wrong, f"{method} {url}\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", ADMIN)
def test_the_admin_opens_to_staff_only(cast: Cast, name: str):
    url = reverse(name, kwargs={part: ADMIN_PARTS.get(part, 1) for part in ALL[name]})
    for visitor_name in (*SOME, "staff", "superuser"):
        visitor = cast.visitors[visitor_name]
        response = knock(visitor, "GET", url)
        assert response.status_code < 500, (visitor_name, url)
        if not visitor.is_staff and name not in ("admin:logout", "admin:jsi18n"):
            assert response.status_code in (302, 403, 404), (visitor_name, url)
            if response.status_code == 302:
                assert "login" in response["Location"] or name == "admin:login", response[
                    "Location"
                ]


@pytest.mark.parametrize("name", sorted(OWN_ACCOUNT & set(ALL)))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_about_ones_account_ask_to_sign_in(cast: Cast, name: str, method: str):
    url = reverse(name, kwargs=dict.fromkeys(ALL[name], 1))
    response = knock(cast.visitors["anonymous"], method, url)
    assert outcome_of(response) is Outcome.SIGN_IN


@pytest.mark.parametrize("name", sorted(ENTRANCES & set(ALL)))
def test_entrances_never_break(cast: Cast, name: str):
    url = reverse(name, kwargs=dict.fromkeys(ALL[name], "1"))
    for visitor_name in ("anonymous", "owner"):
        for method in ("GET", "POST"):
            response = knock(cast.visitors[visitor_name], method, url)
            assert response.status_code < 500, (visitor_name, method)
