"""The main job, end to end, through the actions."""

import pytest

from marketplace import clock
from payments import audit, queries
from tasks.actions.decide import approve_assignments
from tests import world

pytestmark = pytest.mark.django_db


def test_work_that_is_posted_done_and_approved_is_paid_to_the_cent():
    lab, worker = world.a_lab(cents=10_00), world.a_worker()
    batch = world.a_batch(lab, rows=3, reward_cents=25, max_assignments=1)
    assert queries.requester_balance(lab.requester.public_id, "USD") == 10_00 - 75

    assignment = world.submitted(worker, batch)
    approve_assignments(by=lab.by, assignment_ids=[assignment.public_id], at=clock.now())

    assert queries.earnings_of(worker.public_id, "USD").available_cents == 25
    assert list(audit.differences()) == []
