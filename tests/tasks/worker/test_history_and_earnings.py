"""The dashboard, a day's work, and a worker's money."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments import jobs as payment_jobs
from payments.models import Payout, PayoutSettings
from payments.states import OutStatus
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.send_bonus import send_bonus
from tests import world

pytestmark = pytest.mark.django_db


def text_of(response):
    """What a reader reads, with runs of white space as one."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def batch(lab, clock):
    """HITs at fifty cents."""
    return world.a_batch(lab, rows=12, reward_cents=50)


def approve(lab, clock, *assignments, feedback=""):
    """The requester approves."""
    approve_assignments(
        by=lab.by,
        assignment_ids=[assignment.public_id for assignment in assignments],
        at=clock.now,
        feedback=feedback,
    )


def earned(worker, batch, lab, clock, *, hits=2):
    """Work that was approved."""
    done = [world.submitted(worker, batch) for _hit in range(hits)]
    approve(lab, clock, *done)
    return done


def test_the_dashboard_counts_by_how_the_work_stands(pages, worker, batch, lab, clock):
    good, bad, _waiting = (world.submitted(worker, batch) for _hit in range(3))
    world.accepted(worker, batch)
    approve(lab, clock, good)
    reject_assignments(by=lab.by, assignment_ids=[bad.public_id], at=clock.now, feedback="No")
    send_bonus(
        by=lab.by, assignment_id=good.public_id, amount_cents=25, reason="Thanks", at=clock.now
    )
    totals = pages.get("/work/dashboard/").context["totals"]
    assert (totals.submitted, totals.pending, totals.approved, totals.rejected) == (3, 1, 1, 1)
    assert (totals.earned_cents, totals.bonus_cents, totals.pending_cents) == (75, 25, 50)
    (day,) = pages.get("/work/dashboard/").context["days"]
    assert day.totals == totals


def test_days_are_utc_s_newest_first_and_end_after_forty_five(pages, worker, batch, clock):
    from datetime import UTC, date, datetime

    for moment in (
        datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 3, 0, 0, 0, tzinfo=UTC),
    ):
        clock.set(moment)
        world.submitted(worker, batch)
    days = pages.get("/work/dashboard/").context["days"]
    assert [day.on for day in days] == [date(2026, 3, 3), date(2026, 3, 2)]
    clock.forward(days=44)
    assert [day.on for day in pages.get("/work/dashboard/").context["days"]] == [date(2026, 3, 3)]
    clock.forward(days=1)
    assert pages.get("/work/dashboard/").context["days"] == []


def test_a_day_lists_each_hit_with_status_reward_bonus_feedback_and_time(
    pages, worker, batch, lab, clock
):
    mine = world.accepted(worker, batch)
    clock.forward(seconds=42)
    from tasks.actions.submit import submit

    submit(assignment_id=mine.public_id, answer={"a": "1"}, at=clock.now)
    approve(lab, clock, mine, feedback="Lovely <work>")
    send_bonus(by=lab.by, assignment_id=mine.public_id, amount_cents=7, reason="!", at=clock.now)
    page = text_of(pages.get("/work/dashboard/2026-03-02/"))
    why = "A bonus of $0.07: “!”"
    for expected in ("Approved", "$0.50", "$0.07", "“Lovely &lt;work&gt;”", "42 s", why):
        assert expected in page
    ended = text_of(pages.get(f"/work/task/{mine.public_id}/"))
    assert "$0.57 is in your earnings." in ended
    assert why in ended
    assert "Nothing submitted on this day" in text_of(pages.get("/work/dashboard/2026-03-03/"))


def test_a_long_day_goes_over_pages_without_a_gap_or_a_double(
    pages, worker, batch, clock, monkeypatch
):
    monkeypatch.setattr("tasks.web.worker.history.PAGE", 3)
    done = [world.submitted(worker, batch).public_id for _hit in range(7)]
    seen, address = [], "/work/dashboard/2026-03-02/"
    while True:
        context = pages.get(address).context
        seen += [assignment.public_id for assignment in context["assignments"]]
        if not context["next_url"]:
            break
        address = "/work/dashboard/2026-03-02/" + context["next_url"]
    assert seen == done[::-1]


