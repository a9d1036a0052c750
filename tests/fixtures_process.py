"""`live_app`: the real web, jobs and beat processes, on a database that each test module finds
as an installation's first day left it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import psycopg2
import pytest

from marketplace import embedded, processes


class LiveApp:
    """A marketplace that really runs. Kill its processes as you like: the end clears up."""

    def __init__(self, var: Path, database: str, blocker):
        self.var = var
        self.database = database
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.root = Path(os.environ["MANYHANDS_VAR"])
        self.environment = os.environ | {
            "MANYHANDS_VAR": str(var),
            "DATABASE_URL": embedded.database_url(self.root, database),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "MANYHANDS_BASE_URL": self.base_url,
            "MANYHANDS_RATE_LIMITS": "0",
            "MANYHANDS_PAYOUT_LANES": "4",
            "MANYHANDS_LOCAL_WEBHOOKS": "1",  # those who are told listen on this machine
            "WEB_PROCESSES": "1",
            "LOG_LEVEL": "INFO",
        }
        self.processes: dict[str, processes.Process] = {}
        self._first_day: FirstDay | None = None
        self._blocker = blocker

    def begin(self) -> None:
        """Run web, jobs and beat, whatever became of them, on a database of the first day."""
        if self._first_day:
            self._first_day.restore()
            for mail in (self.var / "mail").glob("*.log"):
                mail.unlink()
        else:
            self._first_day = FirstDay(embedded.database_url(self.root, self.database))
        gone = [kind for kind, process in self.processes.items() if not process.is_running()]
        for kind in gone:
            self.kill(kind)
        self.start(*(kind for kind in processes.KINDS if kind not in self.processes))

    def start(self, *kinds: str) -> None:
        """Start processes by kind: web, jobs, beat; returns when web answers."""
        for kind in kinds:
            self.processes[kind] = processes.Process(kind, self.var, self.environment)
        if "web" in kinds:
            self.wait_until(self._web_answers, seconds=60, what="web to answer")

    def kill(self, kind: str) -> None:
        """kill -9 for one kind and all it started."""
        self.processes.pop(kind).kill()

    def stop(self, *kinds: str) -> None:
        """Stop as an operator would; all when no kind is named."""
        processes.stop_all([self.processes.pop(kind) for kind in kinds or list(self.processes)])

    def manage(self, *arguments: str) -> str:
        """Run a management command against the live database and give back what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=processes.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def orm(self):
        """Let the test's own models, queries and actions work on the live database."""
        from django.db import connection

        assert not connection.in_atomic_block, "use live_app without the db fixture"
        with self._blocker.unblock():
            connection.close()
            before = connection.settings_dict["NAME"]
            connection.settings_dict["NAME"] = self.database
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict["NAME"] = before

    def mails(self) -> list[str]:
        """Every e-mail sent so far, oldest first."""
        return [path.read_text() for path in sorted((self.var / "mail").glob("*.log"))]

    def wait_until(self, condition, *, seconds: float = 90, what: str = "") -> None:
        """Ask `condition` until it is true; a process that died fails at once with its log."""
        deadline = time.monotonic() + seconds
        while not condition():
            for kind, process in self.processes.items():
                if not process.is_running():
                    pytest.fail(f"{kind} died:\n{process.last_words(60)}")
            if time.monotonic() > deadline:
                logs = "\n".join(f"{k}:\n{p.last_words()}" for k, p in self.processes.items())
                pytest.fail(f"waited {seconds} s in vain for {what or condition}\n{logs}")
            time.sleep(0.1)

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


class FirstDay:
    """What a database held when it was new. Putting that back takes a fraction of the time that
    new processes on a new database take, and most of this suite's live modules need no more."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rows: dict[str, str] = {}
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> 'django_migrations'"
            )
            for (table,) in cursor.fetchall():
                copy = StringIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', copy)
                self.rows[table] = copy.getvalue()

    def restore(self) -> None:
        """Put the rows back as they were; a job in the middle of its work is waited for."""
        for attempts_left in reversed(range(10)):
            try:
                with self._transaction() as cursor:
                    # Triggers protect the ledger and the audit trail from TRUNCATE.
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in self.rows))
                    for table, rows in self.rows.items():
                        if rows:
                            cursor.copy_expert(f'COPY "{table}" FROM STDIN', StringIO(rows))
                return
            except psycopg2.errors.DeadlockDetected:
                if not attempts_left:
                    raise

    @contextmanager
    def _transaction(self):
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def _live_template(tmp_path_factory):
    """A migrated database to copy, since copying takes a tenth of migrating."""
    root = Path(os.environ["MANYHANDS_VAR"])
    name = f"live_template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    embedded.Postgres(root).create_database(name)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"],
        cwd=processes.ROOT,
        env=os.environ | {"DATABASE_URL": embedded.database_url(root, name)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return name


@pytest.fixture(scope="session")
def _live_app(_live_template, tmp_path_factory, django_db_blocker):
    database = f"live_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    embedded.Postgres(Path(os.environ["MANYHANDS_VAR"])).create_database(
        database, template=_live_template
    )
    app = LiveApp(tmp_path_factory.mktemp("live"), database, django_db_blocker)
    yield app
    app.stop()


@pytest.fixture(scope="module")
def live_app(_live_app):
    """web, jobs and beat, running, and nobody there yet; `live_app.base_url` is where."""
    _live_app.begin()
    return _live_app
