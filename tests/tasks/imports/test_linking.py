"""A worker says who they were, the requester confirms it, and what was earned there comes along."""

import pytest

from marketplace import clock as now
from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, NotFound, WrongState
from tasks.actions.import_link import link_former_worker
from tasks.models import FormerWorker
from tests import world
from tests.tasks.imports.props import WORKERS, imported
from workers.actions.claim_former_id import claim_former_id
from workers.actions.grant_qualification import grant_qualification
from workers.actions.qualification_types import create_qualification_type
from workers.models import Qualification, QualificationType, WorkerBlock

pytestmark = pytest.mark.django_db

AMAZON_ID = WORKERS["Worker ID"]


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


@pytest.fixture
def worker():
    return world.a_worker()


def former_of(lab, **changes):
    imported(lab, [{**WORKERS, "CURRENT-Dogs": "40", **changes}])
    return FormerWorker.objects.get(requester=lab.requester)


def claim(worker, text=AMAZON_ID):
    return claim_former_id(worker=worker, former_mturk_id=text, at=now.now())


def link(lab, former, worker):
    return link_former_worker(
        by=lab.by, former_id=former.pk, worker_id=worker.public_id, at=now.now()
    )


def granted(worker):
    held = Qualification.objects.filter(worker=worker, status="Granted")
    return dict(held.values_list("type__name", "value"))


def test_scores_become_grants_of_types_of_the_same_name(lab, worker):
    former = former_of(lab)
    claim(worker)
    link(lab, former, worker)
    former.refresh_from_db()
    assert (former.worker, former.linked_at) == (worker, now.now())
    assert granted(worker) == {"Cats": 87, "Dogs": 40}
    owners = QualificationType.objects.filter(name__in=["Cats", "Dogs"])
    assert set(owners.values_list("owner", "is_sandbox")) == {(lab.requester.pk, False)}
    assert not WorkerBlock.objects.exists()
    assert AuditEntry.objects.filter(action="link_former_worker").count() == 1


def test_a_type_that_is_there_is_used_and_a_grant_that_is_there_is_newer(lab, worker):
    kinds = {
        name: create_qualification_type(
            by=lab.by, is_sandbox=False, values={"name": name, "description": name}, at=now.now()
        )
        for name in ("Cats", "Dogs")
    }
    grant_qualification(by=lab.by, kind=kinds["Cats"], worker=worker, value=5, at=now.now())
    former = former_of(lab)
    claim(worker)
    link(lab, former, worker)
    assert granted(worker) == {"Cats": 5, "Dogs": 40}
    assert QualificationType.objects.filter(owner=lab.requester).count() == 2


def test_a_block_stays_a_block(lab, worker):
    former = former_of(lab, **{"CURRENT-BlockStatus": "Blocked"})
    claim(worker)
    link(lab, former, worker)
    block = WorkerBlock.objects.get()
    assert (block.worker, block.requester, block.unblocked_at) == (worker, lab.requester, None)


def test_without_the_workers_own_word_nobody_is_linked(lab, worker):
    former = former_of(lab)
    with pytest.raises(WrongState, match="Nothing was changed"):
        link(lab, former, worker)
    claim(worker)
    claim(worker, "")
    with pytest.raises(WrongState):
        link(lab, former, worker)
    assert granted(worker) == {}


def test_of_two_who_say_they_were_the_same_one_is_believed(lab, worker):
    former, other = former_of(lab), world.a_worker("other")
    claim(worker)
    claim(other)
    link(lab, former, worker)
    link(lab, former, worker)  # again: nothing changes
    with pytest.raises(WrongState, match="another worker already"):
        link(lab, former, other)
    assert granted(other) == {}
    assert AuditEntry.objects.filter(action="link_former_worker").count() == 1


def test_another_requesters_former_workers_do_not_exist(lab, worker):
    former = former_of(lab)
    claim(worker)
    with pytest.raises(NotFound):
        link(world.a_lab("Other Lab", cents=0), former, worker)


def test_linking_takes_a_manager(lab, worker):
    former = former_of(lab)
    claim(worker)
    user = world.a_user("reviewer@vision-lab.test")
    reviewer = world.Lab(user, lab.requester, world.a_member(lab.requester, user, Role.REVIEWER))
    with pytest.raises(NotAllowed):
        link(reviewer, former, worker)


@pytest.mark.parametrize("text", [" a1b2c3d4e5f6g7 ", "A1B2C3D4E5F6G7"])
def test_an_id_is_stated_in_amazons_form(worker, text):
    assert claim(worker, text).former_mturk_id == AMAZON_ID


@pytest.mark.parametrize("text", ["B1234567", "A12", "A" * 65, "A1B2C3\0D4", "A1B2 C3D4"])
def test_what_cannot_be_an_amazon_id_is_refused(worker, text):
    with pytest.raises(InvalidInput) as refused:
        claim(worker, text)
    assert refused.value.details["field"] == "former_mturk_id"
