"""The kinds of process that make up a running marketplace, and how each is started and ended.

`manage.py up` and the tests that need the real thing start them from here; the Makefile and
docker-compose.yml name the same commands.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from marketplace import children

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("web", "jobs", "beat")


def command(kind: str, var: Path) -> list[str]:
    """The command line of one kind of process; beat keeps its schedule under `var`."""
    celery = ["-m", "celery", "--app", "marketplace.celery"]
    arguments = {
        "web": [
            *("-m", "gunicorn", "--config", "python:marketplace.serving"),
            "marketplace.wsgi:application",
        ],
        "jobs": [
            *(*celery, "worker", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        # A process of its own: a worker's -B leaves its beat running when killed.
        "beat": [
            *(*celery, "beat", "--loglevel", "INFO", "--pidfile="),
            *("--schedule", str(var / "beat-schedule")),
        ],
    }
    return [sys.executable, *arguments[kind]]


class Process:
    """One running kind, in a session of its own so that a signal reaches all it started."""

    def __init__(self, kind: str, var: Path, environment: Mapping[str, str]) -> None:
        self.kind = kind
        self.log = var / "log" / f"{kind}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_starts = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command(kind, var),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=children.dying_with_parent(signal.SIGTERM),
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def is_running(self) -> bool:
        """Whether it still lives."""
        return self.child.poll() is None

    def ask_to_stop(self) -> None:
        """Let it end what it is doing."""
        if self.is_running():
            self.child.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait for its end, and kill all it started when it takes longer than `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(max(0.0, seconds))
        self.kill()

    def kill(self) -> None:
        """SIGKILL for the process and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def last_words(self, lines: int = 25) -> str:
        """The end of its log, of this run alone."""
        with self.log.open("rb") as log:
            log.seek(self._log_starts)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def stop_all(processes: list[Process], *, seconds: float = 25) -> None:
    """Ask all to stop, wait up to `seconds` in all, then kill what is left."""
    deadline = time.monotonic() + seconds
    for process in processes:
        process.ask_to_stop()
    for process in processes:
        process.wait(deadline - time.monotonic())
