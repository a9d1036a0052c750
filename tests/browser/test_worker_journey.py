"""A worker's way from finding work to being paid out, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from marketplace import clock
from tests import world
from tests.browser.visiting import nothing_sticks_out, picture

RADIOS = """
<h2>Does the second sentence follow from the first?</h2>
<p>${text}</p>
<p><label><input type="radio" name="answer" value="yes" required> Yes</label>
<label><input type="radio" name="answer" value="no"> No</label></p>
<p><label>Why? <textarea name="why"></textarea></label></p>
"""
OWN_FORM = """<!doctype html><html><head><title>Mine</title>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head>
<body onload="turkSetAssignmentID()">
<form id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" id="assignmentId" name="assignmentId" value="">
<label>Answer <input name="answer" value="from my own form"></label>
<input type="submit" id="submitButton" value="Send it"></form></body></html>"""

BROKEN = {
    "image": '<p>${text}</p><img src="/no/such/cat.jpg"><input name="answer">',
    "tool": "<crowd-form><crowd-keypoint name=k src='/no/such/cat.jpg' labels=\"['eye']\" "
    "header='Mark the eye'></crowd-keypoint></crowd-form>"
    '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><p>${text}</p>',
    "script": '<p>${text}</p><input name="answer"><script>prepareTheTask()</script>',
}
TOLD = {
    "image": "/no/such/cat.jpg",
    "tool": "/no/such/cat.jpg",
    "script": "prepareTheTask is not defined",
}


@pytest.fixture(scope="module")
def marketplace(live_app):
    """A requester with two groups of work, and workers to sign in as."""
    with live_app.orm():
        from tasks import jobs

        lab = world.a_lab()
        ours = world.a_batch(lab, rows=4, layout=RADIOS, reward_cents=75, title="Does it follow?")
        own = world.a_batch(lab, rows=3, layout=OWN_FORM, reward_cents=5, title="A form of its own")
        broken = {
            kind: world.a_batch(lab, rows=2, layout=layout, title=f"Broken {kind}")
            for kind, layout in BROKEN.items()
        }
        for name in ("wanda", "phil", "olga", "tabea", "nico", "bea"):
            world.a_worker(name)
        jobs.fold_tallies()
        groups = {kind: batch.hit_type.public_id for kind, batch in broken.items()}
        ours_id, own_id = ours.hit_type.public_id, own.hit_type.public_id
    return {"lab": lab, "ours": ours_id, "own": own_id, "broken": groups}


def sign_in(page, live_app, name):
    """The worker has signed in, in this browser (the sign-in page has tests of its own)."""
    with live_app.orm():
        from django.test import Client

        from marketplace.accounts.models import User

        client = Client()
        client.force_login(
            User.objects.get(email=f"{name}@workers.test"),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_app.base_url}])


def start(page, group_id):
    """Accept the group's next HIT from its page."""
    page.goto(f"/work/groups/{group_id}/")
    page.get_by_role("button", name="Accept and start").click()
    page.wait_for_url("**/work/task/**")


@pytest.mark.parametrize(("width", "name"), [(1280, "wanda"), (390, "phil")])
def test_a_worker_finds_does_and_is_paid_for_work(live_app, marketplace, new_page, width, name):
    page = new_page(width=width)
    sign_in(page, live_app, name)
    page.goto("/work/")
    nothing_sticks_out(page)
    picture(page, "1-browse")

    page.get_by_role("link", name="Does it follow?", exact=True).click()
    preview = page.frame_locator("iframe")
    preview.get_by_text("row").first.wait_for()
    expect(preview.locator("#submitButton")).to_be_disabled()
    nothing_sticks_out(page)
    picture(page, "2-preview")
    page.get_by_role("button", name="Accept and start").click()

    page.wait_for_url("**/work/task/**")
    page.get_by_role("timer").get_by_text(re.compile(r"9:\d\d")).wait_for()
    first = page.url
    page.get_by_label("Next one by itself").check()
    task = page.frame_locator("iframe")
    task.get_by_label("Yes").check()
    task.get_by_label("Why?").fill("It says so.")
    nothing_sticks_out(page)
    picture(page, "3-task")
    task.get_by_role("button", name="Submit").click()

    page.wait_for_url(lambda url: "/work/task/" in url and url != first)
    second = page.url
    page.get_by_label("Next one by itself").uncheck()
    page.goto("/work/queue/")
    page.get_by_role("link", name=re.compile("^Work")).first.wait_for()
    nothing_sticks_out(page)
    picture(page, "4-queue")
    page.get_by_role("link", name=re.compile("^Work\\b")).click()
    page.wait_for_url(second)
    task = page.frame_locator("iframe")
    task.get_by_label("No").check()
    task.get_by_role("button", name="Submit").click()
    page.get_by_text("Submitted.", exact=True).wait_for()
    nothing_sticks_out(page)
    picture(page, "5-submitted")

    with live_app.orm():
        from payments import jobs as payment_jobs
        from tasks.actions.decide import approve_assignments
        from tasks.models import Assignment

        mine = Assignment.objects.filter(worker__user__email=f"{name}@workers.test")
        assert [a.answer for a in mine.order_by("pk")] == [
            {"answer": "yes", "why": "It says so."},
            {"answer": "no", "why": ""},
        ]
        approve_assignments(
            by=marketplace["lab"].by,
            assignment_ids=[a.public_id for a in mine],
            at=clock.now(),
            feedback="Thank you",
        )
    page.goto("/work/dashboard/")
    page.get_by_text("$1.50").first.wait_for()
    nothing_sticks_out(page)
    picture(page, "6-dashboard")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("“Thank you”")).to_have_count(2)
    nothing_sticks_out(page)
    picture(page, "7-day")

    page.goto("/work/earnings/")
    nothing_sticks_out(page)
    picture(page, "8-earnings")
    amount, dialog = page.get_by_label("Amount"), page.get_by_role("dialog")
    for typed, asked in (("lots", None), ("1.25", "Pay out 1.25 USD"), ("", "Pay out 1.50 USD")):
        amount.fill(typed)
        page.get_by_role("button", name="Pay out").first.click()
        if asked is None:
            expect(dialog).to_have_count(0)
        else:
            dialog.get_by_text(asked).wait_for()
        if typed:
            page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Pay out").click()
    page.get_by_text("$1.50 is on its way to you.").wait_for()
    with live_app.orm():
        payment_jobs.send_payouts()
    page.goto("/work/earnings/")
    page.get_by_text("Sent", exact=True).wait_for()
    nothing_sticks_out(page)
    picture(page, "9-paid")


