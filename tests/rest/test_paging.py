"""Lists page by key: nothing is shown twice or left out, whatever comes and goes meanwhile."""

import base64
import json

import pytest

from tasks.models import Project
from tests import world
from tests.rest.cast import problem

pytestmark = pytest.mark.django_db


def walk(client, address, between=None):
    """The ids on all pages; `between` is called after each page."""
    found = []
    while address:
        page = client.get(address).json()
        found += [row["id"] for row in page["results"]]
        address = page["next"]
        if between:
            between()
    return found


def test_a_list_is_walked_to_its_end(owner, lab):
    made = [world.a_project(lab, name=f"P{number}").public_id for number in range(5)]
    assert walk(owner, "/api/v1/projects?limit=2") == made[::-1]


def test_what_is_added_meanwhile_shifts_nothing(owner, lab):
    made = [world.a_project(lab, name=f"P{number}").public_id for number in range(4)]

    def between():
        world.a_project(lab, name="new")

    assert walk(owner, "/api/v1/projects?limit=2", between) == made[::-1]


def test_what_goes_meanwhile_hides_nothing_else(owner, lab, clock):
    made = [world.a_project(lab, name=f"P{number}").public_id for number in range(4)]

    def between():
        Project.objects.filter(public_id__in=made[2:]).update(archived_at=clock.now)

    assert walk(owner, "/api/v1/projects?limit=2", between) == made[::-1]


def test_submissions_page_hit_by_hit(owner, lab):
    batch = world.a_batch(lab, rows=3, max_assignments=2)
    made = set()
    for name in ("wanda", "walt"):
        worker = world.a_worker(name)
        made |= {world.submitted(worker, batch).public_id for _ in range(3)}
    found = walk(owner, f"/api/v1/batches/{batch.pk}/assignments?limit=1")
    assert len(found) == 6
    assert set(found) == made


def test_the_next_page_keeps_the_filter(owner, lab, worker):
    batch = world.a_batch(lab, rows=3)
    for _ in range(3):
        world.submitted(worker, batch)
    address = f"/api/v1/batches/{batch.pk}/assignments?limit=1&status=Approved"
    assert walk(owner, address) == []
    page = owner.get(address.replace("Approved", "Submitted")).json()
    assert "status=Submitted" in page["next"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1.5", "²"])
def test_a_limit_that_can_not_be_is_refused(owner, limit):
    assert problem(owner.get("/api/v1/projects", {"limit": limit}), 400, "invalid_input")


@pytest.mark.parametrize(
    "values", ["x", [], [1, 2], [None], [True], ["yesterday"], [2**70], {"a": 1}, [1.5]]
)
def test_a_cursor_that_is_not_of_this_list_is_refused(owner, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    body = problem(owner.get("/api/v1/projects", {"after": cursor}), 400, "invalid_input")
    assert body["field"] == "after"
    problem(owner.get("/api/v1/projects", {"after": "é" * 9}), 400, "invalid_input")
