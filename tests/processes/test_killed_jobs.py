"""kill -9 of the job process in the middle of its work: resumed, nothing doubled, nothing lost.

The real processes on a database of their own. What a dead process leased is free after a minute
or two; the tests let that time pass by writing it, and wait for everything else.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.db import transaction

from marketplace import clock, processes, schedule
from marketplace.celery import app as celery
from payments import audit, queries
from payments.actions.request_payout import request_payout
from payments.models import Account, AccountKind, Payout, PlayPayout
from tasks import money_audit
from tasks.actions.decide import approve_assignments
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.review_run import start_run_on
from tasks.actions.submit import submit
from tasks.models import HIT, Assignment, Batch, ReviewItem, ReviewRun
from tests import world

ROWS = 5_000
REVIEWS = 300
PAYOUTS = 100


@pytest.fixture
def here(live_app, settings):
    """The live marketplace, with this test's own models and files looking at it."""
    settings.MEDIA_ROOT = live_app.var / "files"
    for kind in ("jobs", "beat"):
        if kind not in live_app.processes:
            live_app.start(kind)
    with live_app.orm():
        yield live_app
        assert [*audit.differences(), *money_audit.differences()] == []


def kill_when(here, job, is_in_the_middle):
    """Ask for the job, kill -9 its process once it is in the middle, and start another."""
    here.wait_until(lambda: is_in_the_middle(_ask(job)), what=f"{job} to be in the middle")
    here.kill("jobs")
    assert is_in_the_middle(None), "it was done before it could be killed: use more rows"


@contextmanager
def held(rows):
    """Keep a row locked, so that the job waits there, in the middle, for as long as it takes."""
    with transaction.atomic():
        list(rows.select_for_update(no_key=True))
        yield


_asked: set[str] = set()


def _ask(job):
    if job not in _asked:
        celery.send_task(job)
        _asked.add(job)


def _between(count, total):
    return 0 < count < total


@pytest.fixture(autouse=True)
def _ask_anew():
    _asked.clear()


def test_publishing_goes_on_at_the_row_where_it_was_killed(here):
    lab = world.a_lab("Publishing Lab", cents=100_000_00)
    project = world.a_project(lab, max_assignments=1)
    batch = world.an_upload(lab, project, [f"row {n}" for n in range(ROWS)])
    publish_batch(
        by=lab.by, batch=batch, confirmed_cents=sum(cost_of(batch, project)), at=clock.now()
    )

    def is_in_the_middle(_):
        batch.refresh_from_db()
        return _between(batch.published_rows, ROWS)

    kill_when(here, "tasks.publish_batches", is_in_the_middle)
    assert HIT.objects.filter(batch=batch).count() == batch.published_rows
    Batch.objects.filter(pk=batch.pk).update(lease_until=None)
    here.start("jobs")
    celery.send_task("tasks.publish_batches")
    here.wait_until(lambda: Batch.objects.get(pk=batch.pk).status == "published", what="the rest")
    texts = HIT.objects.filter(batch=batch).order_by("pk").values_list("inputs__text", flat=True)
    assert list(texts) == [f"row {n}" for n in range(ROWS)]
    assert queries.requester_balance(lab.requester.public_id, "USD") == 100_000_00 - ROWS * 10


