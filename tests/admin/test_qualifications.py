"""Staff and qualifications: Masters are made with a reason; types, requests and blocks are read."""

import pytest
from django.urls import reverse

from marketplace.audit.models import AuditEntry
from tests import world
from tests.admin.test_pages import page, text_of
from tests.questionforms import KEY, TEST
from workers.actions.block_worker import block_worker
from workers.actions.grant_qualification import grant_qualification
from workers.actions.request_qualification import request_qualification, submit_test
from workers.eligibility import MASTERS
from workers.models import Qualification, WorkerBlock


def act(user, name):
    return reverse("admin:accounts_user_act", args=[user.pk, name])


def test_a_worker_is_made_a_master_and_unmade_each_with_a_reason(place, staff):
    user = place.worker.user
    assert "Make a Master" in text_of(page(staff, "accounts_user", user.pk))
    assert staff.post(act(user, "award_masters"), {"reason": " "}).status_code == 400
    staff.post(act(user, "award_masters"), {"reason": "Years of good work."})
    held = Qualification.objects.filter(worker=place.worker, status="Granted")
    assert {each.type.public_id for each in held} == set(MASTERS.values())
    text = text_of(page(staff, "accounts_user", user.pk))
    assert "Take Masters back" in text
    assert "Make a Master" not in text
    staff.post(act(user, "withdraw_masters"), {"reason": "Sold the account."})
    assert not held.all().exists()
    entries = AuditEntry.objects.filter(action__endswith="masters").order_by("pk")
    assert [(entry.actor, entry.reason) for entry in entries] == [
        (f"user:{place.staff.pk}", "Years of good work."),
        (f"user:{place.staff.pk}", "Sold the account."),
    ]


def test_somebody_who_does_not_work_is_no_master(place, staff):
    assert "Make a Master" not in text_of(page(staff, "accounts_user", place.lab.user.pk))
    staff.post(act(place.lab.user, "award_masters"), {"reason": "Why not."})
    assert not Qualification.objects.exists()


@pytest.fixture
def qualified(place, clock):
    """A graded test that the worker took, a grant, and a block."""
    kind = world.a_qualification(place.lab, "Sky", test=TEST, answer_key=KEY, test_seconds=60)
    asked = request_qualification(
        worker=place.worker, type_id=kind.public_id, is_sandbox=False, at=clock.now
    )
    submit_test(
        worker=place.worker, request_id=asked.public_id, answer={"sky": ["blue"]}, at=clock.now
    )
    grant_qualification(by=place.lab.by, kind=kind, worker=place.worker, value=99, at=clock.now)
    block_worker(
        by=place.lab.by, worker=place.worker, is_sandbox=False, reason="Guesses.", at=clock.now
    )
    return kind, asked


def test_a_types_page_has_its_rules_its_test_holders_and_trail(place, staff, qualified):
    kind, asked = qualified
    text = text_of(page(staff, "workers_qualificationtype", kind.public_id))
    for wanted in ("Vision Lab", "colour is the sky", place.worker.public_id, "99",
                   asked.public_id, "create qualification type"):  # fmt: skip
        assert wanted in text, wanted


def test_a_request_and_a_block_are_read(place, staff, qualified):
    _kind, asked = qualified
    text = text_of(page(staff, "workers_qualificationrequest", asked.public_id))
    assert "blue" in text
    block = WorkerBlock.objects.get(worker=place.worker)
    assert "Guesses." in text_of(page(staff, "workers_workerblock", block.pk))
    person = text_of(page(staff, "accounts_user", place.worker.user.pk))
    assert "Guesses." in person
    assert "Sky" in person


def test_a_system_type_has_a_page(place, staff):
    text = text_of(page(staff, "workers_qualificationtype", MASTERS[False]))
    assert "the marketplace" in text


def test_lists_are_found_by_whole_ids(place, staff, qualified):
    kind, asked = qualified
    for model, key in (
        ("workers_qualificationtype", kind.public_id),
        ("workers_qualificationtype", place.lab.requester.public_id),
        ("workers_qualificationrequest", asked.public_id),
        ("workers_workerblock", place.worker.public_id),
    ):
        answer = staff.get(reverse(f"admin:{model}_changelist"), {"q": key})
        assert "0 results" not in text_of(answer)
