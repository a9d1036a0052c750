"""Start the whole marketplace in one terminal, and leave nothing behind when it stops."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psutil
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from marketplace import children, embedded, processes

# Marks every process of one run, children's children too, in their environment.
MARK = "MANYHANDS_RUN"


class Stopped(Exception):
    """Somebody asked us to stop."""


class Command(BaseCommand):
    help = "Start PostgreSQL and Redis (unless DATABASE_URL, REDIS_URL are set), web, jobs, beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo")

    def handle(self, *args: Any, **options: Any) -> None:
        self.var: Path = settings.VAR
        self.var.mkdir(parents=True, exist_ok=True)
        self.address = (os.environ.get("HOST", "127.0.0.1"), _port())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        try:
            with self._only_one() as run_file, contextlib.ExitStack() as stack:
                self._clear_left_overs(run_file)
                self._refuse_taken_port()
                mark = secrets.token_hex(16)
                run_file.write(mark)
                run_file.flush()
                stack.callback(_end_marked, mark)
                self._run(stack, mark, is_demo_wanted=not options["no_demo"])
        except (Stopped, KeyboardInterrupt):
            self.stdout.write("Stopped; everything is kept in " + str(self.var))
        except children.StartError as error:
            raise CommandError(str(error)) from error

    def _run(self, stack: contextlib.ExitStack, mark: str, *, is_demo_wanted: bool) -> None:
        servers: list[embedded.Server] = []
        if "DATABASE_URL" not in os.environ:
            servers.append(embedded.Postgres(self.var))
        if "REDIS_URL" not in os.environ:
            servers.append(embedded.Redis(self.var))
        for server in servers:
            self.stdout.write(f"Starting {server.name} …")
            stack.callback(server.stop)
            server.start()
        self._prepare(is_demo_wanted=is_demo_wanted)
        environment = os.environ | {
            "DATABASE_URL": settings.DATABASE_URL,
            "REDIS_URL": settings.REDIS_URL,
            "MANYHANDS_BASE_URL": settings.MANYHANDS_BASE_URL,
            MARK: mark,
        }
        running: list[processes.Process] = []
        stack.callback(_stop_quietly, running)
        self.stdout.write("Starting " + ", ".join(processes.KINDS) + " …")
        for kind in processes.KINDS:
            running.append(processes.Process(kind, self.var, environment))
        self._wait_for_web(running)
        self._tell_where_to_go()
        while True:
            _raise_for_the_dead(running, servers)
            time.sleep(0.3)

    def _prepare(self, *, is_demo_wanted: bool) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if settings.IS_PRODUCTION:
            call_command("collectstatic", interactive=False, verbosity=0)
        demo = self.var / "demo.json"
        if demo.exists():
            known = json.loads(demo.read_text())
            if known.get("base_url") != settings.MANYHANDS_BASE_URL:
                _write_private(demo, known | {"base_url": settings.MANYHANDS_BASE_URL})
        elif is_demo_wanted and not settings.IS_PRODUCTION:
            if settings.MANYHANDS_GATEWAY != "play":
                self.stdout.write("The demo has play money only: with another gateway, no demo.")
            elif "load_demo" in get_commands():
                self.stdout.write("Loading the demo marketplace …")
                call_command("load_demo")
            else:
                self.stdout.write("There is no demo to load in this version.")
        # The children have connections of their own; this one would only hold a place.
        connections.close_all()

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[IO[str]]:
        """Hold this folder: two starts on the same data would fight."""
        with (self.var / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"Manyhands already runs on the data in {self.var}. Stop it first, or give "
                    "this one a folder of its own: MANYHANDS_VAR=/another/folder make run"
                ) from None
            with (self.var / "up.run").open("a+") as run_file:
                run_file.seek(0)
                yield run_file

    def _clear_left_overs(self, run_file: IO[str]) -> None:
        """End what a run that was killed left behind, before it writes or keeps the port."""
        if mark := run_file.read().strip():
            _end_marked(mark)
        run_file.truncate(0)

    def _refuse_taken_port(self) -> None:
        host, port = self.address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            # As gunicorn will bind: a connection that is dying does not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host} can't be had ({error.strerror}). "
                    f"Stop what uses it, or choose another: make run PORT={port + 1}"
                ) from None

    def _wait_for_web(self, running: list[processes.Process], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.address[0], self.address[0])  # noqa: S104
        while True:
            _raise_for_the_dead(running, [])
            try:
                url = f"http://{host}:{self.address[1]}/healthz"
                with urllib.request.urlopen(url, timeout=2):
                    return
            except urllib.error.HTTPError:
                return  # it answers, and says itself what is wrong
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"web did not answer within {seconds:.0f} seconds:\n"
                        + running[0].last_words()
                    ) from None
            time.sleep(0.05)

    def _tell_where_to_go(self) -> None:
        lines = ["", f"Manyhands runs at {settings.MANYHANDS_BASE_URL}"]
        demo = self.var / "demo.json"
        if demo.exists() and not settings.IS_PRODUCTION:
            people = json.loads(demo.read_text())
            lines.append(f"Sign in as one of these (all of them in {demo}):")
            named = [("admin", people.get("admin")), ("requester", people.get("requester"))]
            named += [("worker", person) for person in people.get("workers", [])[:3]]
            lines += [
                f"  {role:<10} {person['email']:<34} {person['password']}"
                for role, person in named
                if person
            ]
        lines += [f"Logs are in {self.var / 'log'}. Ctrl-C stops everything.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CommandError(f"PORT={value} is not a port: choose a number from 1 to 65535.")
    return int(value)


def _stop(*_: object) -> None:
    # Once is enough: a second Ctrl-C must not interrupt the tidying up.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _stop_quietly(running: list[processes.Process]) -> None:
    processes.stop_all(running)


def _raise_for_the_dead(running: list[processes.Process], servers: list[embedded.Server]) -> None:
    """Nothing is restarted in silence: one that died ends all, and its log says why."""
    for process in running:
        if not process.is_running():
            raise CommandError(
                f"{process.kind} stopped by itself (exit status {process.child.returncode}). "
                f"The end of {process.log}:\n{process.last_words()}"
            )
    for server in servers:
        if server.process is None or server.process.poll() is not None:
            raise CommandError(
                f"{server.name} stopped by itself. The end of {server.log}:\n"
                + children.tail(server.log)
            )


def _end_marked(mark: str) -> None:
    """SIGKILL for every process that carries the mark of a run, wherever it hides."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                process.kill()
                process.wait(5)


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file at once, readable by its owner only."""
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)
