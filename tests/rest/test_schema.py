"""The OpenAPI document: kept equal to what programs were told, and held to by the API."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests import world
from tests.rest.cast import client_for

SNAPSHOT = Path(__file__).parent / "openapi.yaml"
REFRESH = "python manage.py spectacular --fail-on-warn --validate --file tests/rest/openapi.yaml"


def test_the_document_is_the_one_that_programs_were_told(tmp_path):
    now = tmp_path / "openapi.yaml"
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(now))
    assert now.read_text() == SNAPSHOT.read_text(), (
        "The API's document has changed. Where that is meant, say so in CHANGELOG.md and run:\n"
        f"    {REFRESH}"
    )


@pytest.mark.django_db
def test_the_document_is_served_to_everybody(client):
    response = client.get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.")


@pytest.mark.django_db
def test_the_page_for_people_links_to_it(client):
    page = client.get("/api/")
    assert page.status_code == 200
    assert b"/api/v1/schema/" in page.content


def _operations():
    import yaml

    document = yaml.safe_load(SNAPSHOT.read_text())
    return [
        pytest.param(path, method, id=f"{method} {path}")
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method"), _operations())
def test_no_operation_breaks_on_whatever_it_is_sent(path, method):
    """Bodies, ids and parameters of every wrong kind: refused, and never a failure of ours."""
    lab, worker = world.a_lab(), world.a_worker()
    batch = world.a_batch(lab, rows=2)
    done, held = world.submitted(worker, batch), world.accepted(worker, batch)
    is_workers = path.startswith(("/api/v1/my", "/api/v1/groups"))
    there = {
        "project_id": batch.project.public_id,
        "batch_id": batch.pk,
        "hit_id": done.hit.public_id,
        "assignment_id": (held if is_workers else done).public_id,
        "group_id": batch.hit_type.public_id,
        "deposit_id": lab.requester.deposits.get().public_id,
        "payout_id": "00000000-0000-0000-0000-000000000000",
    }
    address = path.format(**there)
    requester, hands = client_for(lab.user, lab.by), client_for(worker.user)
    for client in (requester, hands):
        for body in BODIES:
            response = client.generic(
                method.upper(), address, body, content_type="application/json"
            )
            assert response.status_code < 500, (address, body, response.content)
        strange = (path.format(**dict.fromkeys(there, part)) for part in ("9" * 18, "%00", "é"))
        for other in (f"{address}?{NONSENSE}", *strange):
            assert client.get(other).status_code < 500, other
    assert _is_reached(method, requester.generic(method.upper(), address, b"{"), is_workers)


def _is_reached(method, response, is_workers):
    """That the requester's client got past the address: else the bodies would prove nothing."""
    return is_workers or method == "delete" or response.status_code != 404


BODIES = [
    b"",
    b"{",
    b"[" * 100_000,
    b'"\\ud800"',
    b"[1, 2]",
    b"\xff\xfe",
    b'{"answer": {"a\\u0000": "\\ud800"}}',
    b'{"assignment_ids": ["\\u0000", "\\ud800"], "reason": "x"}',
    b'{"amount_cents": 1e400, "confirmed_cents": NaN, "extra": ' + b"9" * 5000 + b"}",
    b'{"amount_cents": 99999999999999999999, "reason": "x", "confirmed_cents": '
    b'99999999999999999999, "extra": 99999999999999999999, "expires_at": "9999-12-31T23:59:59Z", '
    b'"extra_assignments": 99999999999999999999, "feedback": 5, "inputs": {"a\\u0000": "b"}}',
    b'{"amount_cents": 1000000000000, "expires_at": "0001-01-01T00:00:00+14:00", "inputs": '
    b'{"\\ud800": "\\ud800"}, "max_assignments": 1000000000, "confirmed_cents": 0, "reason": "x"}',
]
NONSENSE = (
    "after=%00&limit=99999999999999999999&status=x&sandbox=%ff&search=%00&sort=no"
    "&least_reward_cents=99999999999999999999&group=%00&project=%00&qualified=2"
)
