"""`browser` and `new_page`: Debian's Chromium, driven by Playwright, no browser download."""

import os
import re
import shutil
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds: a page that is slow to come is not a page that is wrong
FAILURES = Path(__file__).parent.parent / "var" / "test-failures"


def chromium() -> str | None:
    """The Chromium to drive: CHROMIUM in the environment, or one on the path."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), None)


@pytest.fixture(scope="session")
def browser():
    """A running Chromium (playwright Browser); skips where there is none."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium found: install chromium, or name one in CHROMIUM")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser, live_app, request):
    """A function that opens a page as somebody new: `new_page(width=390)`.

    Each call has its own cookies. page.goto("/work") is relative to the live marketplace.
    What the console calls an error (a refused script or style above all) fails the test;
    a test that expects some sets `page.expected_errors = re.compile(…)`.
    """
    opened = []

    def open_page(*, width: int = 1280, height: int = 900, **options):
        context = browser.new_context(
            base_url=live_app.base_url, viewport={"width": width, "height": height}, **options
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.console_errors = []
        page.expected_errors = None
        page.on(
            "console",
            lambda said: page.console_errors.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        opened.append(page)
        return page

    yield open_page
    failed = getattr(request.node, "has_failed", False)
    complaints = []
    for number, page in enumerate(opened):
        if failed:
            FAILURES.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"\W+", "-", request.node.name)
            page.screenshot(path=FAILURES / f"{name}-{number}.png", full_page=True)
        complaints += [
            text
            for text in page.console_errors
            if not (page.expected_errors and page.expected_errors.search(text))
        ]
        page.context.close()
    assert failed or not complaints, complaints


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.has_failed = report.failed
    return report
