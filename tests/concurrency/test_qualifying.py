"""Two windows, one worker; two reviewers, one request: each thing happens once."""

from functools import partial

import pytest
from django.db import IntegrityError

from marketplace import clock
from marketplace.errors import WrongState
from tests import world
from tests.concurrency.racing import Meeting, errors, together
from workers.actions import decide_request, request_qualification
from workers.actions.decide_request import accept_request, reject_request
from workers.actions.qualification_types import NameTaken, create_qualification_type
from workers.actions.request_qualification import NoRetake
from workers.models import Qualification, QualificationRequest, QualificationType

pytestmark = pytest.mark.django_db(transaction=True)


def _ask_twice(kind, worker):
    """The same worker asks on two connections at once."""
    ask = partial(
        request_qualification.request_qualification,
        worker=worker,
        type_id=kind.public_id,
        is_sandbox=False,
        at=clock.now(),
    )
    return together(ask, ask)


@pytest.fixture
def asking(monkeypatch):
    """Both have looked at earlier tries before either writes one."""
    meet = Meeting()
    monkeypatch.setattr(
        request_qualification,
        "require_chance",
        meet.after(request_qualification.require_chance),
    )


def test_the_one_try_there_is_is_had_once(asking):
    kind = world.a_qualification(world.a_lab(cents=0), is_auto_granted=True)
    worker = world.a_worker()
    (refused,) = errors(_ask_twice(kind, worker))
    assert isinstance(refused, NoRetake | WrongState)
    assert QualificationRequest.objects.count() == 1


def test_without_the_workers_lock_only_the_database_stands_in_the_way(asking, lift_row_locks):
    """Twin. One qualification a worker and type is unique: an error instead of a refusal."""
    kind = world.a_qualification(world.a_lab(cents=0), is_auto_granted=True)
    worker = world.a_worker()
    lift_row_locks()
    (error,) = errors(_ask_twice(kind, worker))
    assert isinstance(error, IntegrityError)


def _decide_twice(lab, worker):
    """One accepts while another rejects."""
    kind = world.a_qualification(lab)
    asked = request_qualification.request_qualification(
        worker=worker, type_id=kind.public_id, is_sandbox=False, at=clock.now()
    )
    results = together(
        partial(accept_request, by=lab.by, request=asked, value=5, at=clock.now()),
        partial(reject_request, by=lab.by, request=asked, reason="No.", at=clock.now()),
    )
    asked.refresh_from_db()
    return results, asked


@pytest.fixture
def deciding(monkeypatch):
    """Both have read the request before either decides."""
    meet = Meeting()
    monkeypatch.setattr(decide_request, "own_request", meet.after(decide_request.own_request))


def test_a_request_is_decided_once(deciding):
    results, asked = _decide_twice(world.a_lab(cents=0), world.a_worker())
    assert len(errors(results)) == 1
    assert isinstance(errors(results)[0], WrongState)
    assert Qualification.objects.exists() == (asked.status == "Granted")


def test_without_the_lock_a_request_is_granted_and_rejected(deciding, lift_row_locks):
    lab, worker = world.a_lab(cents=0), world.a_worker()
    lift_row_locks()
    results, _asked = _decide_twice(lab, worker)
    assert errors(results) == []


def test_of_two_types_of_one_name_one_is_made():
    lab = world.a_lab(cents=0)
    make = partial(
        create_qualification_type,
        by=lab.by,
        is_sandbox=False,
        values={"name": "Sky", "description": "Looked up."},
        at=clock.now(),
    )
    (refused,) = errors(together(make, make))
    assert isinstance(refused, NameTaken)
    assert QualificationType.objects.filter(owner=lab.requester).count() == 1