@pytest.mark.parametrize("on", ["2026-02-30", "yesterday", "2026-3-2", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_not_there_or_empty_but_no_error(pages, on):
    assert pages.get(f"/work/dashboard/{on}/").status_code in (200, 404)


def test_the_sandbox_s_work_and_money_are_counted_apart(pages, worker, lab, batch, clock):
    world.deposit(lab, 100_00, "XTS")
    play = world.a_batch(lab, project=world.a_project(lab, is_sandbox=True, reward_cents=50))
    earned(worker, play, lab, clock)
    earned(worker, batch, lab, clock, hits=1)
    assert pages.get("/work/dashboard/").context["totals"].earned_cents == 50
    assert pages.get("/work/earnings/").context["earnings"].available_cents == 50
    worker.user.is_in_sandbox = True
    worker.user.save()
    assert pages.get("/work/dashboard/").context["totals"].earned_cents == 100
    assert "T$1.00" in text_of(pages.get("/work/earnings/"))
    pages.post("/work/earnings/payout/", {"amount": ""})
    assert Payout.objects.get().currency == "XTS"


def test_a_stranger_s_work_and_money_are_on_nobody_else_s_pages(
    pages, worker, signed_in, batch, lab, clock
):
    earned(worker, batch, lab, clock)
    other = signed_in(world.a_worker("otto"))
    assert other.get("/work/dashboard/").context["totals"].submitted == 0
    assert other.get("/work/dashboard/2026-03-02/").context["assignments"] == []
    assert other.get("/work/earnings/").context["lines"] == []
    assert other.get("/work/earnings/").context["earnings"].available_cents == 0


def test_earnings_tell_pending_available_on_the_way_and_paid(pages, worker, batch, lab, clock):
    world.submitted(worker, batch)
    earned(worker, batch, lab, clock, hits=4)
    pages.post("/work/earnings/payout/", {"amount": "1.25"})
    context = pages.get("/work/earnings/").context
    money = context["earnings"]
    assert context["pending_cents"] == 50
    assert (money.available_cents, money.in_payout_cents, money.paid_cents) == (75, 125, 0)
    payment_jobs.send_payouts()
    money = pages.get("/work/earnings/").context["earnings"]
    assert (money.available_cents, money.in_payout_cents, money.paid_cents) == (75, 0, 125)


def test_each_line_of_the_statement_says_what_it_was_for(pages, worker, batch, lab, clock):
    (done,) = earned(worker, batch, lab, clock, hits=1)
    send_bonus(
        by=lab.by,
        assignment_id=done.public_id,
        amount_cents=75,
        reason="Well spotted",
        at=clock.now,
    )
    pages.post("/work/earnings/payout/", {})
    lines = pages.get("/work/earnings/").context["lines"]
    assert [(item.line.reason, item.line.amount_cents) for item in lines] == [
        ("Payout", -125), ("Bonus", 75), ("Reward", 50),
    ]  # fmt: skip
    assert lines[2].title == batch.hit_type.title
    assert [item.why for item in lines] == ["", "Well spotted", ""]
    assert "“Well spotted”" in text_of(pages.get("/work/earnings/"))


def test_the_statement_goes_over_pages(pages, worker, batch, lab, clock, monkeypatch):
    monkeypatch.setattr("tasks.web.worker.earnings.LINES", 2)
    earned(worker, batch, lab, clock, hits=5)
    seen, address = [], "/work/earnings/"
    for _page in range(5):
        context = pages.get(address).context
        seen += [item.line.id for item in context["lines"]]
        if not context["next_url"]:
            break
        address = "/work/earnings/" + context["next_url"].partition("#")[0]
    assert len(seen) == 5
    assert seen == sorted(set(seen), reverse=True)


def test_an_empty_amount_pays_out_everything(pages, worker, batch, lab, clock):
    earned(worker, batch, lab, clock, hits=3)
    response = pages.post("/work/earnings/payout/", {"amount": ""}, follow=True)
    assert "$1.50 is on its way to you." in text_of(response)


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0.50", "A payout is at least $1.00; this would be $0.50."),
        ("-5", "is not an amount that can be paid"),
        ("lots", "is not an amount of money"),
        ("1.001", "a fraction of a cent"),
        ("99999999999999", "is not an amount that can be paid"),
        ("NaN", "is not an amount"),
    ],
)
def test_an_amount_that_can_not_be_paid_says_why(
    pages, worker, batch, lab, clock, amount, sentence
):
    earned(worker, batch, lab, clock, hits=3)
    response = pages.post("/work/earnings/payout/", {"amount": amount})
    assert response.status_code == 400
    assert sentence in text_of(response)
    assert not Payout.objects.exists()


def test_more_than_there_is_can_not_be_paid_out(pages, worker, batch, lab, clock):
    earned(worker, batch, lab, clock, hits=3)
    response = pages.post("/work/earnings/payout/", {"amount": "1.51"})
    assert response.status_code == 400
    assert not Payout.objects.exists()


def test_a_second_payout_waits_for_the_first(pages, worker, batch, lab, clock):
    earned(worker, batch, lab, clock, hits=5)
    pages.post("/work/earnings/payout/", {"amount": "1"})
    response = pages.post("/work/earnings/payout/", {"amount": "1"})
    assert "A payout of yours is on its way already" in text_of(response)
    assert Payout.objects.count() == 1


def test_a_payout_that_failed_says_why(pages, worker, batch, lab, clock):
    earned(worker, batch, lab, clock, hits=3)
    pages.post("/work/earnings/payout/", {})
    Payout.objects.update(
        status=OutStatus.FAILED, failure="The bank said no.", finished_at=clock.now
    )
    page = text_of(pages.get("/work/earnings/"))
    assert "Failed, returned to the balance" in page
    assert "The bank said no." in page


def test_a_payout_schedule_is_kept_and_its_minimum_checked(pages, worker):
    pages.post("/work/earnings/schedule/", {"schedule": "weekly", "minimum": "12.50"})
    kept = PayoutSettings.objects.get(worker=worker.public_id)
    assert (kept.schedule, kept.minimum_cents) == ("weekly", 1250)
    assert 'value="12.50"' in pages.get("/work/earnings/").content.decode()
    refused = pages.post("/work/earnings/schedule/", {"schedule": "daily", "minimum": "0.10"})
    assert "The least that can be paid out is $1.00." in text_of(refused)
    for data in ({"schedule": "hourly", "minimum": "5"}, {"schedule": "daily", "minimum": ""}):
        assert pages.post("/work/earnings/schedule/", data).status_code == 400
    kept.refresh_from_db()
    assert kept.schedule == "weekly"


def test_a_page_takes_as_many_statements_for_much_work_as_for_little(
    pages, worker, batch, lab, clock
):
    earned(worker, batch, lab, clock, hits=1)
    addresses = ("/work/dashboard/", "/work/dashboard/2026-03-02/", "/work/earnings/")
    pages.get("/work/dashboard/")  # the first page of a session writes it
    counts = []
    for _round in range(2):
        for address in addresses:
            with CaptureQueriesContext(connection) as made:
                pages.get(address)
            counts.append(len(made))
        earned(worker, batch, lab, clock, hits=5)
    assert counts[:3] == counts[3:]
