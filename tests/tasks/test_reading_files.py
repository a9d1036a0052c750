"""Files that requesters upload: whatever is in one, it is read or refused in words."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.errors import InvalidInput
from tasks import batch_file
from tasks.models import Format
from tasks.results import worker_files
from tasks.results.decisions import Reading, decisions_in
from tests import world

pytestmark = pytest.mark.django_db

WORKERS = ["Worker ID", "UPDATE-Kept", "CURRENT-Kept", "UPDATE-BlockStatus"]
CELLS = ["Revoke", "Block", "Unblock", "100", "-0", "9" * 30, "\0", "'=1", " x ", ""]
REFUSED = suppress(InvalidInput)


def tables(header, *cells):
    """CSV files: wild ones, and ones that have these columns and cells in them."""
    words = st.text(max_size=5)
    cell = st.sampled_from([*cells, *CELLS]) | words
    rows = st.lists(st.lists(cell, min_size=len(header), max_size=len(header) + 1), max_size=5)
    named = st.just(header) | st.lists(st.sampled_from(header) | words, max_size=6)
    made = st.tuples(named, rows).map(lambda drawn: _written([drawn[0], *drawn[1]]))
    return st.binary(max_size=80) | st.text(max_size=80).map(str.encode) | made


def _written(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def for_all(strategy):
    quick = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    return lambda test: quick(given(strategy)(test))


def test_a_file_of_workers():
    lab, worker = world.a_lab(cents=0), world.a_worker()
    world.a_qualification(lab, "Kept")

    @for_all(tables(WORKERS, worker.public_id))
    def read(body):
        with REFUSED:
            found = worker_files.read(io.BytesIO(body), requester=lab.requester, is_sandbox=False)
            assert all(problem.message for problem in found.problems)
            assert {change.worker_id for change in found.changes} <= {worker.public_id}

    read()


def test_a_file_of_a_batch():
    @for_all(tables(["text", "image"]))
    def read(body):
        with REFUSED:
            rows = batch_file.open_rows(io.BytesIO(body), Format.CSV)
            problems = rows.problems + [one for row in rows for one in row.problems]
            assert all(problem.message for problem in problems)

    read()


def test_a_file_of_decisions(clock):
    lab, worker = world.a_lab(), world.a_worker()
    batch = world.a_batch(lab, rows=1)
    done = world.submitted(worker, batch)

    @for_all(tables(["AssignmentId", "Approve", "Reject"], done.public_id, "x"))
    def read(body):
        reading = Reading()
        with REFUSED:
            found = list(decisions_in(io.BytesIO(body), batch, reading, at=clock.now))
            assert {assignment.pk for assignment, _reason in found} <= {done.pk}
            assert reading.decided == len(found) <= 1

    read()