def test_a_document_with_a_form_of_its_own_is_prepared_and_submits(live_app, marketplace, new_page):
    page = new_page()
    sign_in(page, live_app, "olga")
    page.goto(f"/work/groups/{marketplace['own']}/")
    expect(page.frame_locator("iframe").locator("#submitButton")).to_be_disabled()
    start(page, marketplace["own"])
    page.frame_locator("iframe").get_by_role("button", name="Send it").click()
    page.get_by_text("Submitted.", exact=True).wait_for()
    with live_app.orm():
        from tasks.models import Assignment

        mine = Assignment.objects.get(worker__user__email="olga@workers.test")
        assert mine.answer == {"answer": "from my own form"}


def test_a_lost_network_keeps_the_answer_and_says_so(live_app, marketplace, new_page):
    page = new_page()
    page.expected_errors = re.compile("ERR_INTERNET_DISCONNECTED|Failed to load")
    sign_in(page, live_app, "nico")
    start(page, marketplace["ours"])
    task = page.frame_locator("iframe")
    task.get_by_label("Yes").check()
    task.get_by_label("Why?").fill("Kept")
    page.context.set_offline(True)
    task.get_by_role("button", name="Submit").click()
    task.get_by_text("nothing was sent").wait_for()
    page.get_by_text("No connection. Your answer is safe").wait_for()
    picture(page, "a-offline")
    expect(task.get_by_label("Why?")).to_have_value("Kept")
    page.context.set_offline(False)
    task.get_by_role("button", name="Submit").click()
    page.get_by_text("Submitted.", exact=True).wait_for()


def test_two_tabs_of_one_task_end_alike_and_take_no_second_hit(live_app, marketplace, new_page):
    page = new_page()
    sign_in(page, live_app, "tabea")
    start(page, marketplace["ours"])
    page.get_by_label("Next one by itself").check()
    other = page.context.new_page()
    other.goto(page.url)
    task = page.frame_locator("iframe")
    task.get_by_label("Yes").check()
    here = page.url
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url(lambda url: url != here)
    other.bring_to_front()
    other.get_by_text("Submitted.", exact=True).wait_for(timeout=20_000)
    with live_app.orm():
        from tasks.models import Assignment

        assert Assignment.objects.filter(worker__user__email="tabea@workers.test").count() == 2

    # By keyboard: R asks, Enter on the dialog's button returns.
    page.bring_to_front()
    page.locator("body").press("r")
    page.get_by_role("dialog").get_by_role("button", name="Return the HIT").press("Enter")
    page.get_by_text("Returned. It does not count against you.").wait_for()


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_task_says_so_and_is_returned_without_harm(live_app, marketplace, new_page, kind):
    page = new_page(width=390)
    page.expected_errors = re.compile("prepareTheTask|Failed to load")
    sign_in(page, live_app, "bea")
    start(page, marketplace["broken"][kind])
    note = page.get_by_text("Something in this task is broken.")
    note.wait_for()
    expect(page.get_by_text(TOLD[kind])).to_have_count(0)
    nothing_sticks_out(page)
    picture(page, f"broken-{kind}")
    page.get_by_role("button", name="Return", exact=True).click()
    page.get_by_role("button", name="Return the HIT").click()
    page.get_by_text("Returned. It does not count against you.").wait_for()
    with live_app.orm():
        from tasks.models import Breakage

        told = Breakage.objects.get(hit_type__public_id=marketplace["broken"][kind])
        assert TOLD[kind] in told.detail
        assert told.assignment.status == "Returned"
