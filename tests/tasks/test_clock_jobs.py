"""The clock's jobs go on where one row can't be done."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from tasks import jobs
from tasks.actions import clock_work
from tasks.models import HIT
from tests import world

pytestmark = pytest.mark.django_db


def test_a_hit_that_cannot_be_closed_keeps_no_other_waiting(clock, monkeypatch):
    batch = world.a_batch(world.a_lab(), rows=4)
    clock.forward(days=2)
    bad = HIT.objects.filter(batch=batch).order_by("expires_at", "pk")[1]
    release = clock_work.release_slots

    def refuses(unused, at):
        if bad in unused:
            raise ArithmeticError("its escrow is damaged")
        release(unused, at)

    monkeypatch.setattr(clock_work, "release_slots", refuses)
    assert jobs.expire_hits() == 3
    assert list(HIT.objects.filter(open_slots__gt=0)) == [bad]
    monkeypatch.undo()
    assert jobs.expire_hits() == 1


def test_every_step_of_the_clock_can_leave_rows_out(clock):
    batch = world.a_batch(world.a_lab(), rows=3)
    worker = world.a_worker()
    for _ in range(3):
        world.submitted(worker, batch)
    clock.forward(days=4)
    assert clock_work.auto_approve(at=clock.now, skip=2) == 1
    assert clock_work.expire_hits(at=clock.now + timedelta(days=1), skip=1) == 2


def test_a_job_ends_where_the_database_is_away_and_does_not_try_every_row(
    transactional_db,
):
    """Each try would fail, as fast as a process can fail."""
    tries = []

    def step(*, at, limit=500, skip=0):
        tries.append((limit, skip))
        connection.close()
        connection.settings_dict["HOST"] = "/nowhere"
        connection.ensure_connection()

    host = connection.settings_dict["HOST"]
    try:
        with pytest.raises(OperationalError):
            jobs._until_none_is_due(step)
    finally:
        connection.settings_dict["HOST"] = host
    assert len(tries) == 1
