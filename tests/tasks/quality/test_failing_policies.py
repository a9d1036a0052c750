"""Policies when something fails: a kill, a bug, the database. Nothing is done twice, nothing is
lost, and nobody waits for what is broken."""

import pytest
from django.db import OperationalError

from tasks.actions import carry_out_policy, run_review_policies
from tasks.models import PolicyAction, ReviewPolicy
from tests import world
from tests.tasks.quality.props import (
    differences,
    done,
    found,
    fresh,
    hand_in,
    make_hit,
    run,
    status,
)

pytestmark = pytest.mark.django_db

DECIDE = {"ApproveIfKnownAnswerScoreIsAtLeast": 100, "RejectIfKnownAnswerScoreIsLessThan": 100}
EXTEND = {"ExtendIfKnownAnswerScoreIsLessThan": 100}


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=100_00)


@pytest.fixture(autouse=True)
def _books_balance(lab):
    yield
    assert differences() == []


class Killed(BaseException):
    """The process died here."""


def _killed_after(function):
    def die(*args, **kwargs):
        function(*args, **kwargs)
        raise Killed

    return die


@pytest.mark.parametrize("place", ["_intend", "_reviewed"])
def test_killed_while_judging_nothing_is_kept_and_the_next_judges_once(lab, monkeypatch, place):
    hit = make_hit(lab, known=DECIDE, most=1)
    hand_in(hit, "a", gold="right")
    with monkeypatch.context() as patch:
        patch.setattr(
            run_review_policies, place, _killed_after(getattr(run_review_policies, place))
        )
        with pytest.raises(Killed):
            run()
    assert found(hit) == []
    run()
    assert [outcome[:2] for outcome in done(hit)] == [("approve", "Succeeded")]


@pytest.mark.parametrize("name", ["approve_assignments", "reject_assignments", "add_assignments"])
def test_killed_while_deciding_it_is_decided_once(lab, monkeypatch, name):
    hit = make_hit(lab, known={**DECIDE, **EXTEND}, most=2)
    hand_in(hit, "a", gold="right")
    hand_in(hit, "b", gold="left")
    with monkeypatch.context() as patch:
        patch.setattr(carry_out_policy, name, _killed_after(getattr(carry_out_policy, name)))
        with pytest.raises(Killed):
            run()
    run()
    assert [outcome[:2] for outcome in done(hit)] == [
        ("approve", "Succeeded"), ("reject", "Succeeded"), ("extend", "Succeeded"),
    ]  # fmt: skip
    assert fresh(hit).max_assignments == 3


def test_what_cannot_be_judged_is_a_failed_review_and_keeps_no_other_waiting(lab):
    broken, sound = make_hit(lab, known=DECIDE, most=1), make_hit(lab, known=DECIDE, most=1)
    ReviewPolicy.objects.filter(hit=broken).update(parameters={"nonsense": 1})
    hand_in(broken, "a", gold="right")
    fine = hand_in(sound, "b", gold="right")
    run()
    assert status(fine) == "Approved"
    review = PolicyAction.objects.get(policy__hit=broken)
    assert (review.name, review.status, review.error_code) == (
        "review", "Failed", "AWS.ServiceUnavailable",
    )  # fmt: skip
    assert run() == 0


def test_what_breaks_while_it_is_carried_out_fails_once(lab, monkeypatch):
    hit = make_hit(lab, known=DECIDE, most=1)
    hand_in(hit, "a", gold="right")
    with monkeypatch.context() as patch:
        patch.setattr(carry_out_policy, "approve_assignments", lambda **_: 1 / 0)
        run()
    assert run() == 0
    action = PolicyAction.objects.get(name="approve")
    assert (action.status, action.error_code) == ("Failed", "AWS.ServiceUnavailable")


def test_a_database_that_fails_for_a_moment_costs_a_turn_and_no_outcome(lab, monkeypatch):
    hit = make_hit(lab, known=DECIDE, most=1)
    assignment = hand_in(hit, "a", gold="right")

    def deadlock(**_):
        raise OperationalError("deadlock detected")

    for module, name in (
        (run_review_policies, "judge_assignment"), (carry_out_policy, "approve_assignments"),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda *_, **__: deadlock())
            run()
        assert status(assignment) == "Submitted"
    run()
    assert status(assignment) == "Approved"
