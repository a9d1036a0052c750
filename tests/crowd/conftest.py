"""A page of crowd elements as a worker has it: our scripts, no origin, a place to submit to.

No database and no marketplace: the pages' contract with both is externalHIT_v1.js and the POST.
"""

import functools
import json
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
STATIC = [ROOT / "tasks" / "static", ROOT / "marketplace" / "static"]
AMAZON = "https://assets.crowd.aws/crowd-html-elements.js"
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}


@functools.cache
def picture(width: int, height: int) -> bytes:
    """A PNG of that many pixels: a sky, a meadow, and two houses to mark."""

    def row(y: int) -> bytes:
        line = bytearray((b"\x9f\xc4\xe0" if y < height * 0.6 else b"\x86\xa8\x6a") * width)
        for left, right, top, bottom, color in (
            (0.15, 0.35, 0.35, 0.75, b"\xb5\x6a\x4c"),
            (0.60, 0.80, 0.45, 0.80, b"\xe8\xd9\xa8"),
        ):
            if height * top <= y < height * bottom:
                start, end = int(width * left), int(width * right)
                line[3 * start : 3 * end] = color * (end - start)
        return b"\x00" + bytes(line)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    body = zlib.compress(b"".join(row(y) for y in range(height)), 1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class Site:
    """Serves pages by name, and keeps what was submitted."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.submitted: list[list[tuple[str, str]]] = []
        self.is_away = False
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                site.get(self)

            def do_HEAD(self) -> None:
                self.send_response(204)
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                sent = self.rfile.read(length).decode()
                site.submitted.append(parse_qsl(sent, keep_blank_values=True))
                site.send(self, b"<!doctype html><title>Taken</title><p>Taken", "text/html")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def send(self, handler: BaseHTTPRequestHandler, body: bytes, kind: str, **headers: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        if path.startswith("/image/"):
            width, height = path.removeprefix("/image/").removesuffix(".png").split("x")
            body = picture(int(width), int(height))
            self.send(handler, body, "image/png", Access_Control_Allow_Origin="*")
        elif path.startswith("/page/"):
            # The sandbox of tasks/web/worker/frame.py: an origin of nobody's.
            policy = "sandbox allow-scripts allow-forms allow-popups"
            page = self.pages[path.removeprefix("/page/")].encode()
            self.send(handler, page, "text/html; charset=utf-8", Content_Security_Policy=policy)
        elif path.startswith("/static/"):
            for folder in STATIC:
                file = folder / path.removeprefix("/static/")
                if file.is_file():
                    self.send(handler, file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
                    return
            handler.send_error(404)
        else:
            self.send(handler, b"", "text/plain")

    def answer(self) -> object:
        """What the last submission's taskAnswers says, as Mechanical Turk's results hold it."""
        fields = dict(self.submitted[-1])
        assert fields.pop("assignmentId") == "3ASSIGNMENT"
        fields.pop("workerId", None)  # reserved: never a part of the answer
        assert list(fields) == ["taskAnswers"]
        (answer,) = json.loads(fields["taskAnswers"])
        return answer


@pytest.fixture(scope="session")
def site():
    made = Site()
    yield made
    made.server.shutdown()


@pytest.fixture
def crowd(site, browser):
    """`crowd(template, width=390, dark=True)`: a browser page that shows the template, ready.

    Whatever the console calls an error fails the test.
    """
    opened = []

    def show(
        template: str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        assignment: str = "3ASSIGNMENT",
        name: str = "task",
        **options: object,
    ):
        site.submitted.clear()
        meta = (
            f'<meta name="manyhands" data-assignment="{assignment}" data-hit="3HIT"'
            f' data-submit="{site.url}/mturk/externalSubmit" data-word-submit="Submit"'
            ' data-word-preview="Accept this HIT to submit" data-word-offline="Nothing was sent">'
        )
        scheme = '<meta name="color-scheme" content="light dark">' if dark else ""
        body = template.replace(AMAZON, f"{site.url}/static/crowd-html-elements.js")
        site.pages[name] = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A task</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'{meta}{scheme}<script src="{site.url}/static/externalHIT_v1.js"></script></head>'
            f"<body>{body.replace('IMAGES', site.url + '/image')}</body></html>"
        )
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.console_errors = []
        page.on(
            "console",
            lambda said: page.console_errors.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        opened.append(page)
        page.goto(f"{site.url}/page/{name}", timeout=30_000)
        page.wait_for_function("window.manyhandsCrowd?.isReady", timeout=30_000)
        return page

    yield show
    complaints = [text for page in opened for text in page.console_errors]
    for page in opened:
        page.context.close()
    assert not complaints, complaints


def submit(page) -> None:
    """Presses Submit, and waits until the marketplace has the answer."""
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Taken").wait_for()
