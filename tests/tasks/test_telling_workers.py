"""A worker hears by e-mail of a bonus and of a rejection: once, and not of play work."""

import pytest

from marketplace import clock as now
from marketplace.errors import InsufficientFunds
from marketplace.models import OutboxMessage
from payments.actions.grant_play_money import grant_play_money
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.send_bonus import send_bonus
from tests.world import a_batch, a_lab, a_worker, submitted
from workers.actions.choose_mail import choose_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return a_lab()


def letters():
    return [
        message.payload for message in OutboxMessage.objects.filter(kind="email").order_by("pk")
    ]


def reject(lab, *assignments, feedback="Blank."):
    return reject_assignments(
        by=lab.by, assignment_ids=[each.public_id for each in assignments], feedback=feedback,
        at=now.now(),
    )  # fmt: skip


def bonus(lab, assignment, cents=150):
    return send_bonus(
        by=lab.by, assignment_id=assignment.public_id, amount_cents=cents, reason="Quick & right.",
        at=now.now(),
    )  # fmt: skip


def test_a_bonus_is_told_with_its_amount_and_reason(lab):
    worker = a_worker()
    bonus(lab, submitted(worker, a_batch(lab, rows=1)))
    (letter,) = letters()
    assert letter["to"] == worker.user.email
    assert "$1.50" in letter["subject"]
    assert "Vision Lab" in letter["subject"]
    assert "Quick & right." in letter["text"]
    assert lab.user.email not in str(letter)


def test_two_bonuses_are_two_letters(lab):
    assignment = submitted(a_worker(), a_batch(lab, rows=1))
    for _ in range(2):
        bonus(lab, assignment)
    assert len(letters()) == 2


def test_a_bonus_that_was_not_paid_is_not_told(lab):
    assignment = submitted(a_worker(), a_batch(lab, rows=1))
    with pytest.raises(InsufficientFunds):
        bonus(lab, assignment, cents=500_000)
    assert letters() == []


def test_a_decision_writes_to_each_worker_once(lab):
    batch = a_batch(lab, rows=3)
    one, two = a_worker("one"), a_worker("two")
    done = [submitted(one, batch) for _ in range(3)] + [submitted(two, batch)]
    reject(lab, *done, feedback="All of it is blank.")
    assert sorted(letter["to"] for letter in letters()) == [one.user.email, two.user.email]
    for letter in letters():
        assert "All of it is blank." in letter["text"]
        assert "Vision Lab" in letter["text"]
        assert lab.user.email not in str(letter)


def test_a_run_of_many_decisions_writes_once_and_later_ones_again(lab, clock):
    """A review of a whole batch is carried out in steps: it must not flood anybody."""
    batch, worker = a_batch(lab, rows=3), a_worker()
    first, second, third = [submitted(worker, batch) for _ in range(3)]
    reject(lab, first)
    reject(lab, second)
    assert len(letters()) == 1
    clock.forward(hours=1)
    reject(lab, third)
    assert len(letters()) == 2


def test_approving_writes_to_nobody(lab):
    assignment = submitted(a_worker(), a_batch(lab, rows=1))
    approve_assignments(by=lab.by, assignment_ids=[assignment.public_id], at=now.now())
    assert letters() == []


def test_who_wants_none_gets_none(lab):
    worker = a_worker()
    choose_mail(worker=worker, wanted=["message"], at=now.now())
    batch = a_batch(lab, rows=2)
    reject(lab, submitted(worker, batch))
    bonus(lab, submitted(worker, batch))
    assert letters() == []


def test_play_work_writes_to_nobody(lab):
    grant_play_money(requester=lab.requester, at=now.now())
    assignment = submitted(a_worker(), a_batch(lab, rows=1, is_sandbox=True))
    bonus(lab, assignment)
    reject(lab, assignment)
    assert letters() == []
