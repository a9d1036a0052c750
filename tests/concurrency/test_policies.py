"""Review policies run by two processes at once, against each other and against people. Each race
has its twin without the lock."""

from functools import partial

import pytest
from django.test import override_settings

from marketplace import clock
from tasks import jobs
from tasks.actions import run_review_policies
from tasks.actions.accept import accept_hit
from tasks.actions.change_hit_type import change_hit_type
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.decide import approve_assignments
from tasks.models import HIT, Assignment, Event, PolicyAction
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together
from tests.tasks.quality.props import hand_in, make_hit

pytestmark = pytest.mark.django_db(transaction=True)

REJECT_AND_EXTEND = {
    "RejectIfKnownAnswerScoreIsLessThan": 100,
    "ExtendIfKnownAnswerScoreIsLessThan": 100,
}


def _some_hits(lab, round_number, count=4):
    hits = [make_hit(lab, known=REJECT_AND_EXTEND, most=1) for _ in range(count)]
    for number, hit in enumerate(hits):
        hand_in(hit, f"w{round_number}-{number}", gold="left")
    return hits


def _outcomes(hits):
    actions = PolicyAction.objects.filter(policy__hit__in=hits).order_by("policy__hit", "pk")
    return list(actions.values_list("name", "status"))


def test_two_processes_judge_each_event_and_do_each_action_once():
    lab = world.a_lab()
    for number in range(ROUNDS):
        hits = _some_hits(lab, number)
        assert errors(together(jobs.run_policies, jobs.run_policies)) == []
        jobs.run_policies()  # the other's row was skipped, and is left for the next turn
        assert _outcomes(hits) == [
            ("review", "Succeeded"), ("reject", "Succeeded"), ("extend", "Succeeded"),
        ] * len(hits)  # fmt: skip
        extended = HIT.objects.filter(pk__in=[hit.pk for hit in hits])
        assert set(extended.values_list("max_assignments", flat=True)) == {2}
    assert not Event.objects.exists()
    assert differences() == []


def test_without_the_locks_an_event_is_judged_twice(monkeypatch, lift_row_locks):
    """Twin."""
    lab = world.a_lab()
    (hit,) = _some_hits(lab, 0, count=1)
    lift_row_locks()
    meeting = Meeting(seconds=10)
    monkeypatch.setattr(
        run_review_policies, "_reviewed", meeting.before(run_review_policies._reviewed)
    )
    event = Event.objects.get()
    judge = partial(run_review_policies.judge_event, event_id=event.pk, at=clock.now())
    together(judge, judge)
    assert PolicyAction.objects.filter(policy__hit=hit, name="review").count() == 2


def test_a_policy_against_its_requester_ends_one_way():
    lab = world.a_lab()
    for number in range(ROUNDS):
        hits = _some_hits(lab, number, count=2)
        work = Assignment.objects.filter(hit__in=hits)
        ids = list(work.values_list("public_id", flat=True))
        approve = partial(
            approve_assignments, by=lab.by, assignment_ids=ids, at=clock.now()
        )  # fmt: skip
        assert errors(together(jobs.run_policies, approve)) == []
        for hit in hits:
            status = work.get(hit=hit).status
            rejection = PolicyAction.objects.get(policy__hit=hit, name="reject").status
            assert (status, rejection) in [("Approved", "Failed"), ("Rejected", "Succeeded")]
    assert differences() == []


def _lower_against_accept(lab, number):
    hit = make_hit(lab, reward_cents=100)
    cheap = hit_type_for(
        requester=lab.requester, is_sandbox=False,
        terms={**world.TERMS, "reward_cents": 50}, at=clock.now(),
    )  # fmt: skip
    worker = world.a_worker(f"w{number}")
    together(
        partial(
            change_hit_type, by=lab.by, hit_id=hit.public_id, hit_type_id=cheap.public_id,
            is_sandbox=False, at=clock.now(),
        ),
        partial(accept_hit, worker=worker, hit_id=hit.public_id, at=clock.now()),
    )  # fmt: skip
    return HIT.objects.get(pk=hit.pk)


@override_settings(MANYHANDS_QUEUE_LIMIT=1000)
def test_a_reward_lowered_while_somebody_accepts_leaves_the_books_right():
    lab = world.a_lab()
    for number in range(ROUNDS):
        hit = _lower_against_accept(lab, number)
        assert hit.reward_cents == hit.hit_type.reward_cents
        assert differences() == []
