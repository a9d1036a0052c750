"""Payouts by schedule: in batches that staff can follow, pause and resume."""

from datetime import date
from importlib import import_module
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, WrongState
from payments import audit
from payments import jobs as payment_jobs
from payments.actions.pause_payouts import pause_payouts, resume_payouts
from payments.actions.request_payout import request_payout
from payments.actions.schedule_payouts import due_batches, prepare_payouts
from payments.actions.set_payout_schedule import set_payout_schedule
from payments.gateway import payouts as sending
from payments.models import AccountKind, Payout, PayoutBatch
from payments.queries import balance_of
from tests import world
from tests.payments import earning

pytestmark = pytest.mark.django_db
WORKER = "AWORKER"


@pytest.fixture
def staff(db):
    return world.a_user("staff@desk.test", is_staff=True)


def earn(clock, cents=500, worker=WORKER, currency="USD"):
    earning.earn(clock, worker, cents, currency)


def wants(schedule="daily", minimum=100, worker=WORKER):
    set_payout_schedule(worker=worker, schedule=schedule, minimum_cents=minimum)


def crowd(clock, number, schedule="daily"):
    """So many workers with earnings and a schedule."""
    for n in range(number):
        earn(clock, worker=f"ACROWD{n}")
        wants(schedule, worker=f"ACROWD{n}")


def turn():
    return payment_jobs.make_scheduled_payouts()


def test_a_daily_schedule_pays_out_once_a_day_from_its_minimum_on(clock):
    wants(minimum=300)
    earn(clock, 299)
    assert turn() == 0
    earn(clock, 1)
    assert turn() == 0  # the day's batch has come to this worker
    clock.forward(days=1)
    assert [turn(), turn()] == [1, 0]
    payment_jobs.send_payouts()
    earn(clock, 400)
    assert turn() == 0
    clock.forward(days=1)
    assert turn() == 1


def test_a_weekly_schedule_goes_out_with_the_week(clock):
    wants("weekly")
    earn(clock)
    assert [turn(), turn()] == [1, 0]
    payment_jobs.send_payouts()
    clock.forward(minutes=1)
    earn(clock)
    clock.forward(days=6)
    assert turn() == 0
    clock.forward(days=1)
    assert turn() == 1


def test_a_monday_on_which_nothing_ran_is_made_up_for(clock):
    assert turn() == 0
    wants("weekly")
    earn(clock)
    clock.forward(days=8)
    assert [turn(), turn()] == [1, 0]


def test_play_money_paid_out_does_not_stand_in_the_way_of_real_money(clock):
    wants()
    earn(clock)
    earn(clock, currency="XTS")
    request_payout(worker=WORKER, currency="XTS", at=clock.now)
    assert turn() == 1


def test_no_payout_starts_by_schedule_while_the_books_disagree(clock, monkeypatch):
    wants()
    earn(clock)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "differences", lambda: iter(["one cent is missing"]))
        assert turn() == 0
    assert turn() == 1


def test_a_large_batch_is_prepared_in_turns_and_its_end_is_known(clock):
    crowd(clock, 5)
    assert payment_jobs.make_scheduled_payouts(limit=2) == 2
    batch = PayoutBatch.objects.get(kind="daily")
    assert batch.prepared_at is None
    assert [payment_jobs.make_scheduled_payouts(limit=2) for _ in range(3)] == [2, 1, 0]
    batch.refresh_from_db()
    assert batch.prepared_at == clock.now
    assert due_batches(at=clock.now) == []
    ended = clock.now
    clock.forward(minutes=1)
    assert prepare_payouts(batch=batch, at=clock.now, limit=2) == (0, True)
    batch.refresh_from_db()
    assert batch.prepared_at == ended
    assert sorted(batch.payouts.values_list("worker", flat=True)) == [
        f"ACROWD{n}" for n in range(5)
    ]


