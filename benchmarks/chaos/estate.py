"""The five kinds of process of a marketplace, and kill -9 for each at random moments."""

import os
import random
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from marketplace import embedded, processes

KINDS = ("web", "jobs", "beat", "redis", "postgres")
IDLE_SECONDS = 60
"""At the latest after so long something is killed, however little is done."""


class Estate:
    """Everything that runs, apart from Stripe."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.servers: dict[str, embedded.Server] = {
            "postgres": embedded.Postgres(var),
            "redis": embedded.Redis(var),
        }
        self.programs: dict[str, processes.Process] = {}
        self.environment: Mapping[str, str] = os.environ
        self.kills: Counter[str] = Counter()
        self.hung: Counter[str] = Counter()
        self._lock = threading.RLock()
        # Children die with the thread that started them (Linux): it must outlive them all.
        self._mother = ThreadPoolExecutor(1, thread_name_prefix="mother")

    def start(self, *kinds: str) -> None:
        """Start kinds, and wait for the servers among them."""
        self._mother.submit(self._start, kinds).result()

    def _start(self, kinds: tuple[str, ...]) -> None:
        for kind in kinds:
            if kind in self.servers:
                self.servers[kind].start(seconds=120)
            else:
                self.programs[kind] = processes.Process(kind, self.var, self.environment)

    def kill_and_start(self, kinds: list[str], gap: float) -> None:
        """kill -9, a while without, and up again: in the order that they need each other."""
        with self._lock:
            for kind in kinds:
                self.kill(kind)
                self.kills[kind] += 1
            time.sleep(gap)
            self.start(*sorted(kinds, key=KINDS.index, reverse=True))

    def kill(self, kind: str) -> None:
        """kill -9 for a kind and all that it started, whatever session they are in."""
        child = self.servers[kind].process if kind in self.servers else self.programs[kind].child
        assert child is not None
        family = [psutil.Process(child.pid)]
        family[0].suspend()  # so that nobody is born meanwhile
        family += family[0].children(recursive=True)
        for process in family:
            if process.is_running():
                os.kill(process.pid, signal.SIGKILL)
        child.wait()
        psutil.wait_procs(family, timeout=30)

    def replace(self, kind: str) -> None:
        """In the place of a process that does nothing any more, as an operator would."""
        with self._lock:
            self.kill(kind)
            self.hung[kind] += 1
            self.start(kind)

    def wait_for_web(self) -> None:
        """Return when it answers."""
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{self.environment['MANYHANDS_BASE_URL']}/healthz").close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"web does not answer:\n{self.programs['web'].last_words()}")

    def require_alive(self) -> None:
        """What dies by itself when others are killed would need an operator."""
        for kind, program in self.programs.items():
            if not program.is_running():
                raise SystemExit(f"{kind} died by itself:\n{program.last_words(60)}")

    def stop(self) -> None:
        """In good order."""
        processes.stop_all(list(self.programs.values()))
        for server in (self.servers["redis"], self.servers["postgres"]):
            server.stop()


class Killer:
    """kill -9 at moments and for kinds that the seed chooses, from `begin` until `end`.

    A moment is a number of calls that Stripe was sent: so that on a slow machine, too, something
    gets done between two deaths.
    """

    def __init__(
        self, estate: Estate, dice: random.Random, calls: Callable[[], int], every: int
    ) -> None:
        self._estate, self._dice, self._calls, self._every = estate, dice, calls, every
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.trouble: BaseException | None = None

    def begin(self) -> "Killer":
        self._thread.start()
        return self

    def end(self) -> None:
        """Once whatever was killed last is up again."""
        self._is_over.set()
        self._thread.join()
        if self.trouble:
            raise self.trouble

    def _work(self) -> None:
        try:
            while self._wait(self._dice.randrange(2 * self._every)):
                kinds = self._dice.sample(KINDS, self._dice.choice([1, 1, 1, 2]))
                self._estate.kill_and_start(kinds, self._dice.uniform(0, 1.5))
        except BaseException as trouble:  # told by `end`, in the thread that waits
            self.trouble = trouble

    def _wait(self, calls: int) -> bool:
        """Until so many calls were made, or none were for a while; False at the end."""
        before, deadline = self._calls(), time.monotonic() + IDLE_SECONDS
        while self._calls() - before < calls and time.monotonic() < deadline:
            if self._is_over.wait(0.1):
                return False
        return not self._is_over.is_set()
