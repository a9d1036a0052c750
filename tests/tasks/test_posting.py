"""Publishing, extending, cancelling, and changing single HITs: what is held, and what goes back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace import money
from marketplace.accounts.models import Role
from marketplace.errors import InsufficientFunds, InvalidInput, NotAllowed, NotFound, WrongState
from payments import audit, ledger, queries
from tasks import jobs, money_audit
from tasks.actions import publish_batch as publishing
from tasks.actions.cancel_batch import cancel_batch
from tasks.actions.change_hit import add_assignments, delete_hit, set_expiration, set_reviewing
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.extend_batch import extend_batch
from tasks.actions.give_back import return_assignment
from tasks.actions.publish_batch import cost_of, go_on_publishing, publish_batch
from tasks.actions.save_project import archive_project, update_project
from tasks.actions.take_down import take_down_group
from tasks.models import HIT, Batch, HITType
from tasks.questions.layout import question_for
from tests import world

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def lab(settings):
    settings.MANYHANDS_FEE_PERCENT = Decimal(10)
    return world.a_lab(cents=100_00)


@pytest.fixture(autouse=True)
def _books_balance():
    """Whatever a test here does, the money is right at its end."""
    yield
    assert [*audit.differences(), *money_audit.differences()] == []


def balance(lab):
    return queries.requester_balance(lab.requester.public_id, "USD")


def ready(lab, rows=3, **changes):
    project = world.a_project(lab, **changes)
    return world.an_upload(lab, project, [f"row {n}" for n in range(rows)])


def publish(lab, batch, clock, cents=None):
    cost = sum(cost_of(batch, batch.project))
    return publish_batch(
        by=lab.by, batch=batch, confirmed_cents=cost if cents is None else cents, at=clock.now
    )


def test_publishing_holds_exactly_rewards_and_fees(lab, clock):
    batch = ready(lab, rows=3, reward_cents=100, max_assignments=2)
    publish(lab, batch, clock)
    assert balance(lab) == 100_00 - 3 * 2 * 110
    assert not HIT.objects.exists()
    jobs.publish_batches()
    assert [ledger.balance(hit.escrow_id) for hit in HIT.objects.all()] == [220] * 3
    assert balance(lab) == 100_00 - 3 * 2 * 110


def test_without_funds_nothing_is_published_and_the_sentence_says_what_is_missing(lab, clock):
    batch = ready(lab, rows=3, reward_cents=1600, max_assignments=2)
    with pytest.raises(InsufficientFunds, match=r"\$5\.60 short"):
        publish(lab, batch, clock)
    jobs.publish_batches()
    batch.refresh_from_db()
    assert batch.status == "checked"
    assert balance(lab) == 100_00
    assert not HIT.objects.exists()
    assert not HITType.objects.exists()


def test_a_cost_that_is_not_the_one_that_was_agreed_to_is_refused(lab, clock):
    batch = ready(lab)
    cents = sum(cost_of(batch, batch.project))
    values = {**world.PROJECT, "reward_cents": 11}
    update_project(by=lab.by, project=batch.project, values=values, at=clock.now)
    with pytest.raises(WrongState, match="changed since you saw the cost") as refused:
        publish(lab, batch, clock, cents)
    batch.project.refresh_from_db()
    cost = sum(cost_of(batch, batch.project))
    assert refused.value.details["cost_cents"] == cost != cents
    assert money.show(cost, "USD") in str(refused.value)


def test_two_changes_at_once_of_different_fields_are_both_kept(lab, clock):
    project = world.a_project(lab)
    stale = type(project).objects.get(pk=project.pk)
    archive_project(by=lab.by, project=project, at=clock.now)
    update_project(by=lab.by, project=project, values={"title": "New"}, at=clock.now)
    update_project(by=lab.by, project=stale, values={"reward_cents": 25}, at=clock.now)
    project.refresh_from_db()
    assert (project.title, project.reward_cents) == ("New", 25)
    assert project.archived_at == clock.now


def test_a_layout_that_now_asks_for_more_than_the_file_has_is_refused(lab, clock):
    batch = ready(lab)
    values = {**world.PROJECT, "layout": "${text} ${image}"}
    update_project(by=lab.by, project=batch.project, values=values, at=clock.now)
    with pytest.raises(WrongState, match="image"):
        publish(lab, batch, clock)


def test_a_batch_is_published_once_by_a_manager_of_its_own(lab, clock):
    batch = ready(lab)
    reviewer = world.a_member(lab.requester, world.a_user("r@lab.test"), Role.REVIEWER)
    cents = sum(cost_of(batch, batch.project))
    call = {"batch": batch, "confirmed_cents": cents, "at": clock.now}
    with pytest.raises(NotAllowed):
        publish_batch(by=reviewer, **call)
    with pytest.raises(NotFound):
        publish_batch(by=world.a_lab("Other Lab").by, **call)
    publish_batch(by=lab.by, **call)
    with pytest.raises(WrongState):
        publish_batch(by=lab.by, **call)


def test_more_assignments_than_can_be_counted_are_refused_before_anything_is_held(lab, clock):
    batch = ready(lab, rows=3, reward_cents=0, max_assignments=1_000_000_000)
    with pytest.raises(InvalidInput, match="at most 2,000,000,000"):
        publish(lab, batch, clock)


def test_a_process_killed_in_a_chunk_is_resumed_where_it_was(lab, clock, monkeypatch):
    monkeypatch.setattr(publishing, "CHUNK", 2)
    batch = ready(lab, rows=7, max_assignments=1)
    publish(lab, batch, clock)
    real, calls = publishing.insert_hits, []

    def dies_at_the_third_chunk(*args, **kwargs):
        calls.append(args)
        made = real(*args, **kwargs)
        if len(calls) == 3:
            raise Killed  # inserted, and not committed
        return made

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "insert_hits", dies_at_the_third_chunk)
        with pytest.raises(Killed):
            jobs.publish_batches()
    assert HIT.objects.count() == 4
    assert not go_on_publishing(batch_id=batch.pk, now=lambda: clock.now), (
        "the dead process holds a lease"
    )
    clock.forward(seconds=60)
    jobs.publish_batches()
    inputs = HIT.objects.order_by("pk").values_list("inputs__text", flat=True)
    assert list(inputs) == [f"row {n}" for n in range(7)]
    batch.refresh_from_db()
    assert batch.status == "published"


def test_one_batch_that_breaks_keeps_none_waiting(lab, clock):
    broken, fine = ready(lab), ready(lab)
    publish(lab, broken, clock)
    publish(lab, fine, clock)
    broken.file.storage.delete(broken.file.name)
    jobs.publish_batches()
    fine.refresh_from_db()
    assert fine.status == "published"


def test_a_nul_in_the_header_is_a_problem_of_that_file_alone(lab):
    batch = world.an_upload(lab, world.a_project(lab), b"te\0xt\nrow\n")
    assert batch.status == "refused"
    assert "NUL" in batch.problems[0]["message"]


def test_cancelling_returns_what_nobody_accepted(lab, clock):
    batch = world.a_batch(lab, rows=3, max_assignments=1, reward_cents=100)
    accepted = world.accepted(world.a_worker(), batch)
    cancel_batch(by=lab.by, batch=batch, at=clock.now)
    jobs.expire_hits()
    assert balance(lab) == 100_00 - 110
    return_assignment(worker=accepted.worker, assignment_id=accepted.public_id, at=clock.now)
    assert balance(lab) == 100_00
    with pytest.raises(WrongState):
        cancel_batch(by=lab.by, batch=batch, at=clock.now)


def test_cancelling_in_the_middle_of_publishing_returns_the_rest(lab, clock, monkeypatch):
    monkeypatch.setattr(publishing, "CHUNK", 1)
    batch = ready(lab, rows=3)
    publish(lab, batch, clock)
    monkeypatch.setattr(publishing, "_finish", lambda _: cancel(), raising=True)

    def cancel():
        return False

    real = publishing._publish_chunk

    def cancels_after_the_first(*args):
        done = real(*args)
        if HIT.objects.count() == 1:
            cancel_batch(by=lab.by, batch=batch, at=clock.now)
        return done

    monkeypatch.setattr(publishing, "_publish_chunk", cancels_after_the_first)
    jobs.publish_batches()
    jobs.expire_hits()
    assert HIT.objects.count() == 1
    assert balance(lab) == 100_00


def extend(lab, clock, batch, **changes):
    return extend_batch(by=lab.by, batch=Batch.objects.get(pk=batch.pk), at=clock.now, **changes)


def test_more_assignments_are_held_for_and_opened(lab, clock):
    batch = world.a_batch(lab, rows=2, max_assignments=1, reward_cents=100)
    extend(lab, clock, batch, extra_assignments=2)
    assert balance(lab) == 100_00 - 2 * 3 * 110
    with pytest.raises(WrongState, match="still being applied"):
        extend(lab, clock, batch, extra_assignments=1)
    jobs.publish_batches()
    assert set(HIT.objects.values_list("open_slots", "max_assignments")) == {(3, 3)}


def test_more_time_after_expiry_opens_what_had_closed_and_pays_for_it_again(lab, clock):
    batch = world.a_batch(lab, rows=2, max_assignments=2, reward_cents=100)
    world.submitted(world.a_worker(), batch)
    clock.forward(days=2)
    jobs.expire_hits()
    assert balance(lab) == 100_00 - 110
    with pytest.raises(InvalidInput, match="more time too"):
        extend(lab, clock, batch, extra_assignments=1)
    extend(lab, clock, batch, expires_at=clock.now + timedelta(days=1))
    jobs.publish_batches()
    assert balance(lab) == 100_00 - 4 * 110
    assert sum(HIT.objects.values_list("open_slots", flat=True)) == 3
    batch.hit_type.refresh_from_db()
    assert batch.hit_type.last_expiry_at == clock.now + timedelta(days=1)


def test_what_an_extension_did_not_need_goes_back(lab, clock):
    """Slots that may close before the job comes are paid for, and returned if they didn't."""
    batch = world.a_batch(lab, rows=2, max_assignments=1, reward_cents=100, lifetime_seconds=600)
    extend(lab, clock, batch, expires_at=clock.now + timedelta(days=1))
    assert balance(lab) == 100_00 - 4 * 110
    jobs.publish_batches()
    assert balance(lab) == 100_00 - 2 * 110


