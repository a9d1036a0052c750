"""Requesters' pages can reach nothing: hostile layouts in a real browser; none gets out."""

import re

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.questionform.html import wrap
from tests import world
from tests.browser.hostile.corpus import ATTACKS, page_of
from tests.browser.visiting import sign_in

TOGETHER = 17
LONG_ENOUGH = 2000
FOREVER = "loops without end"
OTHERS = [attack for attack in ATTACKS if attack != FOREVER]
GROUPS = [OTHERS[start : start + TOGETHER] for start in range(0, len(OTHERS), TOGETHER)]
# A page may submit its own HIT, and our script leads its forms there: nowhere else.
SUBMITTED_INSTEAD = {"posts a form by a button's own address", "leads its own form elsewhere"}
# Where nothing stands in their way these get out: the corpus is no collection of misspellings.
WOULD_GET_OUT = [
    "sets the top's address",
    "clicks a link to the top",
    "submits a form into the top",
    "reads the page around it",
    "reads local storage",
    "opens a database",
    "fetches our pages as the worker",
    "asks which element frames it",
]


@pytest.fixture(scope="module")
def hostile(live_app):
    """Takes up the HITs of some attacks, for a worker of their own; their assignments' ids."""
    with live_app.orm():
        lab = world.a_lab(cents=1_000_00)

    def taken_up(name, attacks):
        from tasks.actions.accept import accept_hit

        with live_app.orm():
            worker = world.a_worker(name)
            return {
                attack: accept_hit(
                    worker=worker,
                    hit_id=world.a_hit(
                        lab, wrap(page_of(attack, live_app.base_url), 0), title=attack
                    ).public_id,
                    at=clock.now(),
                ).assignment_id
                for attack in attacks
            }

    return taken_up


def opened(context, address):
    """A tab whose attack has run."""
    page = context.new_page()
    with page.expect_console_message(lambda said: said.text == "ran to its end"):
        page.goto(address)
    return page


def status_of(live_app, assignment_id):
    from tasks.models import Assignment

    with live_app.orm():
        return Assignment.objects.get(public_id=assignment_id).status


def gotten(frame):
    """What the attack says that it got hold of."""
    inside = frame.locator("#result")
    return inside.inner_text() if inside.count() else ""


@pytest.mark.parametrize("number", range(len(GROUPS)))
def test_a_hostile_page_gets_out_of_nothing(live_app, hostile, new_page, number):
    name = f"victim{number}"
    at_work = hostile(name, GROUPS[number])
    first = new_page()
    first.expected_errors = re.compile(".")  # what the browser refuses, it says on the console
    sign_in(first, live_app, f"{name}@workers.test")
    context, downloads = first.context, []
    before = {(each["name"], each["value"]) for each in context.cookies()}
    tabs = {}
    for attack, assignment_id in at_work.items():
        tabs[attack] = opened(context, f"{live_app.base_url}/work/task/{assignment_id}/")
        tabs[attack].on("download", lambda file: downloads.append(file))
    first.wait_for_timeout(LONG_ENOUGH)

    for attack, page in tabs.items():
        address = f"{live_app.base_url}/work/task/{at_work[attack]}/"
        assert page.url == address, f"“{attack}” moved the page around it"
        if attack in SUBMITTED_INSTEAD:
            assert status_of(live_app, at_work[attack]) == "Submitted", attack
            continue
        expect(page.get_by_role("button", name="Return"), attack).to_be_visible()
        expect(page.get_by_role("dialog"), f"“{attack}” clicked for the worker").to_have_count(0)
        expect(page.locator("[data-opens]"), f"“{attack}” is offered to the worker").to_be_hidden()
        frame = page.locator("iframe.task").element_handle().content_frame()
        assert gotten(frame) == "", f"“{attack}” got hold of something"
        assert page.locator("iframe.task").bounding_box()["height"] <= 12_000 + 2, attack
        left = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        assert set(left) <= {"htmx-history-cache", "htmx-current-path-for-history"}, attack
        assert page.evaluate("document.fullscreenElement") is None, attack
        assert page.evaluate("({}).spoiled") is None, attack
        assert status_of(live_app, at_work[attack]) == "Accepted", attack
        page.bring_to_front()
        # In one go: between two calls, a page that grabs at the keyboard could have it.
        button = page.get_by_role("button", name="Return")
        reached = "node => { node.focus(); return document.activeElement === node; }"
        assert button.evaluate(reached), attack
    for popup in set(context.pages) - {first, *tabs.values()}:
        assert "ready to pay out" not in popup.content(), "a popup shows the worker's own page"
    cookies = {(each["name"], each["value"]) for each in context.cookies()}
    assert cookies >= before, "the worker is signed out"
    assert {each for each, _ in cookies - before} <= {"csrftoken"}, "a cookie was left"
    assert first.goto("/work/earnings/").url.endswith("/work/earnings/")
    registered = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    assert first.evaluate(registered) == 0
    assert not downloads


