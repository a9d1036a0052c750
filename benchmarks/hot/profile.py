"""Where the time of a request goes: statements, and Python by package."""

import cProfile
import io
import json
import pstats
import time
from collections import defaultdict
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext

CALLS = 200
KINDS = ("accept", "submit")


class _Inside:
    """The whole application, called as a server calls it."""

    def __init__(self) -> None:
        self.app = WSGIHandler()

    def post(self, path: str, token: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body."""
        status: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }

        def start(line: str, headers: Any, failure: Any = None) -> Any:
            status.append(line)

        response = self.app(environ, start)
        data = b"".join(response)
        response.close()
        return int(status[0][:3]), data


def tell(group: str, requester_token: str, worker_token: str) -> None:
    """Print statements and milliseconds a request, and the packages that the time is spent in."""
    inside = _Inside()
    body = json.dumps({"answer": {"answer": "yes", "comment": "The second says less."}}).encode()
    seconds: dict[str, float] = defaultdict(float)
    statements: dict[str, list[str]] = {}
    profiler = cProfile.Profile(time.thread_time)
    made = []
    for number in range(CALLS):
        is_counted = number == 5
        made.append(_one(inside, group, worker_token, body, seconds, statements, is_counted))
    since = time.thread_time()
    for _ in range(CALLS):
        profiler.enable()
        made.append(_one(inside, group, worker_token, body, defaultdict(float), {}, False))
        profiler.disable()
    slowed = (time.thread_time() - since) / CALLS
    for start in range(0, len(made), 50):
        asked = json.dumps({"assignment_ids": made[start : start + 50]}).encode()
        with CaptureQueriesContext(connection) as captured:
            since = time.thread_time()
            status, _ = inside.post("/api/v1/assignments/approve", requester_token, asked)
            seconds["approve"] += time.thread_time() - since
        assert status == 200
        statements["approve"] = [query["sql"] for query in captured.captured_queries]
    for kind in KINDS:
        print(
            f"  {kind}: {len(statements[kind])} statements, {seconds[kind] / CALLS * 1000:.2f} ms"
        )
        for sql in statements[kind]:
            print("     ", " ".join(sql.split())[:110])
    batches = -(-len(made) // 50)
    print(
        f"  approve 50: {len(statements['approve'])} statements,"
        f" {seconds['approve'] / batches * 1000:.1f} ms"
    )
    for sql in statements["approve"]:
        print("     ", " ".join(sql.split())[:110])
    _tell_packages(profiler, slowed)


def _one(inside, group, token, body, seconds, statements, is_counted) -> str:
    assignment = ""
    for kind in KINDS:
        path = f"/api/v1/groups/{group}/accept"
        if kind == "submit":
            path = f"/api/v1/my/assignments/{assignment}/submit"
        if is_counted:
            with CaptureQueriesContext(connection) as captured:
                status, answer = inside.post(path, token, body)
            statements[kind] = [query["sql"] for query in captured.captured_queries]
        since = time.thread_time()
        if not is_counted:
            status, answer = inside.post(path, token, body if kind == "submit" else b"")
            seconds[kind] += time.thread_time() - since
        assert status in (200, 201), answer
        assignment = json.loads(answer)["id"]
    return assignment


def _tell_packages(profiler: cProfile.Profile, slowed: float) -> None:
    spent: dict[str, float] = defaultdict(float)
    total = 0.0
    for (file, _line, name), row in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        own = row[2]
        total += own
        spent[_package(file, name)] += own
    print(f"  a cycle takes {slowed * 1000:.2f} ms under the profiler, of which:")
    for package, own in sorted(spent.items(), key=lambda item: -item[1])[:14]:
        print(f"    {own / total:5.1%} {own / CALLS * 1000:6.3f} ms  {package}")


def _package(file: str, name: str) -> str:
    if "execute" in name and "psycopg2" in name:
        return "waiting for PostgreSQL (psycopg2)"
    if file.startswith("~") or ("/lib/python" in file and "site-packages" not in file):
        return f"Python: {name if 'psycopg2' in name else file.rsplit('/', 1)[-1]}"
    if "site-packages/" in file:
        parts = file.split("site-packages/")[1].split("/")
        return ".".join(parts[:3] if parts[0] == "django" else parts[:1]).removesuffix(".py")
    return ".".join(file.split("/")[-3:]).removesuffix(".py")