def test_a_slot_that_closes_before_the_job_comes_does_not_take_a_later_hits_money(lab, clock):
    batch = world.a_batch(lab, rows=2, max_assignments=1, reward_cents=100)
    one, two = world.a_worker("one"), world.a_worker("two")
    first, _second = world.accepted(one, batch), world.accepted(two, batch)
    HIT.objects.update(expires_at=clock.now)
    first_hit = HIT.objects.order_by("pk").first()
    returning = first if first.hit_id == first_hit.pk else _second
    extend(lab, clock, batch, extra_assignments=1, expires_at=clock.now + timedelta(days=2))
    return_assignment(worker=returning.worker, assignment_id=returning.public_id, at=clock.now)
    jobs.publish_batches()
    assert set(HIT.objects.values_list("open_slots", flat=True)) == {1}
    assert batch.extensions.get().finished_at


def test_an_extension_without_funds_changes_nothing(lab, clock):
    batch = world.a_batch(lab, rows=2, max_assignments=1, reward_cents=4000)
    with pytest.raises(InsufficientFunds):
        extend(lab, clock, batch, extra_assignments=1)
    assert not batch.extensions.exists()


def one_hit(lab, clock, **changes):
    terms = {**world.TERMS, "reward_cents": 100}
    group = hit_type_for(requester=lab.requester, is_sandbox=False, terms=terms, at=clock.now)
    values = {"inputs": {}, "max_assignments": 2, "lifetime_seconds": 3600, **changes}
    question = question_for("<p>Hello</p>")
    return create_hit(by=lab.by, hit_type=group, question=question, at=clock.now, **values)


