"""A requester follows and changes batches that are out."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from marketplace import clock as the_clock
from payments.models import Account
from payments.queries import held_for, requester_balance
from tasks import jobs
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.give_back import return_assignment
from tasks.models import Tally
from tasks.queries.batches import answers_per_hour, counts_of, money_of, seconds_left
from tests import world


def test_counts_are_right_before_and_after_the_tallies_are_folded(lab, worker):
    batch = world.a_batch(lab, rows=3, max_assignments=2)
    world.submitted(worker, batch)
    world.accepted(world.a_worker("phil"), batch)

    assert Tally.objects.exists()
    for _fold in range(2):
        counts = counts_of(batch)
        assert (counts.hits, counts.open_slots, counts.accepted, counts.submitted) == (3, 4, 1, 1)
        assert counts.percent_done == 16
        jobs.fold_tallies()
        assert not Tally.objects.exists()


def test_what_a_batch_holds_is_what_its_escrow_accounts_hold(lab, clock, settings):
    settings.MANYHANDS_FEE_PERCENT = 20
    batch = world.a_batch(lab, rows=3, max_assignments=2)
    wanda, phil = world.a_worker("wanda"), world.a_worker("phil")
    approved, rejected = world.submitted(wanda, batch), world.submitted(phil, batch)
    world.submitted(wanda, batch)
    return_assignment(
        worker=phil, assignment_id=world.accepted(phil, batch).public_id, at=clock.now
    )
    approve_assignments(by=lab.by, assignment_ids=[approved.public_id], at=clock.now)
    reject_assignments(by=lab.by, assignment_ids=[rejected.public_id], at=clock.now, feedback="no")

    def in_escrow():
        accounts = Account.objects.filter(pk__in=batch.all_hits.values("escrow"))
        return accounts.aggregate(cents=Sum("balance_cents"))["cents"]

    money = money_of(batch, counts_of(batch))
    assert money.held_cents == in_escrow() == 5 * 12
    assert (money.rewards_cents, money.fees_cents) == (10, 2)
    assert held_for(lab.requester.public_id, "USD") == 60

    clock.forward(days=8)
    jobs.release_rejected()
    jobs.expire_hits()
    assert money_of(batch, counts_of(batch)).held_cents == in_escrow()


def test_a_batch_stands_under_the_tabs_that_fit_it(owner, page, lab, worker):
    going = world.a_batch(lab, rows=2, max_assignments=1, title="Going")
    waiting = world.a_batch(lab, rows=1, max_assignments=1, title="Waiting")
    done = world.a_batch(lab, rows=1, max_assignments=1, title="Done")
    draft = world.an_upload(lab, world.a_project(lab), ["a"])
    world.submitted(worker, waiting)
    answer = world.submitted(worker, done)
    approve_assignments(by=lab.by, assignment_ids=[answer.public_id], at=the_clock.now())
    jobs.fold_tallies()

    def under(tab):
        rows = owner.get(page("batches"), {"tab": tab}).context["rows"]
        return {row["batch"].pk for row in rows}

    assert under("progress") == {going.pk, draft.pk}
    assert under("review") == {waiting.pk}
    assert under("reviewed") == {done.pk}
    assert under("nonsense") == under("progress")
    assert len(under("all")) == 4


def test_the_page_of_a_batch_says_how_it_stands(owner, page, lab, worker):
    batch = world.a_batch(lab, rows=2, max_assignments=2)
    answer = world.submitted(worker, batch)
    world.submitted(world.a_worker("phil"), batch)
    approve_assignments(by=lab.by, assignment_ids=[answer.public_id], at=the_clock.now())

    shown = owner.get(page("batch", batch.pk)).content.decode()
    assert "50% done" in shown
    assert "1 approved, 1 to review, 0 in work, 0 rejected, 2 open" in shown
    assert "Review 1 answer" in shown
    assert "$0.10" in shown  # paid
    assert "$0.30" in shown  # held


def test_answers_per_hour_have_no_gaps_and_a_text_that_says_the_same(clock, owner, page, lab):
    batch = world.a_batch(lab, rows=3, lifetime_seconds=86_400 * 2)
    wanda = world.a_worker("wanda")
    world.submitted(wanda, batch)
    clock.forward(hours=3)
    world.submitted(wanda, batch)
    world.submitted(wanda, batch)
    clock.forward(minutes=20)

    hours = answers_per_hour(batch, at=clock.now)
    assert [hour.answers for hour in hours] == [0, 1, 0, 0, 2]
    assert seconds_left(counts_of(batch), hours, at=clock.now) == 3 * 80 * 60 // 2
    owner.force_login(lab.user)
    shown = owner.get(page("batch_pace", batch.pk)).content.decode()
    assert "the most were 2, in the hour from Mon 12:00 UTC" in shown
    assert "<td>Mon 2 Mar 12:00</td>" in shown


def test_a_batch_without_answers_has_an_empty_chart_and_no_error(owner, page, lab):
    batch = world.a_batch(lab)
    assert "Nobody has submitted" in owner.get(page("batch_pace", batch.pk)).content.decode()


def test_cancelling_says_what_comes_back_and_gives_it_back(owner, page, lab, worker):
    batch = world.a_batch(lab, rows=3, max_assignments=2)
    world.submitted(worker, batch)
    told = owner.get(page("cancel", batch.pk))
    assert told.context["back_cents"] == 50
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 60

    owner.post(page("cancel", batch.pk))
    jobs.expire_hits()
    batch.refresh_from_db()
    assert batch.status == "cancelled"
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 10
    assert "Review 1 answer" in owner.get(page("batch", batch.pk)).content.decode()


def test_more_time_is_added_to_the_end(owner, page, lab):
    batch = world.a_batch(lab)
    until = batch.expires_at
    owner.post(page("extend", batch.pk), {"longer_0": "3", "longer_1": "3600"})
    jobs.publish_batches()
    batch.refresh_from_db()
    assert batch.expires_at == until + timedelta(hours=3)
    assert set(batch.all_hits.values_list("expires_at", flat=True)) == {batch.expires_at}


def test_added_assignments_are_priced_first_and_then_open(owner, page, lab):
    batch = world.a_batch(lab, rows=3, max_assignments=1)
    told = owner.get(page("add", batch.pk), {"extra": 2})
    assert told.context["cost_cents"] == 60
    assert counts_of(batch).open_slots == 3

    owner.post(page("add", batch.pk), {"extra": 2})
    jobs.publish_batches()
    assert counts_of(batch).open_slots == 9


def test_an_extension_that_cannot_be_paid_changes_nothing(owner, page, lab):
    batch = world.a_batch(lab, rows=3, max_assignments=1)
    answer = owner.post(page("add", batch.pk), {"extra": 1_000_000})
    assert "short of this" in answer.content.decode()
    assert counts_of(batch).open_slots == 3


def test_the_start_says_what_to_do_first_and_then_what_needs_you(client, page, db):
    lab = world.a_lab("New Lab", cents=0)
    client.force_login(lab.user)
    steps = client.get(page("start")).context["steps"]
    assert [step["name"] for step in steps if step["is_next"]] == ["money"]

    world.deposit(lab, 10_00)
    batch = world.a_batch(lab, rows=1)
    world.submitted(world.a_worker(), batch)
    jobs.fold_tallies()
    shown = client.get(page("start"))
    assert not shown.context["steps"][0]["is_next"]
    assert "1 answer waits" in shown.content.decode()
    assert page("review", batch.pk) in shown.content.decode()


@pytest.mark.parametrize("name", ["batch", "rows", "publish", "cancel", "extend", "add", "review"])
def test_another_requesters_batch_is_not_there(client, page, lab, name):
    batch = world.a_batch(lab, rows=1)
    stranger = world.a_lab("Stranger")
    client.force_login(stranger.user)
    assert client.get(page(name, batch.pk)).status_code == 404


def test_an_object_of_the_other_side_is_not_shown_and_the_page_says_where_it_is(owner, page, lab):
    batch = world.a_batch(lab, rows=1)
    lab.user.is_in_sandbox = True
    lab.user.save()

    hidden = owner.get(page("batch", batch.pk))
    assert hidden.status_code == 404
    assert "live side" in hidden.content.decode()
    assert owner.get(page("batches"), {"tab": "all"}).context["rows"] == []
    assert owner.get(page("projects")).context["page"].rows == []
