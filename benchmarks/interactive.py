"""How long until a worker can work? From going to the work page until its task answers, for a
plain layout and for the heaviest element: boxes on an image of 4,000 × 3,000 with 200 boxes.

    .venv/bin/python -m benchmarks.interactive [--times 7]

It starts a PostgreSQL, a Redis, the web server and a headless Chromium of its own. "Slow" is the
same browser with its processor slowed down four times, as a cheap phone's is.
"""

import argparse
import json
import os
import platform
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.hot_path import marketplace_for, web_for

WIDTH, HEIGHT, BOXES = 4_000, 3_000, 200
PLAIN = """<h2>Does the second sentence follow from the first?</h2><p>${text}</p>
<label><input type="radio" name="answer" value="yes" required> Yes</label>
<label><input type="radio" name="answer" value="no"> No</label>"""
HEAVY = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><crowd-bounding-box name="boxes" src="{src}" header="Mark every house"
  labels="['house']" initial-value="{boxes}"></crowd-bounding-box></crowd-form>"""

TOOL = "document.querySelector('crowd-bounding-box')"

# When the page itself says that it is done, on the clock of its own navigation.
READY = {
    "plain": "document.querySelector('#submitButton')?.form?.action.endsWith('externalSubmit')",
    "boxes": f"{TOOL}?.shapes?.length === {BOXES}",
}
# The next picture that the browser draws once the page answers, and the longest that it was deaf.
SETTLED = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(
  performance.timeOrigin + performance.now()))))"""
DEAF = """() => { window.deaf = 0; new PerformanceObserver((list) => { for (const one of
  list.getEntries()) window.deaf = Math.max(window.deaf, one.duration); })
  .observe({ type: "longtask", buffered: true }); }"""
# A picture with as much in it as a photograph has, made by the browser.
PICTURE = """([width, height]) => { const canvas = Object.assign(document.createElement("canvas"),
  { width, height }), draw = canvas.getContext("2d"); let seed = 1; const next = (n) =>
  (seed = (seed * 48271) % 2147483647) % n; for (let i = 0; i < 60000; i += 1) { draw.fillStyle =
  `hsl(${next(360)} 40% ${next(90)}%)`; draw.fillRect(next(width), next(height), next(90),
  next(90)); } return canvas.toDataURL("image/jpeg", 0.85).split(",")[1]; }"""


def main() -> None:
    """Run it all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    from tests.fixtures_browser import FLAGS, chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        # Django takes a thread with a running loop, as playwright's is, for one that can't wait.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        with marketplace_for() as (var, _database), web_for(var):
            _run(browser, options.times)
        browser.close()


def _run(browser: Any, times: int) -> None:
    cores, load = os.cpu_count(), os.getloadavg()[0]
    image = _picture(browser)
    print(f"{cores} cores, Python {platform.python_version()}, Chromium {browser.version}, "
          f"load {load:.1f}; image {len(image) / 1e6:.1f} MB")  # fmt: skip
    with _served(image) as src:
        work = _work({"plain": PLAIN, "boxes": HEAVY.format(src=src, boxes=_boxes())})
        heads = f"{'page':<8}{'browser':<9}{'screen':>7}{'first':>9}{'median':>9}"
        print(f"\n{heads}{'longest task':>14}{'box moved':>11}")
        for kind in READY:
            for width, slower in ((1280, 1), (390, 4)):
                _tell(kind, width, slower, _visits(browser, work, kind, width, slower, times))


def _tell(kind: str, width: int, slower: int, found: list[tuple[float, float, float]]) -> None:
    ready, deaf, drawn = ([one[n] for one in found] for n in range(3))
    speed = "slow" if slower > 1 else "full"
    print(f"{kind:<8}{speed:<9}{width:>7}{ready[0]:>6.0f} ms{statistics.median(ready):>6.0f} ms"
          f"{statistics.median(deaf):>11.0f} ms{statistics.median(drawn):>8.0f} ms")  # fmt: skip


def _visits(
    browser: Any, work: dict[str, Any], kind: str, width: int, slower: int, times: int
) -> list[tuple[float, float, float]]:
    """Milliseconds of each visit until ready, deaf at most, until a box has moved. The first
    visit finds an empty cache."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    base = f"http://127.0.0.1:{os.environ['PORT']}"
    context.add_cookies([{"name": "sessionid", "value": work["session"], "url": base}])
    found = []
    for _time in range(times):
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        since = page.evaluate("performance.timeOrigin + performance.now()")
        page.goto(f"{base}/work/task/{work[kind]}/", wait_until="commit")
        frame = _task_frame(page)
        # A sandboxed frame is a process of its own.
        context.new_cdp_session(frame).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        frame.evaluate(DEAF)
        frame.wait_for_function(READY[kind], polling="raf")
        ready = frame.evaluate(SETTLED) - since
        drawn = _move_a_box(page, frame) if kind == "boxes" else 0
        found.append((ready, frame.evaluate("window.deaf"), drawn))
        page.close()
    context.close()
    return found


def _task_frame(page: Any) -> Any:
    while True:
        for frame in page.frames:
            if "/work/frame/" in frame.url:
                return frame
        page.wait_for_timeout(5)


def _move_a_box(page: Any, frame: Any) -> float:
    """Milliseconds from the button's release until the box is drawn at its new place."""
    stage = frame.locator("crowd-bounding-box .stage")
    stage.scroll_into_view_if_needed()
    area = stage.bounding_box()
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    since = frame.evaluate("performance.timeOrigin + performance.now()")
    page.mouse.up()
    frame.wait_for_function(
        f"{TOOL}.state() !== {TOOL}.initial",
        polling="raf",
    )
    return frame.evaluate(SETTLED) - since


def _boxes() -> str:
    across = 20
    boxes = [
        {"label": "house", "left": 20 + n % across * 195, "top": 20 + n // across * 290,
         "width": 150, "height": 220}
        for n in range(BOXES)
    ]  # fmt: skip
    return escape(json.dumps(boxes))


def _picture(browser: Any) -> bytes:
    import base64

    page = browser.new_page()
    made = base64.b64decode(page.evaluate(PICTURE, [WIDTH, HEIGHT]))
    page.close()
    return made


@contextmanager
def _served(image: bytes) -> Iterator[str]:
    """The requester's server, which has the image."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(image)))
            self.send_header("Cache-Control", "max-age=600")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(image)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/photo.jpg"
    server.shutdown()


def _work(layouts: dict[str, str]) -> dict[str, Any]:
    """A worker's session, and the id of an assignment in work for each layout."""
    from django.test import Client

    from tests import world

    lab, worker = world.a_lab(), world.a_worker("wanda")

    def held(layout: str) -> str:
        batch = world.a_batch(lab, rows=1, layout=layout)
        return world.accepted(worker, batch).public_id

    work = {kind: held(layout) for kind, layout in layouts.items()}
    client = Client()
    client.force_login(worker.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return work | {"session": client.cookies["sessionid"].value}


if __name__ == "__main__":
    main()