def test_one_hit_is_held_for_or_not_made(lab, clock):
    hit = one_hit(lab, clock)
    assert ledger.balance(hit.escrow_id) == 220
    with pytest.raises(InsufficientFunds):
        one_hit(lab, clock, max_assignments=90)
    assert HIT.objects.count() == 1


def test_nothing_is_held_for_work_that_the_operator_has_taken_down(lab, clock):
    first = world.a_batch(lab, rows=1)
    again = ready(lab)
    staff = world.a_user("staff@x.test", is_staff=True)
    take_down_group(staff=staff, hit_type=first.hit_type, reason="Asks for names.", at=clock.now)
    before = balance(lab)
    with pytest.raises(WrongState, match="Asks for names"):
        publish(lab, again, clock)
    group = HITType.objects.get(pk=first.hit_type_id)
    with pytest.raises(WrongState, match="taken this work down"):
        create_hit(
            by=lab.by, hit_type=group, question=first.question, inputs={"text": "x"},
            max_assignments=1, lifetime_seconds=3600, at=clock.now,
        )  # fmt: skip
    assert balance(lab) == before


def test_the_same_terms_are_the_same_group(lab, clock):
    assert one_hit(lab, clock).hit_type_id == one_hit(lab, clock).hit_type_id


def test_adding_assignments_holds_their_cost(lab, clock):
    hit = one_hit(lab, clock)
    hit = add_assignments(by=lab.by, hit_id=hit.public_id, extra=3, at=clock.now)
    assert (hit.open_slots, ledger.balance(hit.escrow_id)) == (5, 550)
    with pytest.raises(InsufficientFunds):
        add_assignments(by=lab.by, hit_id=hit.public_id, extra=1000, at=clock.now)
    with pytest.raises(InvalidInput):
        add_assignments(by=lab.by, hit_id=hit.public_id, extra=10**9, at=clock.now)


