"""Two processes at one import, two people confirming one former worker. Each race has its twin."""

from datetime import timedelta
from functools import partial

import pytest

from marketplace import clock
from marketplace.errors import WrongState
from tasks.actions import import_link, import_rows
from tasks.actions.import_link import link_former_worker
from tasks.actions.import_rows import go_on_importing
from tasks.models import FormerWorker, ImportedAssignment
from tests import world
from tests.concurrency.racing import Meeting, errors, together
from tests.tasks.imports.props import WORKERS, imported, results, uploaded
from workers.actions.claim_former_id import claim_former_id
from workers.models import Qualification

pytestmark = pytest.mark.django_db(transaction=True)


def _import_twice_at_once(monkeypatch):
    """The lease is a courtesy: it must come out right where it lets both in."""
    monkeypatch.setattr(import_rows, "LEASE", timedelta(seconds=-1))
    monkeypatch.setattr(import_rows, "CHUNK", 10)
    keep = Meeting().before(import_rows._keep_assignments)
    monkeypatch.setitem(import_rows._KEEP, "results", keep)
    found = uploaded(world.a_lab(cents=0), results(35))
    call = partial(go_on_importing, import_id=found.pk, now=clock.now)
    outcomes = together(call, call)
    found.refresh_from_db()
    return found, errors(outcomes)


def test_two_processes_store_each_row_once_and_count_it_once(monkeypatch):
    found, wrong = _import_twice_at_once(monkeypatch)
    assert wrong == []
    assert (found.status, found.stored_rows, found.added_count) == ("done", 35, 35)
    assert ImportedAssignment.objects.count() == 35


def test_without_the_lock_what_was_added_is_counted_wrong(monkeypatch, lift_row_locks):
    """Twin. The rows themselves are held once by their constraint."""
    lift_row_locks()
    found, _wrong = _import_twice_at_once(monkeypatch)
    assert ImportedAssignment.objects.count() == 35
    assert found.added_count != 35


def _two_confirmations(monkeypatch):
    lab = world.a_lab(cents=0)
    imported(lab, [WORKERS])
    former = FormerWorker.objects.get()
    workers = [world.a_worker(name) for name in ("ann", "ben")]
    for worker in workers:
        claim_former_id(worker=worker, former_mturk_id=former.amazon_id, at=clock.now())
    grant = Meeting().before(import_link._grant_scores)
    monkeypatch.setattr(import_link, "_grant_scores", grant)
    outcomes = together(*[
        partial(
            link_former_worker,
            by=lab.by, former_id=former.pk, worker_id=worker.public_id, at=clock.now(),
        )
        for worker in workers
    ])  # fmt: skip
    return errors(outcomes)


def test_of_two_who_claim_to_be_the_same_worker_one_is_confirmed(monkeypatch):
    (refusal,) = _two_confirmations(monkeypatch)
    assert isinstance(refusal, WrongState)
    assert Qualification.objects.count() == 1


def test_without_the_lock_both_get_the_scores(monkeypatch, lift_row_locks):
    """Twin."""
    lift_row_locks()
    assert _two_confirmations(monkeypatch) == []
    assert Qualification.objects.count() == 2
