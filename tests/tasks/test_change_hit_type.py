"""A HIT moves to another type: its terms, its money, and what keeps it where it is."""

from decimal import Decimal

import pytest

from marketplace import clock as now
from marketplace.accounts.models import Role
from marketplace.errors import InsufficientFunds, NotAllowed, NotFound, WrongState
from payments import audit, ledger, queries
from tasks import jobs, money_audit
from tasks.actions.accept import accept_hit
from tasks.actions.change_hit import delete_hit, set_expiration
from tasks.actions.change_hit_type import change_hit_type
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.give_back import return_assignment
from tasks.actions.submit import submit
from tasks.actions.take_down import take_down_group
from tasks.models import HIT, Assignment, HITType
from tasks.questions.layout import question_for
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock, settings):
    settings.MANYHANDS_FEE_PERCENT = Decimal(10)
    return world.a_lab(cents=100_00)


@pytest.fixture(autouse=True)
def _books_balance(lab):
    """Whatever a test here does, money and counts are right at its end, folded or not."""
    yield
    assert differences() == []
    jobs.fold_tallies()
    assert differences() == []


def differences():
    return [*audit.differences(), *money_audit.differences()]


def a_type(lab, *, is_sandbox=False, **terms):
    values = {**world.TERMS, "reward_cents": 100, **terms}
    return hit_type_for(
        requester=lab.requester, is_sandbox=is_sandbox, terms=values, at=now.now()
    )  # fmt: skip


def a_hit(lab, hit_type=None, most=3):
    return create_hit(
        by=lab.by, hit_type=hit_type or a_type(lab), question=question_for("<p>?</p>"), inputs={},
        max_assignments=most, lifetime_seconds=86_400, at=now.now(),
    )  # fmt: skip


def change(lab, hit, hit_type, **changes):
    values = {
        "by": lab.by, "hit_id": hit.public_id, "hit_type_id": hit_type.public_id,
        "is_sandbox": False, "at": now.now(), **changes,
    }  # fmt: skip
    return change_hit_type(**values)


def take(hit, name="wanda"):
    taken = accept_hit(worker=world.a_worker(name), hit_id=hit.public_id, at=now.now())
    return taken.assignment_id


def hand_in(hit, name="wanda"):
    assignment_id = take(hit, name)
    submit(assignment_id=assignment_id, answer={}, at=now.now())
    return assignment_id


def fresh(hit):
    return HIT.objects.select_related("hit_type").get(pk=hit.pk)


def test_the_hit_takes_over_the_types_terms_and_is_listed_with_its_group(lab):
    hit, wanted = a_hit(lab), a_type(lab, title="A new title", assignment_seconds=60)
    change(lab, hit, wanted)
    assert fresh(hit).hit_type.title == "A new title"
    jobs.fold_tallies()
    assert list(HITType.objects.order_by("pk").values_list("hits_available", flat=True)) == [0, 1]
    assert HITType.objects.get(pk=wanted.pk).last_expiry_at == hit.expires_at
    taken = Assignment.objects.get(public_id=take(hit))
    assert (taken.deadline_at - taken.accepted_at).total_seconds() == 60


@pytest.mark.parametrize(("reward", "fee"), [(150, 15), (50, 5), (0, 0)])
def test_the_difference_of_rewards_and_fees_is_held_or_returned_at_once(lab, reward, fee):
    hit = a_hit(lab, most=3)
    change(lab, hit, a_type(lab, reward_cents=reward))
    assert ledger.balance(hit.escrow_id) == 3 * (reward + fee)
    balance = queries.requester_balance(lab.requester.public_id, "USD")
    assert balance == 100_00 - 3 * (reward + fee)
    assignment = hand_in(hit)
    approve_assignments(by=lab.by, assignment_ids=[assignment], at=now.now())
    worker = Assignment.objects.get().worker
    assert queries.earnings_of(worker.public_id, "USD").available_cents == reward


def test_to_and_fro_each_move_is_its_own(lab):
    hit, dear = a_hit(lab), a_type(lab, reward_cents=200)
    cheap = hit.hit_type
    for wanted in (dear, cheap, dear, cheap):
        change(lab, hit, wanted)
    assert ledger.balance(hit.escrow_id) == 3 * 110


def test_the_fee_is_todays_with_a_new_reward_and_stays_with_the_old_one(lab, settings):
    hit = a_hit(lab)
    settings.MANYHANDS_FEE_PERCENT = Decimal(50)
    change(lab, hit, a_type(lab, title="Same money"))
    assert fresh(hit).fee_cents == 10
    change(lab, hit, a_type(lab, reward_cents=101))
    assert fresh(hit).fee_cents == 51


def test_without_funds_for_the_difference_nothing_changes(lab):
    hit = a_hit(lab)
    with pytest.raises(InsufficientFunds, match="short of this"):
        change(lab, hit, a_type(lab, reward_cents=100_00))
    assert fresh(hit).hit_type_id == hit.hit_type_id