def test_a_review_run_goes_on_where_it_was_killed(here):
    lab, worker = world.a_lab("Reviewing Lab", cents=100_00), world.a_worker("reviewed")
    batch = world.a_batch(lab, rows=REVIEWS, max_assignments=1)
    for _ in range(REVIEWS):
        taken = world.accepted(worker, batch)
        submit(assignment_id=taken.public_id, answer={"a": "b"}, at=clock.now())
    chosen = Assignment.objects.filter(hit__batch=batch)
    here.stop("beat")  # its hurry must not finish the run before the kill
    run = start_run_on(
        by=lab.by, batch=batch, chosen=chosen, decision="approve", feedback="", at=clock.now()
    )

    def done():
        return ReviewItem.objects.filter(run=run, outcome="done").count()

    def is_in_the_middle(_):
        return _between(done(), REVIEWS)

    half_way = chosen.order_by("pk")[REVIEWS // 2].pk
    with held(Assignment.objects.filter(pk=half_way)):
        kill_when(here, "tasks.run_reviews", is_in_the_middle)
    assert done() == chosen.filter(status="Approved").count()
    ReviewRun.objects.filter(pk=run.pk).update(lease_until=None)
    here.start("jobs")
    celery.send_task("tasks.run_reviews")
    here.wait_until(lambda: ReviewRun.objects.get(pk=run.pk).finished_at, what="the rest")
    assert done() == chosen.filter(status="Approved").count() == REVIEWS
    worker.refresh_from_db()
    assert worker.approved_count == REVIEWS
    assert queries.earnings_of(worker.public_id, "USD").available_cents == REVIEWS * 10


def _earners():
    lab = world.a_lab("Earnings Lab", cents=500_00)
    batch = world.a_batch(lab, rows=1, reward_cents=100, max_assignments=PAYOUTS)
    workers = [world.a_worker(f"earner{number}") for number in range(PAYOUTS)]
    done = [world.submitted(worker, batch).public_id for worker in workers]
    approve_assignments(by=lab.by, assignment_ids=done, at=clock.now())
    now = clock.now()
    return [request_payout(worker=each.public_id, currency="USD", at=now) for each in workers]


def test_payouts_that_were_killed_on_their_way_are_paid_once(here):
    if "beat" in here.processes:
        here.stop("beat")
    made = [payout.pk for payout in _earners()]

    def sent():
        return Payout.objects.filter(pk__in=made, status="sent").count()

    half_way = Payout.objects.get(pk=made[PAYOUTS // 2]).worker
    with held(Account.objects.filter(holder=half_way, kind=AccountKind.IN_PAYOUT)):
        kill_when(
            here,
            "payments.send_payouts",
            lambda _: PlayPayout.objects.filter(destination=half_way).exists(),
        )
    between = PlayPayout.objects.count() - sent()
    lanes = int(here.environment["MANYHANDS_PAYOUT_LANES"])
    assert 1 <= between <= lanes, "one was between the two books, and at most one more a lane"
    Payout.objects.filter(status="sending").update(lease_until=clock.now() - timedelta(seconds=1))
    here.start("jobs", "beat")
    celery.send_task("payments.send_payouts")
    here.wait_until(lambda: sent() == PAYOUTS, what="every payout")
    assert PlayPayout.objects.count() == PAYOUTS
    for payout in Payout.objects.filter(pk__in=made):
        mine = PlayPayout.objects.get(transfer_group=payout.transfer_group)
        assert (mine.amount_cents, mine.currency) == (payout.amount_cents, payout.currency)


def test_two_beats_a_flushed_redis_and_every_message_twice_change_nothing(here, tmp_path):
    lab, worker = world.a_lab("Doubled Lab", cents=100_00), world.a_worker("doubled")
    project = world.a_project(lab, max_assignments=1, reward_cents=200, auto_approve_seconds=0)
    done = world.a_batch(lab, rows=5, project=project)
    for _ in range(5):
        taken = world.accepted(worker, done)
        submit(assignment_id=taken.public_id, answer={"a": "b"}, at=clock.now())
    rows = world.an_upload(lab, project, ["a", "b", "c"])
    cents = sum(cost_of(rows, project))
    publish_batch(by=lab.by, batch=rows, confirmed_cents=cents, at=clock.now())
    before = PlayPayout.objects.count()
    here.processes["second beat"] = processes.Process("beat", tmp_path, here.environment)

    def ask_twice():
        for name in schedule.SECONDS:
            for _ in range(2):
                celery.send_task(name)

    ask_twice()
    redis.Redis.from_url(django_settings.REDIS_URL).flushdb()
    ask_twice()
    mine = Assignment.objects.filter(hit__batch=done)
    here.wait_until(
        lambda: (
            mine.filter(status="Approved").count() == 5
            and Batch.objects.get(pk=rows.pk).status == "published"
        ),
        what="all work",
    )
    payout = request_payout(worker=worker.public_id, currency="USD", at=clock.now())
    ask_twice()
    here.wait_until(lambda: Payout.objects.get(pk=payout.pk).status == "sent", what="the payout")
    ask_twice()
    here.stop("second beat", "beat", "jobs")
    assert HIT.objects.filter(batch=rows).count() == 3
    assert queries.earnings_of(worker.public_id, "USD").paid_cents == 1000
    assert queries.requester_balance(lab.requester.public_id, "USD") == 100_00 - 1000 - 600
    assert PlayPayout.objects.count() == before + 1