def test_who_changes_the_schedule_in_the_middle_is_come_to_all_the_same(clock):
    crowd(clock, 5)
    wants(minimum=200, worker="ACROWD0")  # the row lies behind the others now
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    while payment_jobs.make_scheduled_payouts(limit=2):
        pass
    assert Payout.objects.count() == 5


def test_the_oldest_batch_is_prepared_first(clock):
    first, second = due_batches(at=clock.now)
    older = PayoutBatch.objects.create(kind="daily", on=date(2026, 1, 9), currency="USD")
    for day in (date(2026, 1, 1), first.on):  # its row lies behind the others now
        PayoutBatch.objects.filter(pk=first.pk).update(on=day)
    assert due_batches(at=clock.now) == [older, first, second]


def test_preparing_goes_on_where_a_process_died(clock, monkeypatch):
    from payments.actions import schedule_payouts

    crowd(clock, 3)
    (batch,) = (b for b in due_batches(at=clock.now) if b.kind == "daily")
    hold, seen = schedule_payouts.request_payout, []

    def dies_at_the_second(**order):
        seen.append(order["worker"])
        payout = hold(**order)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return payout

    with monkeypatch.context() as patch:
        patch.setattr(schedule_payouts, "request_payout", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            prepare_payouts(batch=batch, at=clock.now, limit=10)
    assert Payout.objects.count() == 1
    batch.refresh_from_db()
    assert prepare_payouts(batch=batch, at=clock.now, limit=10) == (2, True)
    assert sorted(Payout.objects.values_list("worker", flat=True)) == [
        f"ACROWD{n}" for n in range(3)
    ]


def test_a_worker_is_come_to_once_in_a_batch_by_two_processes(clock):
    crowd(clock, 2)
    (batch,) = (b for b in due_batches(at=clock.now) if b.kind == "daily")
    (same,) = PayoutBatch.objects.filter(pk=batch.pk)
    assert prepare_payouts(batch=batch, at=clock.now, limit=10) == (2, True)
    batch.refresh_from_db()
    payment_jobs.send_payouts()
    clock.forward(minutes=1)
    earn(clock, worker="ACROWD0")
    assert prepare_payouts(batch=same, at=clock.now, limit=1) == (0, False)
    same.refresh_from_db()
    assert same.reached == batch.reached, "a process that was held up does not turn it back"


def test_a_worker_whose_payout_is_on_its_way_is_left_out_and_keeps_the_rest(clock):
    crowd(clock, 2)
    request_payout(worker="ACROWD0", currency="USD", amount_cents=200, at=clock.now)
    assert turn() == 1
    assert balance_of(AccountKind.WORKER, "ACROWD0", "USD") == 300
    assert balance_of(AccountKind.WORKER, "ACROWD1", "USD") == 0


def test_requests_of_a_day_are_a_batch_too(clock):
    earn(clock)
    payout = request_payout(worker=WORKER, currency="USD", at=clock.now)
    assert (payout.batch.kind, payout.batch.on) == ("request", clock.now.date())
    assert payout.batch not in due_batches(at=clock.now)


def test_who_asks_again_on_the_same_day_is_in_the_days_next_batch(clock):
    """One transfer for each worker and batch: the database holds that."""
    other = "AOTHER"
    names = []
    for cents in (500, 600, 700):
        earn(clock, cents)
        earn(clock, cents, worker=other)
        for worker in (WORKER, other):
            batch = request_payout(worker=worker, currency="USD", at=clock.now).batch
            assert (batch.kind, batch.prepared_at) == ("request", clock.now)
            names.append(str(batch))
        payment_jobs.send_payouts()
    day = f"Asked for by workers, {clock.now.date()}"
    later = [f"{day}, no. {number} (USD)" for number in (2, 3) for _ in range(2)]
    assert names == [f"{day} (USD)"] * 2 + later
    payout = Payout.objects.first()
    payout.pk, payout.public_id = None, uuid4()
    with pytest.raises(IntegrityError, match="one_payout_in_a_batch"), transaction.atomic():
        payout.save(force_insert=True)


def test_requests_that_shared_a_batch_before_that_rule_get_their_own(clock):
    for cents in (500, 600, 700):
        earn(clock, cents)
        request_payout(worker=WORKER, currency="USD", at=clock.now)
        payment_jobs.send_payouts()
    earn(clock, worker="AOTHER")
    request_payout(worker="AOTHER", currency="USD", at=clock.now)
    first = PayoutBatch.objects.get(number=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_payout DROP CONSTRAINT one_payout_in_a_batch")
        Payout.objects.update(batch=first)
        PayoutBatch.objects.filter(number__gt=1).delete()
        cursor.execute(import_module("payments.migrations.0013_one_payout_in_a_batch").APART)
    found = Payout.objects.order_by("pk").values_list("worker", "batch__kind", "batch__number")
    assert list(found) == [
        (WORKER, "request", 1), (WORKER, "request", 2), (WORKER, "request", 3),
        ("AOTHER", "request", 1),
    ]  # fmt: skip


def test_a_paused_batch_sends_nothing_until_it_is_resumed(clock, staff):
    crowd(clock, 2)
    turn()
    batch = PayoutBatch.objects.get(kind="daily")
    pause_payouts(staff=staff, batch=batch, reason="A strange amount", at=clock.now)
    assert payment_jobs.send_payouts() == 0
    payout = batch.payouts.first()
    assert sending.send_payout(payout_id=payout.pk, at=clock.now) is None
    resume_payouts(staff=staff, batch=batch, reason="It was right", at=clock.now)
    assert payment_jobs.send_payouts() == 2
    assert [
        (entry.action, entry.reason)
        for entry in AuditEntry.objects.filter(subject_kind="payout_batch").order_by("pk")
    ] == [("pause_payouts", "A strange amount"), ("resume_payouts", "It was right")]


def test_a_paused_batch_is_prepared_no_further(clock, staff):
    crowd(clock, 3)
    payment_jobs.make_scheduled_payouts(limit=1)
    batch = PayoutBatch.objects.get(kind="daily")
    (asked_before,) = PayoutBatch.objects.filter(pk=batch.pk)
    pause_payouts(staff=staff, batch=batch, reason="Wait", at=clock.now)
    assert turn() == 0
    assert prepare_payouts(batch=asked_before, at=clock.now, limit=1) == (0, False)
    resume_payouts(staff=staff, batch=batch, reason="Go on", at=clock.now)
    assert turn() == 2


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_who_is_left_when_a_batch_is_paused_in_the_middle_is_paid_once_it_goes_on(
    clock, staff, monkeypatch, after
):
    """By when it is paused, so many of three have been come to. It is seen at the next worker, or
    where the batch would count as prepared."""
    from payments.actions import schedule_payouts

    crowd(clock, 3)
    (batch,) = (b for b in due_batches(at=clock.now) if b.kind == "daily")
    come_to, came = schedule_payouts._come_to, []

    def pause():
        pause_payouts(staff=staff, batch=batch, reason="A look first", at=clock.now)

    def come(*which):
        made = come_to(*which)
        came.append(made)
        if len(came) == after:
            pause()
        return made

    if after == 0:
        pause()
    with monkeypatch.context() as patch:
        patch.setattr(schedule_payouts, "_come_to", come)
        assert prepare_payouts(batch=batch, at=clock.now, limit=10) == (after, False)
    assert came == [True] * after + [None] * (after < 3)
    batch.refresh_from_db()
    assert (batch.prepared_at, batch.payouts.count()) == (None, after)
    resume_payouts(staff=staff, batch=batch, reason="It was right", at=clock.now)
    clock.forward(minutes=1)
    assert turn() == 3 - after
    batch.refresh_from_db()
    assert (batch.prepared_at, batch.payouts.count()) == (clock.now, 3)


def test_other_batches_go_on_while_one_is_paused(clock, staff):
    crowd(clock, 1)
    turn()
    batch = PayoutBatch.objects.get(kind="daily")
    pause_payouts(staff=staff, batch=batch, reason="Wait", at=clock.now)
    earn(clock)
    request_payout(worker=WORKER, currency="USD", at=clock.now)
    assert payment_jobs.send_payouts() == 1


def test_pausing_takes_staff_a_reason_and_the_right_moment(clock, staff):
    batch = PayoutBatch.objects.create(kind="daily", on=clock.now.date(), currency="USD")
    somebody = world.a_user("somebody@desk.test")
    with pytest.raises(NotAllowed):
        pause_payouts(staff=somebody, batch=batch, reason="For fun", at=clock.now)
    with pytest.raises(InvalidInput):
        pause_payouts(staff=staff, batch=batch, reason=" ", at=clock.now)
    with pytest.raises(WrongState, match="aren't"):
        resume_payouts(staff=staff, batch=batch, reason="Go on", at=clock.now)
    paused = pause_payouts(staff=staff, batch=batch, reason="Wait", at=clock.now)
    assert (paused.paused_at, paused.pause_reason) == (clock.now, "Wait")
    with pytest.raises(WrongState, match="already"):
        pause_payouts(staff=staff, batch=batch, reason="Wait more", at=clock.now)
    resumed = resume_payouts(staff=staff, batch=batch, reason="Go on", at=clock.now)
    assert (resumed.paused_at, resumed.pause_reason) == (None, "")


def test_staff_see_how_far_a_batch_is_and_pause_it(client, clock, staff):
    crowd(clock, 3)
    turn()
    payment_jobs.send_payouts(limit=2)
    refused = Payout.objects.get(status="held")
    Payout.objects.filter(pk=refused.pk).update(status="unknown", failure="No answer came.")
    client.force_login(staff)
    batch = PayoutBatch.objects.get(kind="daily")
    listed = client.get("/admin/payments/payoutbatch/").content.decode()
    assert "2 of 3" in listed
    assert "$15.00" in listed
    page = client.get(f"/admin/payments/payoutbatch/{batch.pk}/change/").content.decode()
    assert "No answer came." in page
    assert "It is tried again by itself" in page
    act = f"/admin/payments/payoutbatch/{batch.pk}/act/pause/"
    assert "Nothing more of this batch" in client.get(act).content.decode()
    client.post(act, {"reason": "Looks odd"})
    batch.refresh_from_db()
    assert batch.pause_reason == "Looks odd"
    failed = f"/admin/payments/payout/?batch__id__exact={batch.pk}&status__exact=unknown"
    assert refused.worker in client.get(failed).content.decode()


@pytest.mark.django_db(transaction=True)
def test_lanes_side_by_side_send_each_payout_once_and_keep_the_pace(clock):
    import time

    from payments.gateway.sending import send_payouts

    crowd(clock, 12)
    turn()
    ids = list(Payout.objects.values_list("pk", flat=True))
    since = time.monotonic()
    assert send_payouts(ids * 2, lanes=4, per_second=100) == 12
    assert time.monotonic() - since >= 23 / 100
    assert not Payout.objects.exclude(status="sent").exists()
    assert list(audit.differences()) == []


@pytest.mark.django_db(transaction=True)
def test_sending_ends_where_the_database_goes_away(clock, monkeypatch):
    """The rest would fail as well, one by one; the next turn finds all of them."""
    from django.db import OperationalError, connection

    from payments.gateway import sending as lanes

    crowd(clock, 3)
    turn()
    tries, host = [], connection.settings_dict["HOST"]

    def goes_away(**order):
        tries.append(order)
        connection.close()
        connection.settings_dict["HOST"] = "/nowhere"
        connection.ensure_connection()

    try:
        with monkeypatch.context() as patch:
            patch.setattr(lanes, "send_payout", goes_away)
            with pytest.raises(OperationalError):
                payment_jobs.send_payouts()
    finally:
        connection.settings_dict["HOST"] = host
    assert len(tries) == 1
    assert payment_jobs.send_payouts() == 3
