"""Coming from Mechanical Turk, in a real browser: results and workers are imported, and a worker
is recognised."""

import pytest

from tests import world
from tests.browser.visiting import looked_at, sign_in
from tests.tasks.imports.props import WORKERS, a_file, results


def _upload(page, body, name):
    page.goto("/requester/imports/")
    page.get_by_role("link", name="Import a file").first.click()
    looked_at(page, "i02-new")
    page.get_by_label("CSV file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": body}
    )
    page.get_by_role("button", name="Upload and check").click()


@pytest.mark.parametrize("width", [1280, 390])
def test_an_archive_is_brought_along_and_a_former_worker_recognised(live_app, new_page, width):
    lab_name = f"Vision Lab {width}"
    with live_app.orm():
        lab = world.a_lab(lab_name, cents=0)
        worker = world.a_worker(f"wanda{width}")
    amazon_id = f"A1B2C3D4E5F{width}"
    page = new_page(width=width)
    sign_in(page, live_app, lab.user.email)
    page.goto("/requester/imports/")
    looked_at(page, "i01-none")

    _upload(page, a_file(results(3, Reward="a cat", SubmitTime="soon")), "with problems.csv")
    page.get_by_text("2 problems in the file").wait_for(timeout=30_000)
    looked_at(page, "i03-problems")

    _upload(page, a_file(results(30, WorkerId=amazon_id)), "Batch_3960712_batch_results.csv")
    page.get_by_text("30 rows: 30 new").wait_for(timeout=30_000)
    page.get_by_text("Inputs and everything else").first.click()
    looked_at(page, "i04-rows")
    page.get_by_label("Answer or input contains").fill("surely")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Next").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (CSV)").click()
    assert download.value.suggested_filename.endswith("_batch_results.csv")

    blocked = {**WORKERS, "Worker ID": f"AZ{width}", "CURRENT-BlockStatus": "Blocked"}
    workers = a_file([{**WORKERS, "Worker ID": amazon_id}, blocked])
    _upload(page, workers, "workers.csv")
    page.get_by_text("2 rows: 1 new, 1 brought up to date").wait_for(timeout=30_000)
    looked_at(page, "i05-workers-file")

    theirs = new_page(width=width)
    sign_in(theirs, live_app, worker.user.email)
    theirs.goto("/worker/profile/former-id/")
    theirs.get_by_label("Your worker ID on Mechanical Turk").fill(amazon_id.lower())
    looked_at(theirs, "i06-former-id")
    theirs.get_by_role("button", name="Save").click()
    theirs.get_by_text("Saved.").wait_for()

    page.goto("/requester/imports/workers/?which=says")
    page.get_by_text("Confirm…").click()
    looked_at(page, "i07-confirm")
    page.get_by_role("button", name="It is them").click()
    page.get_by_text("with the scores they had").wait_for()
    looked_at(page, "i08-former-workers")
    page.goto("/requester/imports/")
    looked_at(page, "i09-list")
