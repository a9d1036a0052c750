"""The stand-in's HTTP server: keys, limits, faults, and one operation at a time."""

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import requests
from stripe import StripeClient
from stripe._v1_services import V1Services

from tests.stripe_server import (  # noqa: F401 - their routes
    checkout,
    events,
    methods,
    platform,
    refunds,
    routes,
    transfers,
)
from tests.stripe_server.events import Webhooks
from tests.stripe_server.faults import Faults
from tests.stripe_server.hands import Hands
from tests.stripe_server.idempotency import Keys
from tests.stripe_server.refusal import Refusal
from tests.stripe_server.wire import nested
from tests.stripe_server.world import Call, World

SECRET_KEY = "sk_test_standin"
SLOW_SECONDS = 0.3
TIMEOUT_SECONDS = 45
"""Longer than anybody waits for an answer."""
Answer = tuple[int, dict[str, Any], dict[str, str]]
BROKEN = {"error": {"type": "api_error", "message": "An unknown error occurred"}}


class Lost(Exception):
    """The connection closes without an answer."""


class StripeServer:
    """A Stripe of one's own: `with StripeServer() as there: there.url`."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        secret_keys: tuple[str, ...] = (SECRET_KEY,),
        post: events.Post | None = None,
    ) -> None:
        self.world = World(now_outside=now)
        self.hands = Hands(self.world)
        self.faults = Faults()
        self.keys = Keys()
        self.webhooks = Webhooks(self.world, post or _post)
        self.secret_keys = secret_keys
        self.calls: list[tuple[str, str, str]] = []
        """Method, path and key of each call that came."""
        self.bent: dict[str, dict[str, Any]] = {}
        """By method and path: what is answered in place of the truth."""
        self.crashes: list[BaseException] = []
        """What the stand-in itself tripped over: a test that ends with any has failed."""
        self._http: ThreadingHTTPServer | None = None

    def __enter__(self) -> "StripeServer":
        self._http = _Http(("127.0.0.1", 0), _handler_for(self))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._http is not None
        self._http.shutdown()
        self._http.server_close()
        if self.crashes:
            raise self.crashes[0]

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._http is not None
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def client(self) -> V1Services:
        """The library, leading here; its own repetitions are off."""
        addresses: Any = {"api": self.url}
        key = self.secret_keys[0]
        return StripeClient(key, base_addresses=addresses, max_network_retries=0).v1

    def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> Answer:
        """One request. Raises Lost where no answer is to be sent."""
        parts = urlsplit(target)
        key = headers.get("idempotency-key", "") if method == "POST" else ""
        with self.world.lock:
            self.calls.append((method, parts.path, key))
            fault = self.faults.of(method, parts.path, key)
        try:
            self._check_key(headers.get("authorization", ""))
            _turn_away(fault)
            given = nested(body if method == "POST" else parts.query)
            account = headers.get("stripe-account", "")
            return self._once(method, parts.path, given, account, key, fault)
        except Refusal as refusal:
            retry = {"Retry-After": "1"} if refusal.status == 429 else {}
            return refusal.status, refusal.body, retry

    def _check_key(self, authorization: str) -> None:
        if authorization.removeprefix("Bearer ") not in self.secret_keys:
            raise Refusal("Invalid API Key provided: sk_****", status=401, is_saved=False)

    def _once(
        self, method: str, path: str, given: dict[str, Any], account: str, key: str, fault: str
    ) -> Answer:
        with self.world.lock:
            self.world.catch_up()
            function, call = routes.prepared(method, path, given, account)
            if key:
                before = self.keys.claim(key, path, given, self.world.now)
                if before is not None:
                    return before[0], before[1], {"Idempotent-Replayed": "true"}
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        with self.world.lock:
            if fault == "lost_before":
                self.keys.release(key)
                raise Lost
            status, answer = self._carried_out(function, call, key, fault)
            answer = answer | self.bent.get(f"{method} {path}", {})
            if key:
                self.keys.keep(key, (status, answer))
            if fault == "lost_after":
                raise Lost
        if fault == "timeout":
            time.sleep(TIMEOUT_SECONDS)
            raise Lost
        return status, answer, {"Idempotency-Key": key} if key else {}

    def _carried_out(
        self, function: routes.Answer, call: Call, key: str, fault: str
    ) -> tuple[int, dict[str, Any]]:
        if fault == "error_before":
            return 500, BROKEN
        try:
            answer = routes.carried_out(self.world, function, call)
        except Refusal as refusal:
            if not refusal.is_saved:
                self.keys.release(key)
                raise
            return refusal.status, refusal.body
        return (500, BROKEN) if fault == "error_after" else (200, answer)


def _turn_away(fault: str) -> None:
    """Before the idempotency key is looked at: nothing is kept of these."""
    if fault == "refused":
        raise Refusal("This request is not allowed now.", status=400, is_saved=False)
    if fault == "limited":
        raise Refusal(
            "Request rate limit exceeded. Learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            code="rate_limit",
            status=429,
            is_saved=False,
        )
    if fault == "conflict":
        raise Refusal(
            "This object cannot be accessed right now because another API request or Stripe "
            "process is currently accessing it.",
            code="lock_timeout",
            status=429,
            is_saved=False,
        )


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    try:
        return requests.post(url, data=body, headers=headers, timeout=10).status_code
    except requests.RequestException:
        return 0


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked is gone before the answer: killed, most likely, by a test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_for(server: StripeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: in two, it waits for the first to be acknowledged
        disable_nagle_algorithm = True

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, answer, more = server.answer(self.command, self.path, headers, body)
            except Lost:
                self.close_connection = True
                return
            except Exception as crash:
                server.crashes.append(crash)
                self.close_connection = True
                return
            sent = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.send_header("Request-Id", f"req_{len(server.calls):014d}")
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = _handle

        def log_message(self, *_: Any) -> None:
            """Silence: the tests' output is not for it."""

    return Handler
