"""A requester has a program told, in a real browser, by the real processes: a test arrives, then
what workers do; a destination that fails is seen; a worker stops a kind of e-mail."""

import re

import pytest
from playwright.sync_api import expect

from marketplace import clock
from tests import world
from tests.browser.visiting import looked_at, sign_in
from tests.receivers import receiving

WIDTHS = pytest.mark.parametrize("width", [1280, 390])


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def saved(page, type_id, receiver):
    """From the empty page to notifications that are on."""
    page.goto("/developers/")
    page.get_by_role("main").get_by_role("link", name="Notifications").click()
    page.get_by_role("heading", name="Nobody is notified yet").wait_for()
    looked_at(page, "n01-empty")
    page.get_by_role("link", name="New notifications").click()
    page.get_by_label("HIT type ID").fill(type_id)
    page.get_by_label("Address, queue URL or topic ARN").fill("lab.test/hook")
    page.get_by_label("Assignment accepted").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("must begin with https://").wait_for()
    looked_at(page, "n02-form")
    page.get_by_label("Address, queue URL or topic ARN").fill(
        f"http://127.0.0.1:{receiver.port}/hook"
    )
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Send a test to see that it arrives").wait_for()
    looked_at(page, "n03-one")


def try_it_out(page, app, receiver):
    """A test, and what it was answered."""
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("heading", name="What was sent").wait_for()
    app.wait_until(lambda: receiver.got, what="the test to arrive")
    assert receiver.events[0]["EventType"] == "Ping"

    def is_shown():
        page.reload()
        return page.get_by_text("200 thanks").count()

    app.wait_until(is_shown, what="the answer in the log")
    looked_at(page, "n04-log")


def secret_shown(page):
    """A new secret, this once."""
    page.get_by_text("New signing secret…").click()
    page.get_by_role("button", name="Make a new secret").click()
    shown = page.locator("#new-secret").inner_text()
    assert re.fullmatch(r"mhs_\S{40,}", shown)
    looked_at(page, "n05-secret")
    page.goto(page.url.replace("secret/", ""))
    assert shown not in page.content()