def test_expiring_a_hit_returns_its_money_and_giving_it_time_takes_it_again(lab, clock):
    hit = one_hit(lab, clock)
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=clock.now, at=clock.now)
    assert balance(lab) == 100_00
    later = clock.now + timedelta(days=3)
    hit = set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=later, at=clock.now)
    assert (hit.open_slots, hit.status, balance(lab)) == (2, "Assignable", 100_00 - 220)


def test_a_group_is_listed_until_its_last_hit_expires(lab, clock):
    hit = one_hit(lab, clock)
    later = clock.now + timedelta(days=3)
    set_expiration(by=lab.by, hit_id=hit.public_id, expires_at=later, at=clock.now)
    assert HITType.objects.get().last_expiry_at == later


def test_a_hit_is_deleted_only_when_nothing_is_left_to_do_on_it(lab, clock):
    hit = one_hit(lab, clock)
    call = {"by": lab.by, "hit_id": hit.public_id, "at": clock.now}
    with pytest.raises(WrongState, match="is Assignable with 0 assignments"):
        delete_hit(**call)
    set_expiration(**call, expires_at=clock.now)
    set_reviewing(**call, is_reviewing=True)
    delete_hit(**call)
    with pytest.raises(WrongState, match="in the state 'Disposed'"):
        delete_hit(**call)
    assert balance(lab) == 100_00


def test_somebody_elses_hit_does_not_exist(lab, clock):
    hit, stranger = one_hit(lab, clock), world.a_lab("Other Lab")
    call = {"by": stranger.by, "hit_id": hit.public_id, "at": clock.now}
    for act in (
        lambda: delete_hit(**call),
        lambda: add_assignments(**call, extra=1),
        lambda: set_expiration(**call, expires_at=clock.now),
        lambda: set_reviewing(**call, is_reviewing=True),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_batch_may_have_more_assignments_than_32_bits_count(lab, clock):
    batch = world.a_batch(lab, rows=3, max_assignments=1, reward_cents=0)
    for hit in batch.all_hits.all():
        add_assignments(by=lab.by, hit_id=hit.public_id, extra=10**9 - 1, at=clock.now)
    jobs.fold_tallies()
    batch.refresh_from_db()
    assert batch.open_slots == 3 * 10**9
