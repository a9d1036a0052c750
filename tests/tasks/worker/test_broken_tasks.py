"""A HIT that breaks says so to its requester, and its worker returns it without harm."""

import pytest
from django.urls import reverse

from tasks.actions.give_back import return_assignment
from tasks.models import HIT, Assignment, Breakage
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(lab, clock):
    """Three HITs at ten cents, two assignments each."""
    return world.a_batch(lab)


@pytest.fixture
def assignment(worker, batch):
    """What the worker has accepted."""
    return world.accepted(worker, batch)


@pytest.fixture
def lab_pages(client, lab):
    """The requester's browser."""
    client.force_login(lab.user)
    return client


@pytest.fixture
def pace(lab_pages, batch):
    """A function that reads the part of the batch's page that tells of trouble."""
    address = reverse("requester:batch_pace", args=[batch.pk])
    return lambda: lab_pages.get(address).content.decode()


def tell(pages, assignment, kind="load", detail="https://lab.example/cat.jpg"):
    """What the work page's script sends."""
    path = f"/work/task/{assignment.public_id}/broken/"
    return pages.post(path, {"kind": kind, "detail": detail})


def test_the_requester_reads_what_broke_and_for_how_many(pages, lab_pages, pace, batch, assignment):
    assert tell(pages, assignment).status_code == 204
    assert "A file did not load:" in pace()
    assert "https://lab.example/cat.jpg" in pace()
    assert f"1 worker, HIT {assignment.hit.public_id}" in pace()
    start = lab_pages.get(reverse("requester:start")).content.decode()
    assert "Something broke for 1 worker" in start
    assert reverse("requester:batch", args=[batch.pk]) in start


def test_a_batch_without_trouble_says_nothing_of_it(pace, assignment):
    assert "breaks" not in pace()


def test_what_broke_first_is_kept_once_per_assignment(pages, assignment):
    tell(pages, assignment, "script", "x is not defined")
    tell(pages, assignment, "load", "and its consequences")
    assert Breakage.objects.get().detail == "x is not defined"


def test_what_the_page_says_is_cut_and_cleaned(pages, assignment):
    assert tell(pages, assignment, "script", "a\x00b\n" + "c" * 1000).status_code == 204
    assert Breakage.objects.get().detail == "a b " + "c" * 296


def test_a_kind_that_there_is_not_is_refused_with_words(pages, assignment):
    answer = tell(pages, assignment, "weather")
    assert answer.status_code == 400
    assert "Say what broke" in answer.content.decode()


def test_nobody_tells_of_somebody_elses_assignment(pages, batch):
    others = world.accepted(world.a_worker("somebody.else"), batch)
    assert tell(pages, others).status_code == 404
    assert not Breakage.objects.exists()


def test_after_its_end_an_assignment_breaks_no_more(pages, worker, assignment, clock):
    return_assignment(worker=worker, assignment_id=assignment.public_id, at=clock.now)
    assert tell(pages, assignment).status_code == 204
    assert not Breakage.objects.exists()


def test_returning_a_broken_hit_harms_nobody(pages, worker, assignment):
    tell(pages, assignment)
    before = HIT.objects.get(pk=assignment.hit_id).open_slots
    pages.post(f"/work/task/{assignment.public_id}/return/")
    assert Assignment.objects.get(pk=assignment.pk).status == "Returned"
    assert HIT.objects.get(pk=assignment.hit_id).open_slots == before + 1


def test_a_page_that_can_not_be_made_says_why_to_the_page_around_it(pages, assignment):
    question = assignment.hit.question
    question.kind, question.content = "html", "<HTMLQuestion>cut off"
    question.save()
    shown = pages.get(f"/work/frame/{assignment.public_id}/")
    assert shown.status_code == 404
    assert "be shown. Return it" in shown.content.decode()
    assert "data-broken=" in shown.content.decode()
    assert "externalHIT_v1" in shown.content.decode()
