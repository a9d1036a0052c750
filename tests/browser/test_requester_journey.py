"""A requester's way from a project to a results file, in a real browser."""

import csv
import re

import pytest

from tests import world
from tests.browser.visiting import looked_at, sign_in

LAYOUT = (
    "<script>document.title = top === self ? 'top' : 'framed'</script>"
    "<p id='text'>${text}</p><label>Answer <input name='answer'></label>"
)


def add_money(page):
    """From the start page to money on the balance."""
    page.goto("/requester/")
    looked_at(page, "r01-start")
    page.get_by_role("main").get_by_role("link", name="Add money").click()
    page.get_by_label("Amount").fill("20")
    looked_at(page, "r02-deposit")
    page.get_by_role("button", name="Add money").click()
    page.get_by_text("The money is on your balance").wait_for(timeout=150_000)
    looked_at(page, "r03-settled")
    page.get_by_role("link", name="Go on").click()


def make_project(page):
    """The form, with its live preview and its list of variables."""
    page.get_by_role("link", name="New project").click()
    page.get_by_role("link", name="Start empty").click()
    page.get_by_label("Project name").fill("Sentences")
    page.get_by_label("Title").fill("Read a sentence")
    page.get_by_label("Description").fill("Read it and answer.")
    page.get_by_label("Reward per assignment").fill("0.25")
    page.get_by_label("Assignments per HIT").fill("1")
    page.get_by_label("Your guess").fill("1.5")
    page.get_by_text("About $10.00 per hour").wait_for()
    page.locator("[name=layout]").fill(LAYOUT.replace("${text}", "${text} ${more}"))
    page.get_by_label("more", exact=True).fill("a sample")
    preview = page.frame_locator("iframe[name=layout-preview]")
    preview.get_by_text("[text] a sample").wait_for()
    page.locator("[name=layout]").fill(LAYOUT)
    page.get_by_label("more", exact=True).wait_for(state="detached")
    preview.get_by_text("[text]", exact=True).wait_for()
    looked_at(page, "r04-project-form")
    page.get_by_role("button", name="Save the project").click()
    page.get_by_role("heading", name="Sentences").wait_for()
    looked_at(page, "r05-project")


def upload(page, folder, name, text):
    """Choose a file and wait for its check."""
    path = folder / name
    path.write_text(text)
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()


def publish(page, folder):
    """A file with a problem, the same file corrected, the preview, the cost, publishing."""
    page.get_by_role("link", name="Publish a batch").click()
    looked_at(page, "r06-upload")
    upload(page, folder, "wrong.csv", "text\none\ntwo,too many\nthree\n")
    page.get_by_text("Cells in this row: 2; in the header: 1.").wait_for(timeout=30_000)
    looked_at(page, "r07-problems")
    page.get_by_role("link", name="Upload the file again").click()
    upload(page, folder, "right.csv", "text\none\ntwo\nthree\n")
    page.get_by_role("link", name="Preview the HITs").click(timeout=30_000)
    page.frame_locator("iframe").get_by_text("one").wait_for()
    page.keyboard.press("j")
    page.wait_for_url("**?row=2")
    page.frame_locator("iframe").get_by_text("two").wait_for()
    looked_at(page, "r08-preview")
    page.get_by_role("link", name="See the cost and publish").click()
    page.get_by_text("$19.25").wait_for()
    looked_at(page, "r09-cost")
    page.get_by_role("button", name="Publish for $0.75").click()
    page.get_by_text("0% done").wait_for(timeout=30_000)
    looked_at(page, "r10-batch")
    return int(re.search(r"/batches/(\d+)/", page.url)[1])


def workers_answer(live_app, batch_id, width):
    """Three answers by three workers, through the rules."""
    with live_app.orm():
        from tasks.models import Batch

        batch = Batch.objects.select_related("hit_type").get(pk=batch_id)
        for number, text in enumerate(["yes", "=1+2", "<b>no</b>"]):
            world.submitted(world.a_worker(f"w{width}-{number}"), batch, {"answer": text})


def review(page, batch_id, *, by_keyboard):
    """Approve two, reject one, undo the rejection."""
    page.goto(f"/requester/batches/{batch_id}/review/")
    looked_at(page, "r11-review")
    if by_keyboard:
        page.keyboard.press("j")
        page.locator("tr[aria-selected=true]").nth(0).wait_for()
        page.keyboard.press("k")
        page.keyboard.press("a")
    else:
        page.get_by_role("checkbox", name=re.compile("^Check the answer")).first.check()
        page.get_by_role("button", name=re.compile("^Approve checked")).click()
    page.get_by_text("1 answer approved; $0.25 paid.").wait_for()

    if by_keyboard:
        page.keyboard.press("x")
    else:
        page.get_by_role("checkbox", name=re.compile("^Check the answer")).first.check()
        page.get_by_text("Reject checked…").click()
    page.get_by_label("Reason").fill("Too short.")
    looked_at(page, "r12-reject")
    page.get_by_role("button", name=re.compile("^Reject checked")).last.click()
    page.get_by_text("1 answer rejected.").wait_for()

    page.goto(f"/requester/batches/{batch_id}/review/?status=Rejected")
    name = "On a page of its own" if by_keyboard else "Open the answer"
    page.get_by_role("link", name=name).click()
    looked_at(page, "r13-answer")
    page.get_by_role("button", name="Undo the rejection and pay").click()
    page.get_by_text("1 rejection undone: the answer is approved, and $0.25 paid.").wait_for()

    page.goto(f"/requester/batches/{batch_id}/review/")
    page.get_by_role("link", name="Approve all that wait…").click()
    looked_at(page, "r14-approve-all")
    page.get_by_role("button", name="Approve 1 for $0.25").click()
    page.get_by_text("1 answer approved and paid.").wait_for(timeout=30_000)
    looked_at(page, "r15-run")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_requester_posts_work_reviews_it_and_takes_the_results(
    live_app, new_page, tmp_path, width
):
    with live_app.orm():
        lab = world.a_lab(f"Lab {width}", cents=0)
    page = new_page(width=width, accept_downloads=True)
    sign_in(page, live_app, lab.user.email)
    add_money(page)
    make_project(page)
    batch_id = publish(page, tmp_path)
    workers_answer(live_app, batch_id, width)
    review(page, batch_id, by_keyboard=width == 1280)

    page.goto(f"/requester/batches/{batch_id}/")
    page.get_by_text("100% done").wait_for()
    page.get_by_text("Workers with most answers").wait_for()
    label = page.locator(".chart text").first.bounding_box()
    assert label["height"] >= 10, "a chart's labels can be read on a phone"
    looked_at(page, "r16-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Results (CSV)").click()
    assert download.value.suggested_filename == f"Batch_{batch_id}_batch_results.csv"
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["AssignmentStatus"] for row in rows} == {"Approved"}
    assert {row["Answer.answer"] for row in rows} == {"yes", "'=1+2", "<b>no</b>"}

    page.goto("/money/")
    page.get_by_text("held in escrow for work").wait_for()
    page.get_by_text("$19.25").first.wait_for()
    looked_at(page, "r17-money")
