"""The bar at the top: on a phone a button opens all pages of a side, on a desk they stand there."""

import pytest
from playwright.sync_api import expect

from tests import world
from tests.browser.visiting import looked_at, sign_in

PHONE, DESK = 390, 1280
SIDES = {
    "worker": (
        "/work/earnings/",
        ["Find work", "Queue", "Qualifications", "Dashboard", "Earnings"],
        "Earnings",
    ),
    "requester": (
        "/money/",
        [
            *("Start", "Projects", "Batches", "Qualifications"),
            *("Workers", "Money", "Team", "Developers"),
        ],
        "Money",
    ),
}


@pytest.fixture(scope="module")
def people(live_app):
    """Who is on each side; the requester's name is long, the worker is staff as well."""
    with live_app.orm():
        lab = world.a_lab("Fern and Field Research Institute", cents=12_345_67)
        worker = world.a_worker("wanda").user
        worker.is_staff = True
        worker.save()
        return {"requester": lab.user.email, "worker": worker.email}


@pytest.mark.parametrize("side", SIDES)
def test_on_a_phone_a_button_opens_every_page_by_keyboard(live_app, people, new_page, side):
    address, names, current = SIDES[side]
    page = new_page(width=PHONE, height=844)
    sign_in(page, live_app, people[side])
    page.goto(address)
    menu = page.get_by_role("button", name="Menu")
    links = page.locator("#nav a")
    expect(menu).to_be_in_viewport(ratio=1)
    expect(links.filter(visible=True)).to_have_count(0)
    looked_at(page, f"nav-{side}-closed")
    menu.focus()
    page.keyboard.press("Enter")
    expect(links).to_have_text(names)
    for link in links.all():
        expect(link).to_be_in_viewport(ratio=1)
    expect(page.locator("#nav [aria-current=page]")).to_have_text(current)
    looked_at(page, f"nav-{side}-open")
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Tab")
    expect(links.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#nav [aria-current=page]")).to_have_text(names[0])


def test_the_button_needs_no_script(live_app, people, new_page):
    page = new_page(width=PHONE, java_script_enabled=False)
    sign_in(page, live_app, people["requester"])
    page.goto("/requester/")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Developers").click()
    expect(page).to_have_url(f"{live_app.base_url}/developers/")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", [1000, DESK])
def test_on_a_desk_every_page_stands_in_the_bar(live_app, people, new_page, side, width):
    address, names, current = SIDES[side]
    page = new_page(width=width)
    sign_in(page, live_app, people[side])
    page.goto(address)
    for name in names:
        link = page.locator("#nav").get_by_role("link", name=name, exact=True)
        expect(link).to_be_in_viewport(ratio=1)
    expect(page.locator("#nav [aria-current=page]")).to_have_text(current)
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    looked_at(page, f"nav-{side}")


def test_signed_out_and_staff_have_all_they_need_in_the_bar(live_app, people, new_page):
    page = new_page(width=PHONE)
    page.goto("/")
    account = page.get_by_role("navigation", name="Your account")
    for name in ("Sign in", "Sign up"):
        expect(account.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    bar = page.locator(".bar").bounding_box()
    assert bar["height"] < 60, "the bar of somebody signed out is one line"
    looked_at(page, "nav-signed-out")
    sign_in(page, live_app, people["worker"])
    page.goto("/work/")
    page.locator("details.menu > summary").click()
    expect(page.get_by_role("link", name="Administration")).to_be_in_viewport(ratio=1)
    looked_at(page, "nav-staff")
