"""A qualification from both sides, in a real browser: made with a test, found, taken, given."""

import re

import pytest
from playwright.sync_api import expect

from marketplace import clock
from tests import world
from tests.browser.visiting import looked_at, sign_in
from tests.questionforms import KEY, TEST


@pytest.fixture(scope="module")
def marketplace(live_app):
    """A lab with work that asks for its qualification, and a worker who knows the sky."""
    with live_app.orm():
        from tasks import jobs
        from tasks.actions.decide import approve_assignments

        lab = world.a_lab()
        worker = world.a_worker("wanda")
        done = world.submitted(worker, world.a_batch(lab, title="Look up, one by one"))
        approve_assignments(by=lab.by, assignment_ids=[done.public_id], at=clock.now())
        kind = world.a_qualification(
            lab, "Knows the sky", test=TEST, answer_key=KEY, test_seconds=600
        )
        asks = {
            "QualificationTypeId": kind.public_id,
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [80],
        }
        long = world.a_qualification(lab, "Unbroken" * 25)
        exists = {"QualificationTypeId": long.public_id, "Comparator": "DoesNotExist"}
        world.a_batch(lab, title="Name the clouds", requirements=[asks, exists])
        jobs.fold_tallies()
    return {"lab": lab, "kind": kind.public_id, "worker": worker.public_id}


@pytest.mark.parametrize("width", [1280, 390])
def test_the_requesters_pages(live_app, new_page, marketplace, width):
    page = new_page(width=width)
    sign_in(page, live_app, "owner@vision-lab.test")
    page.goto("/requester/qualifications/")
    looked_at(page, "r-list")
    page.get_by_role("link", name="New qualification").click()
    name = f"Careful reader {width}"
    page.get_by_label("Name").fill(name)
    page.get_by_label("Description").fill("Reads every word before answering.")
    expect(page.get_by_role("heading", name="The test")).to_be_hidden()
    page.get_by_label("They take a test").check()
    page.get_by_label("Write it as XML").check()
    expect(page.get_by_label("Test", exact=True)).to_have_value(re.compile("QuestionForm"))
    page.get_by_label("Put it together here").check()
    page.get_by_label("What you ask").fill("What colour is the sky?")
    for number, colour in enumerate(["Red", "Blue", "Green"], start=1):
        page.get_by_label(f"Choice {number}").fill(colour)
    page.get_by_role("button", name="Add a choice").click()
    page.get_by_label("Choice 4").fill("Grey")
    assert page.get_by_label("Choice 4").evaluate("field => field == document.activeElement")
    page.get_by_label("right", exact=True).nth(1).check()
    looked_at(page, "r-form-graded")
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("What you ask").nth(1).fill("Why is the sky blue?")
    page.get_by_label("They answer with").nth(1).select_option("text")
    looked_at(page, "r-form")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("A text can't be graded by itself").wait_for()
    looked_at(page, "r-form-wrong")
    page.get_by_label("right", exact=True).nth(1).uncheck()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview the test").click()
    preview = opened.value
    preview.wait_for_load_state()
    assert "Why is the sky blue?" in preview.content()
    looked_at(preview, "r-preview")
    preview.close()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name=name).wait_for()

    page.get_by_label("Worker ID").fill(marketplace["worker"])
    page.get_by_label("Value").fill("90")
    page.get_by_role("button", name="Give it").click()
    page.get_by_text(re.compile("has the value 90 now")).wait_for()
    page.get_by_text("The test, as workers see it").click()
    looked_at(page, "r-type")

    page.goto("/requester/workers/")
    looked_at(page, "r-workers")
    page.get_by_role("link", name=marketplace["worker"]).click()
    page.get_by_text("Block…").click()
    looked_at(page, "r-worker")
    page.goto("/requester/workers/upload/")
    body = f"Worker ID,UPDATE-{name},UPDATE-BlockStatus\n{marketplace['worker']},50,Unblock\n"
    page.get_by_label("Workers file").set_input_files(
        {"name": "workers.csv", "mimeType": "text/csv", "buffer": body.encode()}
    )
    page.get_by_role("button", name="Upload and check").click()
    looked_at(page, "r-file")
    page.get_by_role("button", name="Make 1 change").click()
    page.get_by_text("1 change is made.").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_worker_takes_the_test_that_work_asks_for(live_app, new_page, marketplace, width):
    name = f"taker{width}"
    with live_app.orm():
        world.a_worker(name)
    page = new_page(width=width)
    sign_in(page, live_app, f"{name}@workers.test")
    page.goto("/work/")
    looked_at(page, "w-browse")
    page.get_by_role("link", name=re.compile("Get the qualification")).click()
    looked_at(page, "w-type")
    page.get_by_role("button", name="Take the test").click()
    page.get_by_role("button", name="Start the test").click()
    looked_at(page, "w-test")
    page.expected_errors = re.compile("422")
    page.get_by_role("button", name="Send in").click()
    page.get_by_label("Blue").wait_for()
    looked_at(page, "w-wrong")
    page.get_by_label("Blue").check()
    page.get_by_role("button", name="Send in").click()
    page.get_by_text("The qualification is yours, with the value 100.").wait_for()
    looked_at(page, "w-done")
    for tab in ("mine", "available", "pending"):
        page.goto(f"/worker/qualifications/?tab={tab}")
        looked_at(page, f"w-{tab}")
    page.goto("/worker/profile/")
    looked_at(page, "w-profile")
    page.goto("/work/")
    page.get_by_role("link", name="Name the clouds", exact=True).click()
    page.get_by_role("button", name=re.compile("Accept and start")).click()
    page.wait_for_url(re.compile("/work/task/"))
