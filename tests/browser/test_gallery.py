"""Every template of the gallery is filled in as a worker would, and one goes all the way."""

import csv
import json
import re
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from marketplace import clock
from tasks.actions.accept import accept_next
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.models.terms import TERMS
from tasks.questions.gallery import templates
from tests import world
from tests.browser.gallery_workers import FILLED_IN
from tests.browser.visiting import looked_at, sign_in


@pytest.fixture(scope="module")
def assignments(live_app):
    """A HIT of each template's first sample row, accepted."""
    with live_app.orm():
        lab, worker = world.a_lab(), world.a_worker("gail")
        return {
            slug: _accepted(lab, worker, template, live_app.base_url)
            for slug, template in templates().items()
        }


def _accepted(lab, worker, template, here):
    now = clock.now()
    project = world.a_project(lab, **template.values())
    terms = {name: getattr(project, name) for name in TERMS}
    group = hit_type_for(requester=lab.requester, is_sandbox=False, terms=terms, at=now)
    create_hit(
        by=lab.by,
        hit_type=group,
        question=template.template.question(),
        inputs=template.rows(here=here)[0],
        max_assignments=1,
        lifetime_seconds=86_400,
        layout=project,
        at=now,
    )
    return accept_next(worker=worker, group_id=group.public_id, at=now).assignment_id


