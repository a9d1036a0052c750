"""Eight workers and a requester at once, over HTTP or straight at the database.

They run in processes of their own, so that what they cost can be told from what they measure,
and speak HTTP over bare sockets, since a comfortable client costs more than the server.
"""

import contextlib
import json
import multiprocessing
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg2

PROCESSES = 2
PER_WORKER = 100  # HITs that one worker does before the connection goes on as the next one
APPROVE = 50
ANSWER = {"answer": "yes", "certainty": "4", "comment": "The second sentence says less."}


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One worker: primary key for SQL, token for HTTP."""

    pk: int
    token: str


@dataclass
class Tally:
    """What one client process saw."""

    cycles: int = 0
    approved: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    cpu: float = 0.0
    trouble: list[str] = field(default_factory=list)

    def took(self, what: str, since: float) -> None:
        """Note one request's time."""
        self.seconds.setdefault(what, []).append(time.perf_counter() - since)


class Http:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def post(self, path: str, token: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body of the answer."""
        request = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request + body)
        return self._answer(self.socket)

    def _answer(self, connection: socket.socket) -> tuple[int, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more(connection)
        head, _, rest = data.partition(b"\r\n\r\n")
        lowered = head.lower()
        length = int(lowered.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._more(connection)
        if b"connection: close" in lowered:
            connection.close()
            self.socket = None
        return int(head[9:12]), rest

    def _more(self, connection: socket.socket) -> bytes:
        block = connection.recv(65536)
        if not block:
            raise ConnectionError("the server hung up")
        return block


def _work_by_http(port: int, group: str, hands: list[Hand], until: float, made: Any, tally: Tally):
    http = Http(port)
    body = json.dumps({"answer": ANSWER}).encode()
    for hand in hands:
        for _ in range(PER_WORKER):
            if time.monotonic() > until:
                return
            since = time.perf_counter()
            status, answer = http.post(f"/api/v1/groups/{group}/accept", hand.token)
            tally.took("accept", since)
            if status != 201:
                tally.trouble.append(f"accept {status} {answer[:200]!r}")
                break
            assignment = json.loads(answer)["id"]
            since = time.perf_counter()
            path = f"/api/v1/my/assignments/{assignment}/submit"
            status, answer = http.post(path, hand.token, body)
            tally.took("submit", since)
            if status != 200:
                tally.trouble.append(f"submit {status} {answer[:200]!r}")
                break
            tally.cycles += 1
            made.put(assignment)
    tally.trouble.append("ran out of workers")


def _work_by_sql(dsn: str, group: str, hands: list[Hand], until: float, made: Any, tally: Tally):
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    cursor = connection.cursor()
    body = json.dumps(ANSWER)
    for hand in hands:
        for _ in range(PER_WORKER):
            if time.monotonic() > until:
                return
            since = time.perf_counter()
            cursor.execute("SELECT by_hand.accept_next(%s, %s)", [hand.pk, group])
            tally.took("accept", since)
            row = cursor.fetchone()
            assignment = row[0] if row else None
            if assignment is None:
                tally.trouble.append("accept: nothing")
                break
            since = time.perf_counter()
            cursor.execute("SELECT by_hand.submit(%s, %s, %s)", [assignment, hand.pk, body])
            tally.took("submit", since)
            tally.cycles += 1
            made.put(assignment)
    tally.trouble.append("ran out of workers")


def _approve(kind: str, where: Any, by: Any, until: float, made: Any, tally: Tally) -> None:
    """The requester, who goes on until everything is approved."""
    cursor = None
    if kind == "sql":
        connection = psycopg2.connect(where)
        connection.autocommit = True
        cursor = connection.cursor()
    http = Http(where) if kind == "http" else None
    waiting: list[str] = []
    is_over = False
    while not is_over or waiting:
        with contextlib.suppress(queue.Empty):
            while len(waiting) < APPROVE:
                waiting.append(made.get(timeout=0.2))
        is_over = time.monotonic() > until and len(waiting) < APPROVE and made.empty()
        if len(waiting) < APPROVE and not is_over:
            continue
        chosen, waiting = waiting[:APPROVE], waiting[APPROVE:]
        if not chosen:
            continue
        since = time.perf_counter()
        if cursor is not None:
            cursor.execute("SELECT by_hand.approve(%s, %s)", [by, chosen])
            row = cursor.fetchone()
            tally.approved += row[0] if row else 0
        elif http is not None:
            body = json.dumps({"assignment_ids": chosen}).encode()
            status, answer = http.post("/api/v1/assignments/approve", by, body)
            told = json.loads(answer)
            tally.approved += len(told.get("done", ()))
            if status != 200 or told["refused"]:
                tally.trouble.append(f"approve {status} {answer[:300]!r}")
        if time.monotonic() <= until:
            tally.took("approve", since)


def _process(kind, where, group, lines, seconds, ready, made, results, by=None):
    ready.wait()
    until = time.monotonic() + seconds
    tallies = [Tally() for _ in lines]
    work = _work_by_http if kind == "http" else _work_by_sql
    threads = [
        threading.Thread(target=work, args=(where, group, hands, until, made, tally))
        for hands, tally in zip(lines, tallies, strict=True)
    ]
    if by is not None:
        tallies.append(Tally())
        arguments = (kind, where, by, until, made, tallies[-1])
        threads.append(threading.Thread(target=_approve, args=arguments))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Tally(cpu=sum(psutil.Process().cpu_times()[:2]))
    for tally in tallies:
        whole.cycles += tally.cycles
        whole.approved += tally.approved
        whole.trouble += tally.trouble
        for what, seconds in tally.seconds.items():
            whole.seconds.setdefault(what, []).extend(seconds)
    results.put(whole)


def run(
    kind: str,
    where: Any,
    group: str,
    hands: list[list[Hand]],
    by: Any,
    *,
    seconds: float,
    cpu: Callable[[], dict[str, float]],
) -> tuple[Tally, dict[str, float]]:
    """Work for `seconds`, then approve what is left: everything that was seen, and the seconds
    of CPU that `cpu` says the servers took meanwhile."""
    context = multiprocessing.get_context("spawn")
    made, results = context.Queue(), context.Queue()
    ready = context.Barrier(PROCESSES + 1)
    share = -(-len(hands) // PROCESSES)
    processes = [
        context.Process(
            target=_process,
            args=(
                *(kind, where, group, hands[n * share : (n + 1) * share]),
                *(seconds, ready, made, results),
            ),
            kwargs={"by": by if n == 0 else None},
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait(60)
    before = cpu()
    time.sleep(seconds)
    spent = {name: value - before[name] for name, value in cpu().items()}
    whole = Tally()
    for _ in processes:
        part = results.get(timeout=seconds + 120)
        whole.cycles += part.cycles
        whole.approved += part.approved
        whole.trouble += part.trouble
        whole.cpu += part.cpu
        for what, times in part.seconds.items():
            whole.seconds.setdefault(what, []).extend(times)
    for process in processes:
        process.join()
    return whole, spent
