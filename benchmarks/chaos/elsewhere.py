"""The stand-in for Stripe as a process of its own, which survives whatever is killed here.

It is spoken to over HTTP by the marketplace, and over a pipe by the benchmark: what people do on
Stripe's pages, and at the end what is true.
"""

import contextlib
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.chaos import shifted
from tests.stripe_server import StripeServer
from tests.stripe_server.events import Endpoint
from tests.stripe_server.faults import QUICK

SECRET = "whsec_chaos"
KINDS = (*QUICK * 100, *["slow"] * 8, "timeout")
"""Few faults are answers that never come, since each costs a lane half a minute."""


class Elsewhere:
    """The benchmark's end of the pipe: `there.pays(session_id)`, `there.truth()`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        def ask(*given: Any) -> Any:
            with self._lock:
                self._pipe.send((name, given))
                return self._pipe.recv()

        return ask


@contextlib.contextmanager
def running(*, clock: Path, webhook_url: str, seed: int, share: float) -> Iterator[Elsewhere]:
    """The process, and a way to speak to it."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, clock, webhook_url, seed, share))
    process.start()
    try:
        yield Elsewhere(ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, clock: Path, webhook_url: str, seed: int, share: float) -> None:
    with StripeServer(now=lambda: shifted.now(clock)) as server:
        hooks, faults = server.webhooks, server.faults
        hooks.seed, hooks.late, hooks.twice, hooks.dropped = seed, 0.2, 0.1, 0.4
        hooks.endpoints += [
            Endpoint(webhook_url, SECRET),
            Endpoint(webhook_url, SECRET, is_connect=True),
        ]
        faults.seed, faults.kinds = seed, KINDS
        threading.Thread(target=_deliver, args=(server,), daemon=True).start()
        orders = _Orders(server, share)
        while True:
            name, given = pipe.recv()
            pipe.send(getattr(orders, name)(*given))


def _deliver(server: StripeServer) -> None:
    while True:
        server.webhooks.deliver()
        time.sleep(0.2)


class _Orders:
    """What may be asked over the pipe."""

    def __init__(self, server: StripeServer, share: float) -> None:
        self._server = server
        self._share = share

    def url(self) -> str:
        return self._server.url

    def fails_from_now_on(self) -> None:
        self._server.faults.share = self._share

    def a_payee(self, fingerprint: str) -> str:
        """An account that transfers may go to, as if somebody had filled in the forms."""
        asked: Any = {"capabilities": {"transfers": {"requested": True}}}
        made = self._server.client().accounts.create(asked)
        self._server.hands.onboards(made.id, fingerprint=fingerprint)
        return made.id

    def pays(self, session_id: str) -> None:
        """Somebody pays on a Checkout page that is still open."""
        if self._server.world.things[session_id]["status"] == "open":
            self._server.hands.pays(session_id)

    def is_refused(self, account: str) -> None:
        self._server.hands.is_refused(account)

    def onboards(self, account: str, fingerprint: str) -> None:
        self._server.hands.onboards(account, fingerprint=fingerprint)

    def calls(self) -> int:
        return len(self._server.calls)

    def sent(self) -> int:
        return len(self._server.world.of("transfer"))

    def truth(self) -> dict[str, Any]:
        """What happened, whatever anybody was told."""
        world = self._server.world
        with world.lock:
            world.catch_up()
            return {
                "transfers": [
                    (t["id"], t["transfer_group"], t["destination"], t["amount"])
                    for t in world.of("transfer")
                ],
                "refunds": [
                    (r["id"], r["metadata"].get("refund", ""), r["amount"])
                    for r in world.of("refund")
                ],
                "paid": [
                    (s["id"], s["client_reference_id"], s["amount_total"])
                    for s in world.of("checkout.session")
                    if s["payment_status"] == "paid"
                ],
                "balance": sum(
                    cents
                    for (account, currency, _status), cents in world.funds.items()
                    if (account, currency) == ("acct_platform", "usd")
                ),
                "faults": Counter(self._server.faults.counted),
                "deliveries": Counter(self._server.webhooks.counted),
                "waiting": len(self._server.webhooks.waiting),
                "crashes": [repr(crash) for crash in self._server.crashes],
            }