def shape(value):
    """What a value is made of: the text of JSON counts as what it says."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value) if value[:1] in ("[", "{") else value
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("slug", templates())
def test_a_template_is_filled_in_and_answers_as_documented(live_app, assignments, new_page, slug):
    page = new_page()
    page.goto(f"/work/frame/{assignments[slug]}/")
    if "crowd-form" in templates()[slug].layout:
        page.wait_for_function("window.manyhandsCrowd?.isReady")
    certain = FILLED_IN[slug](page)
    looked_at(page, f"gallery-{slug}")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(page, f"gallery-{slug}")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/mturk/externalSubmit")

    with live_app.orm():
        from tasks.models import Assignment

        answer = Assignment.objects.get(public_id=assignments[slug]).answer
    for name, wanted in certain.items():
        fits = wanted(answer[name]) if callable(wanted) else answer[name] == wanted
        assert fits, (name, answer[name], wanted)
    assert shape(answer) == shape(dict(templates()[slug].example))


def test_a_survey_elsewhere_is_opened_unconfined_by_the_worker_who_has_read_whose_it_is(
    live_app, new_page
):
    elsewhere = live_app.base_url.replace("127.0.0.1", "localhost")
    layout = templates()["survey-link"].layout.replace("{{ task.input.survey_url }}", "HERE")
    layout = layout.replace("HERE", f"{elsewhere}/help/")
    with live_app.orm():
        lab, _worker = world.a_lab("Survey Lab"), world.a_worker("suri")
        template = templates()["survey-link"]
        project = world.a_project(
            lab, **template.values() | {"layout": layout, "max_assignments": 1}
        )
        sample = template.sample_csv(here=live_app.base_url).encode()
        group_id = world.published(lab, project, sample).hit_type.public_id
    page = new_page(width=390)
    sign_in(page, live_app, "suri@workers.test")
    page.goto(f"/work/groups/{group_id}/")
    page.get_by_role("button", name="Accept and start").click()
    task = page.frame_locator("iframe")
    # A page that asks for one of ours is not listened to.
    task.locator("body").evaluate(
        "(_node, url) => parent.postMessage({ manyhands: 'open', url }, '*')",
        f"{live_app.base_url}/money/",
    )
    expect(page.locator("[data-opens]")).to_be_hidden()
    task.get_by_role("link", name="Open the survey").click()
    page.get_by_text(elsewhere.removeprefix("http://")).wait_for()
    looked_at(page, "gallery-own-tab")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open it in a new tab").click()
    tab = opened.value
    tab.wait_for_load_state()
    assert tab.evaluate("window.origin") == elsewhere  # its own: cookies and storage work
    assert tab.evaluate("window.opener") is None


def test_a_requester_starts_from_a_template_and_has_answers_to_its_samples(
    live_app, new_page, tmp_path
):
    with live_app.orm():
        lab, worker = world.a_lab("Sandbox Lab", cents=0), world.a_worker("sandy")
        for user in (lab.user, worker.user):
            user.is_in_sandbox = True
            user.save()
    page = new_page(accept_downloads=True)
    sign_in(page, live_app, lab.user.email)
    page.goto("/requester/projects/")
    page.get_by_role("main").get_by_role("link", name="New project").click()
    looked_at(page, "gallery")
    page.get_by_label("Search the templates").fill("sentiment")
    page.get_by_role("heading", name="Images").wait_for(state="detached")
    page.get_by_role("link", name="Preview: Sentiment").click()
    page.frame_locator("iframe").get_by_text("The staff were lovely").wait_for()
    page.get_by_role("link", name="Next").click()
    page.frame_locator("iframe").get_by_text("Delivery took three weeks").wait_for()
    looked_at(page, "gallery-template")
    page.get_by_role("link", name="Start from this").click()
    _edits_with_a_live_preview(page)
    page.get_by_role("button", name="Save the project").click()
    page.get_by_role("link", name="Publish a batch").click()
    page.get_by_role("button", name="Use the sample rows").click()
    page.get_by_role("link", name="See the cost and publish").click(timeout=60_000)
    page.get_by_role("button", name=re.compile("^Publish for")).click()
    page.get_by_text("0% done").wait_for(timeout=60_000)
    batch_id = int(re.search(r"/batches/(\d+)/", page.url)[1])

    with live_app.orm():
        from tasks.models import Batch

        group_id = Batch.objects.select_related("hit_type").get(pk=batch_id).hit_type.public_id
    at_work = new_page(width=390)
    sign_in(at_work, live_app, worker.user.email)
    at_work.goto(f"/work/groups/{group_id}/")
    at_work.get_by_role("button", name="Accept and start").click()
    task = at_work.frame_locator("iframe")
    task.get_by_text("Delighted", exact=True).click()
    looked_at(at_work, "gallery-at-work")
    task.get_by_role("button", name="Submit", exact=True).click()
    at_work.get_by_text("Submitted.", exact=True).wait_for()

    page.goto(f"/requester/batches/{batch_id}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Results (CSV)").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["AssignmentStatus"]]
    assert row["Answer.sentiment.label"] == "Delighted"
    assert row["Input.text"]


def _edits_with_a_live_preview(page):
    """Rows are switched, a mistake is said in words, a change is seen, nothing is pressed."""
    preview = page.frame_locator("iframe[name=layout-preview]")
    preview.get_by_text("The staff were lovely").wait_for()
    page.get_by_text("Sample row 1 of 4").wait_for()
    page.locator("#row-switch").get_by_role("button", name="Next").click()
    preview.get_by_text("Delivery took three weeks").wait_for()
    page.locator("[name='sample:text']").fill("A value of my own <b>")
    preview.get_by_text("A value of my own <b>").wait_for()

    editor = page.locator("[name=layout]")
    layout = editor.input_value()
    editor.fill(layout.replace("}}", "", 1))
    page.get_by_text("The layout can’t be used yet.").wait_for()
    preview.get_by_text("A value of my own <b>").wait_for()
    looked_at(page, "gallery-mistake")
    editor.fill("<p>{{ task.input.text }}</p><script>top.document.title = 'ours'</script>")
    page.get_by_text("There is nothing to fill in.").wait_for()
    page.get_by_text("Its script stopped with an error.").wait_for()
    page.expected_errors = re.compile("Blocked a frame with origin|SecurityError|Unsafe attempt")
    assert "ours" not in page.title()
    editor.fill(layout.replace("'Positive'", "'Delighted'"))
    preview.get_by_text("Delighted").wait_for()
    preview.get_by_text("A value of my own <b>").wait_for()
    page.get_by_text("Its script stopped with an error.").wait_for(state="hidden")
    page.get_by_text("Desktop", exact=True).click()
    looked_at(page, "gallery-editor-desktop")
    page.get_by_text("Phone", exact=True).click()
    looked_at(page, "gallery-editor")
