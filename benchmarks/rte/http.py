"""Programs and a browser that speak HTTP to the marketplace and time what they ask."""

import html
import http.client
import json
import re
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit


class Timings:
    """Seconds per step, from many threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def took(self, step: str, since: float) -> None:
        """Note one."""
        with self._lock:
            self.seconds[step].append(time.perf_counter() - since)


class Refused(Exception):
    """The marketplace answered with something else than what was asked for."""


class Connection:
    """One connection that is kept open. Not for several threads at once."""

    def __init__(self, base_url: str) -> None:
        host = urlsplit(base_url).netloc
        self._connection = http.client.HTTPConnection(host, timeout=120)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer and its body; once more where a kept-open connection had been closed."""
        for is_last in (False, True):
            try:
                self._connection.request(method, path, body or None, dict(headers or {}))
                answer = self._connection.getresponse()
                return answer, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._connection.close()
                if is_last or method != "GET":
                    raise
        raise AssertionError("not reached")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Program:
    """A program with a token, at the REST API."""

    def __init__(self, base_url: str, token: str, timings: Timings) -> None:
        self._connection = Connection(base_url)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._timings = timings

    def ask(self, method: str, path: str, body: Any = None, *, step: str = "") -> Any:
        """The JSON answer. Raises Refused for anything but 2xx."""
        data = json.dumps(body).encode() if body is not None else b""
        since = time.perf_counter()
        answer, content = self._connection.ask(method, f"/api/v1/{path}", data, self._headers)
        if step:
            self._timings.took(step, since)
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content) if content else None

    def every(self, path: str) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        rows: list[dict[str, Any]] = []
        following: str | None = f"{path}{'&' if '?' in path else '?'}limit=200"
        while following:
            page = self.ask("GET", following)
            rows += page["results"]
            url = page["next"]
            following = url.split("/api/v1/", 1)[1] if url else None
        return rows

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Browser:
    """A person's browser: it keeps cookies, and fills in forms that it has been shown."""

    def __init__(self, base_url: str, timings: Timings) -> None:
        self._connection = Connection(base_url)
        self._origin = base_url
        self._cookies: dict[str, str] = {}
        self._timings = timings

    def get(self, path: str, *, step: str = "") -> str:
        """The page, following redirects."""
        since = time.perf_counter()
        content = self._follow("GET", path, b"", {})
        if step:
            self._timings.took(step, since)
        return content

    def send(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        step: str = "",
        file: tuple[str, bytes] | None = None,
    ) -> str:
        """Open the page at `path`, and send its form with these fields; the path it led to."""
        page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise Refused(f"{path} has no form to send")
        filled = {"csrfmiddlewaretoken": token[1], **fields}
        body, kind = _multipart(filled, file) if file else _encoded(filled)
        headers = {"Content-Type": kind, "Referer": self._origin + path, "Origin": self._origin}
        since = time.perf_counter()
        answer, content = self._ask("POST", path, body, headers)
        if step:
            self._timings.took(step, since)
        if answer.status != 302:
            said = html.unescape(re.sub(r"<[^>]+>|\s+", " ", content))
            raise Refused(f"{path} was not taken: {answer.status} {said[:600]}")
        return urlsplit(answer.headers["Location"]).path

    def _follow(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> str:
        for _ in range(5):
            answer, content = self._ask(method, path, body, headers)
            if answer.status in (301, 302):
                place = urlsplit(answer.headers["Location"])
                path = place.path + (f"?{place.query}" if place.query else "")
                continue
            if answer.status != 200:
                raise Refused(f"{path}: {answer.status}")
            return content
        raise Refused(f"{path}: too many redirects")

    def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer, content = self._connection.ask(
            method, path, body, {**headers, **({"Cookie": cookies} if cookies else {})}
        )
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return answer, content.decode()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _encoded(fields: Mapping[str, str]) -> tuple[bytes, str]:
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _multipart(fields: Mapping[str, str], file: tuple[str, bytes]) -> tuple[bytes, str]:
    """A form with a file in its field `file`, as browsers send it."""
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name, content = file
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    parts += [head.encode(), content, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={mark}"