def test_who_is_at_work_gets_the_raise(lab):
    hit = a_hit(lab, most=1)
    assignment = hand_in(hit)
    change(lab, hit, a_type(lab, reward_cents=120))
    approve_assignments(by=lab.by, assignment_ids=[assignment], at=now.now())
    worker = Assignment.objects.get().worker
    assert queries.earnings_of(worker.public_id, "USD").available_cents == 120


def test_a_reward_that_somebody_counts_on_is_not_lowered(lab):
    for name, step in (("a", take), ("b", hand_in)):
        hit = a_hit(lab)
        step(hit, name)
        with pytest.raises(WrongState, match="lowered") as refused:
            change(lab, hit, a_type(lab, reward_cents=99))
        assert refused.value.details["thing"] == "hit"


def test_a_reward_that_only_returned_work_was_done_for_can_be_lowered(lab):
    hit = a_hit(lab)
    assignment = Assignment.objects.get(public_id=take(hit))
    return_assignment(worker=assignment.worker, assignment_id=assignment.public_id, at=now.now())
    assert change(lab, hit, a_type(lab, reward_cents=99)).reward_cents == 99


def test_a_reward_that_was_paid_or_is_held_for_an_appeal_stays(lab, clock):
    paid, rejected = a_hit(lab), a_hit(lab)
    approve_assignments(by=lab.by, assignment_ids=[hand_in(paid, "a")], at=now.now())
    reject_assignments(
        by=lab.by, assignment_ids=[hand_in(rejected, "b")], at=now.now(), feedback="no"
    )
    dearer = a_type(lab, reward_cents=200)
    for hit in (paid, rejected):
        with pytest.raises(WrongState, match="can't change"):
            change(lab, hit, dearer)
        change(lab, hit, a_type(lab, title="Same money"))
    clock.forward(days=8)
    jobs.release_rejected()
    jobs.expire_hits()
    change(lab, rejected, dearer)
    undone = Assignment.objects.get(hit=rejected)
    approve_assignments(
        by=lab.by, assignment_ids=[undone.public_id], at=now.now(), undo_rejection=True
    )
    assert queries.earnings_of(undone.worker.public_id, "USD").available_cents == 200


def test_an_expired_hit_takes_the_new_reward_where_it_opens_again(lab, clock):
    hit = a_hit(lab, most=2)
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=now.now(), at=now.now())
    change(lab, hit, a_type(lab, reward_cents=200))
    assert ledger.balance(hit.escrow_id) == 0
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=hit.expires_at, at=now.now())
    assert ledger.balance(hit.escrow_id) == 2 * 220


def test_changing_to_the_type_it_has_changes_nothing(lab):
    hit = a_hit(lab)
    assert change(lab, hit, hit.hit_type).escrow_moves == fresh(hit).escrow_moves == 1


def test_a_deleted_hit_and_one_of_a_batch_stay_as_they_are(lab, clock):
    hit = a_hit(lab)
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=now.now(), at=now.now())
    delete_hit(by=lab.by, hit_id=hit.public_id, at=now.now())
    with pytest.raises(WrongState, match="currently in the state 'Disposed'"):
        change(lab, hit, a_type(lab, reward_cents=200))
    world.a_batch(lab, rows=1)
    with pytest.raises(WrongState, match="batch"):
        change(lab, HIT.objects.get(batch__isnull=False), a_type(lab))


def test_moving_is_no_way_out_of_being_taken_down_nor_into_it(lab):
    staff = world.a_user("staff@manyhands.test", is_staff=True, is_superuser=True)
    free, down = a_hit(lab), a_hit(lab, a_type(lab, title="Bad work"))
    take_down_group(staff=staff, hit_type=down.hit_type, reason="It phishes.", at=now.now())
    for hit, wanted in ((down, free.hit_type), (free, down.hit_type)):
        with pytest.raises(WrongState, match="taken this work down"):
            change(lab, hit, wanted)


def test_others_hits_types_and_the_other_side_do_not_exist(lab):
    other = world.a_lab("Other Lab")
    hit, wanted = a_hit(lab), a_type(lab, reward_cents=200)
    theirs, sandbox = a_type(other, title="Theirs"), a_type(lab, is_sandbox=True, title="Play")
    for changes, thing in (
        ({"by": other.by, "hit_type_id": theirs.public_id}, "hit"),
        ({"hit_type_id": theirs.public_id}, "hit_type"),
        ({"hit_type_id": sandbox.public_id}, "hit_type"),
        ({"hit_id": "3NONE"}, "hit"),
        ({"is_sandbox": True, "hit_type_id": sandbox.public_id}, "hit"),
    ):
        with pytest.raises(NotFound, match="does not exist") as refused:
            change(lab, hit, wanted, **changes)
        assert refused.value.details["thing"] == thing


def test_it_takes_a_manager(lab):
    user = world.a_user("reviewer@vision-lab.test")
    reviewer = world.a_member(lab.requester, user, Role.REVIEWER)
    with pytest.raises(NotAllowed):
        change(lab, a_hit(lab), a_type(lab, reward_cents=200), by=reviewer)
