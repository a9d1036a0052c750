"""Reviewing on a phone: an answer and what can be decided on it are there at once."""

import pytest
from playwright.sync_api import expect

from tests import world
from tests.browser.visiting import looked_at, sign_in

COLUMNS = [f"column{n}" for n in range(14)]
ROW = ",".join(f"A value of some length that stands in the row as number {n}" for n in range(14))


@pytest.fixture(scope="module")
def waiting(live_app):
    """A batch with one HIT of many inputs, and two answers to it."""
    with live_app.orm():
        lab = world.a_lab("Phone Lab")
        project = world.a_project(lab, layout="".join(f"<p>${{{name}}}</p>" for name in COLUMNS))
        batch = world.published(lab, project, f"{','.join(COLUMNS)}\n{ROW}\n".encode())
        for name in ("paula", "peter"):
            answer = world.submitted(world.a_worker(name), batch, {"answer": f"yes, says {name}"})
        return {"batch": batch.pk, "hit": answer.hit.public_id, "email": lab.user.email}


@pytest.fixture
def phone(live_app, waiting, new_page):
    page = new_page(width=390, height=844)
    sign_in(page, live_app, waiting["email"])
    return page


def test_an_answer_opens_on_its_own_page_with_its_acts_on_the_first_screen(phone, waiting):
    phone.goto(f"/requester/batches/{waiting['batch']}/review/")
    expect(phone.locator("#answer")).to_be_hidden()
    looked_at(phone, "phone-review")
    phone.get_by_role("link", name="Open the answer").first.click()
    expect(phone.get_by_role("heading", name="The answer")).to_be_in_viewport()
    expect(phone.get_by_text("yes, says paula", exact=True)).to_be_in_viewport(ratio=1)
    expect(phone.get_by_role("button", name="Approve")).to_be_in_viewport(ratio=1)
    expect(phone.get_by_text("Reject…")).to_be_in_viewport(ratio=1)
    looked_at(phone, "phone-answer")
    phone.get_by_text("Reject…").click()
    expect(phone.get_by_label("Reason")).to_be_visible()


def test_all_answers_to_a_hit_are_reached_past_a_long_row_of_inputs(phone, waiting):
    phone.goto(f"/requester/batches/hits/{waiting['hit']}/")
    expect(phone.get_by_text("A value of some length").first).to_be_in_viewport()
    expect(phone.get_by_role("button", name="Approve checked")).to_be_in_viewport(ratio=1)
    looked_at(phone, "phone-hit")
    last = phone.get_by_text("stands in the row as number 13")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_on_a_desk_the_answer_stands_beside_the_table(live_app, waiting, new_page):
    page = new_page()
    sign_in(page, live_app, waiting["email"])
    page.goto(f"/requester/batches/{waiting['batch']}/review/")
    expect(page.locator("#answer").get_by_text("yes, says paula", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("link", name="Open the answer").first).to_be_hidden()
    looked_at(page, "phone-review")