def test_the_same_pages_get_out_where_nothing_stands_in_their_way(live_app, hostile, new_page):
    at_work = hostile("naked", WOULD_GET_OUT)
    first = new_page()
    first.expected_errors = re.compile(".")
    sign_in(first, live_app, "naked@workers.test")

    def without_protection(route):
        answer = route.fetch()
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name not in {"content-security-policy", "x-frame-options"}
        }
        body = re.sub(r'sandbox="[^"]*"', "", answer.text())
        route.fulfill(response=answer, headers=headers, body=body)

    first.context.route(re.compile("/work/(task|frame)/"), without_protection)
    got_out = set()
    for attack, assignment_id in at_work.items():
        address = f"{live_app.base_url}/work/task/{assignment_id}/"
        page = opened(first.context, address)
        page.wait_for_timeout(700)
        if page.url != address or gotten(page.frames[-1]):
            got_out.add(attack)
        page.close()
    assert got_out == set(WOULD_GET_OUT)


def test_a_page_that_never_stops_is_returned_all_the_same(live_app, hostile, new_page):
    assignment_id = hostile("patient", [FOREVER])[FOREVER]
    first = new_page()
    first.expected_errors = re.compile(".")
    sign_in(first, live_app, "patient@workers.test")
    page = opened(first.context, f"{live_app.base_url}/work/task/{assignment_id}/")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Return").click()
    page.get_by_role("button", name="Return the HIT").click()
    live_app.wait_until(
        lambda: status_of(live_app, assignment_id) == "Returned", what="the HIT to be returned"
    )


def test_the_frame_opened_by_its_address_is_as_powerless(live_app, hostile, new_page):
    attack = "reads cookies"
    assignment_id = hostile("curious", [attack])[attack]
    page = new_page()
    page.expected_errors = re.compile(".")
    sign_in(page, live_app, "curious@workers.test")
    page.goto(f"{live_app.base_url}/work/frame/{assignment_id}/")
    page.wait_for_timeout(500)
    assert page.evaluate("window.origin") == "null"
    assert gotten(page) == ""


def test_a_page_elsewhere_is_opened_by_nobody_who_had_no_time_to_read_whose_it_is(
    live_app, hostile, new_page
):
    attack = "reads cookies"
    assignment_id = hostile("hasty", [attack])[attack]
    page = new_page()
    page.expected_errors = re.compile(".")
    sign_in(page, live_app, "hasty@workers.test")
    page.clock.install()
    page.goto(f"{live_app.base_url}/work/task/{assignment_id}/")
    page.clock.pause_at(page.evaluate("Date.now() + 30_000"))
    task, host = page.frame_locator("iframe.task"), page.locator("[data-host]")
    link = page.locator("[data-opens] a")

    def offers(url):
        offer = (
            "(node, url) => { node.focus(); parent.postMessage({ manyhands: 'open', url }, '*'); }"
        )
        task.locator("input[name=answer]").evaluate(offer, url)

    # A key that the task asked for, or the second half of a double click, opens nothing.
    task.locator("input[name=answer]").focus()
    offers("https://survey.test/habits")
    host.get_by_text("survey.test", exact=True).wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-opens')")
    page.keyboard.press("Enter")
    page.clock.run_for(990)
    expect(link).to_have_attribute("inert", "")
    # Nor is the address another than the one that was read; lookalikes stand there bare.
    offers("https://\u0440\u0430ypal.test/")
    host.get_by_text("xn--ypal-43d9g.test", exact=True).wait_for()
    page.clock.run_for(990)
    expect(link).to_have_attribute("inert", "")
    page.clock.run_for(20)
    expect(link).not_to_have_attribute("inert", "")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    offers("http://survey.test:8080/")
    host.get_by_text("http://survey.test:8080", exact=True).wait_for()
    expect(link).to_have_attribute("inert", "")
    assert len(page.context.pages) == 1
    # The keyboard isn't taken from our own buttons.
    button = page.get_by_role("button", name="Return")
    button.focus()
    task.locator("body").evaluate(
        "() => parent.postMessage({ manyhands: 'open', url: 'https://last.test/' }, '*')"
    )
    host.get_by_text("last.test", exact=True).wait_for()
    assert button.evaluate("node => node === document.activeElement")


def test_our_own_pages_can_not_be_framed_by_anybody(live_app, hostile, new_page):
    page = new_page()
    answer = page.request.get(f"{live_app.base_url}/accounts/login/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
