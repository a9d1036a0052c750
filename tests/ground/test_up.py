"""`manage.py up`: everything starts, and whatever way it ends, nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from marketplace import embedded, processes
from tests.fixtures_process import free_port

# One after the other: each starts a whole marketplace.
pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.processes]


class Up:
    """A `manage.py up` on a folder of its own, as somebody in a terminal would start it."""

    def __init__(self, var, port=None):
        self.var = var
        self.port = port or free_port()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL"}
        } | {"MANYHANDS_VAR": str(var), "PORT": str(self.port), "WEB_PROCESSES": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo"],
            cwd=processes.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def answers(self):
        try:
            url = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(url, timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return None

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 90
        while not (answer := self.answers()):
            assert self.process.poll() is None, self.process.stdout.read()
            assert time.monotonic() < deadline, "up did not come up"
            time.sleep(0.2)
        return answer

    def wait_until_it_says(self, words):
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return
        pytest.fail(f"never said {words!r}:\n{said}")

    def belongings(self):
        """Every process that has to do with this folder, by command line or environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                    continue
                words = " ".join(process.cmdline())
                if str(self.var) in words or process.environ().get("MANYHANDS_VAR") == str(
                    self.var
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def wait_until_nothing_is_left(self, seconds=40):
        deadline = time.monotonic() + seconds
        while left := self.belongings():
            assert time.monotonic() < deadline, [(p.pid, p.cmdline()) for p in left]
            time.sleep(0.2)


@pytest.fixture
def up(tmp_path):
    started = []

    def start(**options):
        started.append(Up(tmp_path / "var", **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        for process in one.belongings():
            process.kill()
        one.process.wait()
        one.process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process_behind(up, how):
    running = up()
    assert running.wait_until_it_answers() == {"status": "ok", "database": "ok", "redis": "ok"}
    running.wait_until_it_says("Manyhands runs at")
    names = {process.name() for process in running.belongings()}
    assert {"postgres", "redis-server"} <= names
    running.process.send_signal(how)
    assert running.process.wait(40) == 0
    assert running.belongings() == []


def test_after_kill_9_the_children_go_and_the_next_start_keeps_the_data(up):
    running = up()
    running.wait_until_it_says("Manyhands runs at")
    _query(running.var, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')")
    running.process.kill()
    again = up(port=running.port)  # at once, while the old children may still be dying
    again.wait_until_it_says("Manyhands runs at")
    assert _query(running.var, "SELECT word FROM kept") == "still here"
    again.process.kill()
    again.process.wait()
    again.wait_until_nothing_is_left()


def test_a_server_that_survived_its_parent_is_replaced(tmp_path):
    var = tmp_path / "var"
    first = embedded.Postgres(var, is_throwaway=True)
    first.start()
    second = embedded.Postgres(var, is_throwaway=True)
    second.start()
    assert first.process.wait(10) == 0
    assert _query(var, "SELECT 'answers'") == "answers"
    second.stop()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path):
    var = tmp_path / ("deep" * 20) / "var"
    with embedded.servers(var, is_throwaway=True):
        assert len(str(embedded.sockets(var))) < 60
        assert _query(var, "SELECT 'answers'") == "answers"
    assert not embedded.sockets(var).exists()


@pytest.mark.parametrize("kind", ["jobs", "beat"])
def test_a_dead_child_ends_it_all_and_says_so(up, kind):
    running = up()
    running.wait_until_it_says("Manyhands runs at")
    marks = {"jobs": "worker", "beat": "beat"}
    main = next(
        process
        for process in running.belongings()
        if "celery" in (words := process.cmdline())
        and marks[kind] in words
        and process.ppid() == running.process.pid
    )
    main.kill()
    assert running.process.wait(40) == 1
    assert f"{kind} stopped by itself" in running.process.stdout.read()
    assert running.belongings() == []


def test_a_second_start_and_a_taken_port_are_refused_in_words(up, tmp_path):
    running = up()
    running.wait_until_it_says("Manyhands runs at")
    second = up()
    assert second.process.wait(30) == 1
    assert "already runs on the data in" in second.process.stdout.read()
    elsewhere = Up(tmp_path / "other", port=running.port)
    assert elsewhere.process.wait(30) == 1
    said = elsewhere.process.stdout.read()
    elsewhere.process.stdout.close()
    assert f"Port {running.port}" in said
    assert "make run PORT=" in said
    assert running.answers()


def _query(var, statement):
    import psycopg2

    connection = psycopg2.connect(embedded.database_url(var))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()