def amazon(page):
    """Credentials, saved, masked and removed."""
    page.goto("/developers/notifications/")
    looked_at(page, "n06-list")
    page.get_by_role("link", name="Save credentials").click()
    page.get_by_label("Access key ID").fill("AKIAIOSFODNN7EXAMPLE")
    page.get_by_label("Secret access key").fill("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    page.get_by_label("Region").fill("nowhere")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Name a region of Amazon's").wait_for()
    looked_at(page, "n07-amazon")
    assert "wJalrXUtnFEMI" not in page.content()
    page.get_by_label("Region").fill("eu-central-1")
    page.get_by_label("Secret access key").fill("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("AKIAIOSFODNN7EXAMPLE").wait_for()
    assert "wJalrXUtnFEMI" not in page.content()
    looked_at(page, "n08-saved")
    page.get_by_text("Remove…").click()
    page.get_by_role("button", name="Remove the credentials").click()
    page.get_by_text("None are saved.").wait_for()


@WIDTHS
def test_a_program_is_told(live_app, new_page, receiver, width):
    app = live_app
    with app.orm():
        lab = world.a_lab(f"Told Lab {width}")
        batch = world.a_batch(lab, rows=3)
        title, type_id = batch.hit_type.title, batch.hit_type.public_id
        worker = world.a_worker(f"told{width}")
    page = new_page(width=width)
    sign_in(page, app, lab.user.email)
    saved(page, type_id, receiver)
    try_it_out(page, app, receiver)
    with app.orm():
        world.submitted(worker, batch)
    app.wait_until(lambda: len(receiver.events) >= 3, what="the work to be told")
    assert {event["EventType"] for event in receiver.events[1:]} == {
        "AssignmentAccepted",
        "AssignmentSubmitted",
    }
    page.goto("/developers/notifications/")
    page.get_by_role("link", name=title).click()
    secret_shown(page)
    receiver.status, receiver.text = 503, "closed for repairs"
    with app.orm():
        world.submitted(worker, batch)
    app.wait_until(lambda: len(receiver.events) >= 5, what="the failure")

    def is_failing():
        page.reload()
        return page.get_by_text("Failing").count()

    app.wait_until(is_failing, what="the failure to be shown")
    page.get_by_text("Document", exact=True).first.click()
    looked_at(page, "n09-failing")
    page.get_by_role("button", name="Switch off").click()
    page.get_by_text("Notifications are off.").wait_for()
    amazon(page)


@WIDTHS
def test_a_program_that_was_given_up(live_app, new_page, receiver, width, settings):
    app, settings.MANYHANDS_LOCAL_WEBHOOKS = live_app, True
    with app.orm():
        from tasks.actions.subscribe import Specification, set_notifications
        from tasks.models import Subscription

        lab = world.a_lab(f"Given Up Lab {width}")
        batch = world.a_batch(lab, rows=1)
        subscription = set_notifications(
            by=lab.by, hit_type_id=batch.hit_type.public_id, is_sandbox=False, at=clock.now(),
            specification=Specification(
                transport="HTTPS", destination=f"http://127.0.0.1:{receiver.port}/",
                event_types=["AssignmentAccepted"],
            ),
        )  # fmt: skip
        receiver.status = 410
        Subscription.objects.filter(pk=subscription.pk).update(failures_in_a_row=19)
        world.accepted(world.a_worker(f"last{width}"), batch)
    page = new_page(width=width)
    sign_in(page, app, lab.user.email)

    def is_off():
        page.goto(f"/developers/notifications/{subscription.pk}/")
        return page.get_by_text("Switched off because it failed").count()

    app.wait_until(is_off, what="it to be switched off")
    looked_at(page, "n10-given-up")
    app.wait_until(
        lambda: any(
            f"owner@given-up-lab-{width}" in mail and "410" in mail for mail in app.mails()
        ),
        what="the owner's letter",
    )
    receiver.status = 200
    page.get_by_role("button", name="Switch on").click()
    page.get_by_text("Notifications are on.").wait_for()
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("It is on its way again.").wait_for()
    app.wait_until(lambda: len(receiver.got) == 2, what="it to be sent again")


@WIDTHS
def test_a_worker_stops_a_kind_of_mail(live_app, new_page, width):
    app = live_app
    with app.orm():
        from tasks.actions.send_bonus import send_bonus

        lab, worker = world.a_lab(f"Paying Lab {width}"), world.a_worker(f"paid{width}")
        done = world.submitted(worker, world.a_batch(lab, rows=1))
        send_bonus(
            by=lab.by, assignment_id=done.public_id, amount_cents=5, reason="Quick.",
            at=clock.now(),
        )  # fmt: skip
    link = ""

    def has_come():
        nonlocal link
        mails = [mail for mail in app.mails() if worker.user.email in mail and "Quick." in mail]
        found = [re.search(r"/worker/mail/\S+/$", mail, re.MULTILINE) for mail in mails]
        link = found[0].group() if found and found[0] else ""
        return link

    app.wait_until(has_come, what="the bonus's letter")
    page = new_page(width=width)
    page.goto(link)
    looked_at(page, "n11-stop")
    page.get_by_role("button", name="Switch them off").click()
    page.get_by_text("You get no more of these e-mails").wait_for()
    looked_at(page, "n12-stopped")
    sign_in(page, app, worker.user.email)
    page.goto("/worker/profile/")
    looked_at(page, "n13-profile")
    expect(page.get_by_label("Bonuses")).not_to_be_checked()
    page.get_by_label("Bonuses").check()
    page.get_by_role("region", name="E-mail").get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    expect(page.get_by_label("Bonuses")).to_be_checked()
