"""An import is deleted with what nothing else tells; a mistaken link is undone."""

import pytest

from marketplace import clock as now
from marketplace.accounts.models import Role
from marketplace.errors import NotAllowed, NotFound, WrongState
from tasks.actions.import_delete import delete_import
from tasks.actions.import_link import link_former_worker, unlink_former_worker
from tasks.models import FormerWorker, ImportedAssignment, ImportedFile
from tests import world
from tests.tasks.imports.props import RESULTS, WORKERS, imported, results, uploaded
from workers.actions.block_worker import block_worker
from workers.actions.claim_former_id import claim_former_id
from workers.actions.grant_qualification import grant_qualification
from workers.models import Qualification, QualificationType
from workers.queries import blocks_of

pytestmark = pytest.mark.django_db

AMAZON_ID = WORKERS["Worker ID"]


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


@pytest.fixture
def worker():
    return world.a_worker()


def delete(lab, found):
    delete_import(by=lab.by, import_id=found.pk, at=now.now())


def linked(lab, worker, **changes):
    imported(lab, [{**WORKERS, **changes}])
    former = FormerWorker.objects.get(requester=lab.requester)
    claim_former_id(worker=worker, former_mturk_id=AMAZON_ID, at=now.now())
    return link_former_worker(
        by=lab.by, former_id=former.pk, worker_id=worker.public_id, at=now.now()
    )


def undo(lab, former):
    return unlink_former_worker(by=lab.by, former_id=former.pk, at=now.now())


def granted(worker):
    held = Qualification.objects.filter(worker=worker, status="Granted")
    return dict(held.values_list("type__name", "value"))


def test_rows_go_and_who_stood_in_no_other_file(lab, django_capture_on_commit_callbacks):
    first = imported(lab, results(3))
    second = imported(lab, [{**RESULTS, "AssignmentId": "3OTHER", "AssignmentStatus": "Rejected"}])
    storage, path = first.file.storage, first.file.name
    with django_capture_on_commit_callbacks(execute=True):
        delete(lab, first)
    assert ImportedAssignment.objects.get().file == second
    left = FormerWorker.objects.get(requester=lab.requester)
    assert (left.amazon_id, left.counted_approved, left.counted_rejected) == (AMAZON_ID, 0, 1)
    assert not storage.exists(path)


def test_what_lists_said_stays_until_the_last_list_goes(lab):
    first, second = imported(lab, [WORKERS]), imported(lab, [{**WORKERS, "CURRENT-Cats": "90"}])
    delete(lab, first)
    assert FormerWorker.objects.get(requester=lab.requester).scores == {"Cats": 90}
    rows = imported(lab, [RESULTS])
    delete(lab, second)
    left = FormerWorker.objects.get(requester=lab.requester)
    assert (left.scores, left.stated_approved, left.block_status) == ({}, None, "")
    delete(lab, rows)
    assert not FormerWorker.objects.filter(requester=lab.requester).exists()


def test_who_was_recognised_stays_so(lab, worker):
    former = linked(lab, worker)
    delete(lab, ImportedFile.objects.get(requester=lab.requester))
    former.refresh_from_db()
    assert former.worker == worker
    assert former.scores == {"Cats": 87}
    assert granted(worker) == {"Cats": 87}


def test_another_requesters_records_are_left_alone(lab):
    other = world.a_lab("Other Lab", cents=0)
    theirs, mine = imported(other, [WORKERS]), imported(lab, [WORKERS])
    with pytest.raises(NotFound):
        delete(lab, theirs)
    delete(lab, mine)
    assert FormerWorker.objects.get().requester == other.requester


def test_a_file_is_not_deleted_while_it_is_read_nor_without_the_right(lab):
    waiting = uploaded(lab, [RESULTS])
    with pytest.raises(WrongState, match="still being read"):
        delete(lab, waiting)
    user = world.a_user("reviewer@vision-lab.test")
    reviewer = world.Lab(user, lab.requester, world.a_member(lab.requester, user, Role.REVIEWER))
    done = imported(lab, [RESULTS])
    with pytest.raises(NotAllowed):
        delete(reviewer, done)
    with pytest.raises(NotAllowed):
        undo(reviewer, FormerWorker.objects.get())


def test_a_link_is_undone_with_what_came_along(lab, worker, clock):
    former = linked(lab, worker, **{"CURRENT-BlockStatus": "Blocked", "CURRENT-Dogs": "3"})
    clock.forward(hours=1)
    dogs = QualificationType.objects.get(name="Dogs")
    grant_qualification(by=lab.by, kind=dogs, worker=worker, value=4, at=now.now())
    assert undo(lab, former) == worker
    former.refresh_from_db()
    assert (former.worker, former.linked_at) == (None, None)
    assert granted(worker) == {"Dogs": 4}  # changed since
    assert not blocks_of(lab.requester, is_sandbox=False).exists()
    assert undo(lab, former) is None


def test_a_block_that_was_renewed_since_stays(lab, worker, clock):
    former = linked(lab, worker, **{"CURRENT-BlockStatus": "Blocked"})
    clock.forward(hours=1)
    block_worker(by=lab.by, worker=worker, is_sandbox=False, reason="Again.", at=now.now())
    undo(lab, former)
    assert blocks_of(lab.requester, is_sandbox=False).exists()


def test_another_requesters_link_is_left_alone(lab, worker):
    former = linked(lab, worker)
    with pytest.raises(NotFound):
        undo(world.a_lab("Other Lab", cents=0), former)
