"""One test session for all mutants: the tests run once with the lines that each touches noted,
and then, for each mutant, in a child of this process those that touch its line, quickest first,
until one fails.

mutmut and cosmic-ray start a session for each mutant, which costs a database each time: seconds,
where most mutants die within tenths.
"""

import gc
import os
import pickle
import re
import select
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import pytest
from _pytest.tmpdir import tmppath_result_key
from coverage import Coverage

from tests.mutation.mutants import ROOT, Mutant
from tests.mutation.swapping import NotSwapped, swap_in

SOURCE = "payments"
PATIENCE = 30.0
"""Seconds that a test may take beyond forty times what it usually takes of this process."""
MEASURED = ROOT / "var" / "mutants-measured"
KILLED, SURVIVED, NOT_SWAPPED = 0, 10, 11


@dataclass
class Verdict:
    """What became of a mutant; `by` is the test that noticed."""

    mutant: Mutant
    is_killed: bool
    by: str = ""
    tried: int = 0


@dataclass
class Session:
    """A pytest plugin that runs mutants in place of tests. Each is given tests that usually take so
    many `seconds` of this process together; what survives these counts as not noticed."""

    mutants: list[Mutant]
    say: Callable[[str], object]
    verdicts: list[Verdict] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 5
    is_measured: bool = False
    minutes: float | None = None
    _noticed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _rarity: dict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    """{file: {test: how much of it the test runs that few others run}}: what a test is about."""
    _seconds: dict[str, float] = field(default_factory=dict)
    _lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All of it. A test that fails by itself proves nothing: it is left out, and told of."""
        self._items: dict[str, Any] = {item.nodeid: item for item in session.items}
        # The database is made here, and every child finds it.
        self._run(session.items[0], self.failed)
        self._measure(session.items)
        until = time.monotonic() + 60 * (self.minutes or 10**6)
        for number, mutant in enumerate(self.mutants, 1):
            if time.monotonic() > until:
                self.say(f"{number - 1} of {len(self.mutants)} were tried, by chance")
                break
            verdict = self._try(mutant)
            self.verdicts.append(verdict)
            if not verdict.is_killed:
                self.say(f"{number}/{len(self.mutants)} survived {verdict.tried} tests: {mutant}")
            elif number % 50 == 0:
                self.say(f"{number}/{len(self.mutants)}")
        return True

    def _measure(self, items: list[pytest.Item]) -> None:
        """Every test once, in a child as well: what fails there without a mutant is no proof."""
        if not self.is_measured:
            MEASURED.parent.mkdir(exist_ok=True)
            MEASURED.unlink(missing_ok=True)
            _wait_for(_forked(lambda: MEASURED.write_bytes(pickle.dumps(self._measured(items)))))
        self.failed, self._seconds, self._lines = pickle.loads(MEASURED.read_bytes())
        for path, lines in self._lines.items():
            for touching in lines.values():
                for test in touching:
                    self._rarity[path][test] += 1 / len(touching)
        self.say(f"{len(items)} tests in {sum(self._seconds.values()):.0f} s")
        for test in self.failed:
            self.say(f"fails without any change, and is left out: {test}")

    def _measured(self, items: list[pytest.Item]) -> tuple[list[str], dict, dict]:
        coverage = Coverage(data_file=None, config_file=False, source=[SOURCE], messages=False)
        failed: list[str] = []
        seconds = {}
        coverage.start()
        for item in items:
            coverage.switch_context(item.nodeid)
            began = time.process_time()  # that others keep the machine busy is not its doing
            self._run(item, failed)
            seconds[item.nodeid] = time.process_time() - began
        coverage.stop()
        data = coverage.get_data()
        lines = {
            str(Path(name).relative_to(ROOT)): data.contexts_by_lineno(name)
            for name in data.measured_files()
        }
        return failed, seconds, lines

    def _run(self, item: Any, failed: list[str]) -> None:
        # Some other test is to come, so that the database outlives this one, and nothing else.
        other = next(each for each in item.session.items if each is not item)
        item.session._setupstate.teardown_exact(item)
        item._initrequest()
        item.stash[tmppath_result_key] = {}
        for act in (item.ihook.pytest_runtest_setup, item.ihook.pytest_runtest_call):
            if not _is_quiet(partial(act, item=item)):
                failed.append(item.nodeid)
                break
        if not _is_quiet(partial(item.ihook.pytest_runtest_teardown, item=item, nextitem=other)):
            failed.append(item.nodeid)

    def _in_order(self, mutant: Mutant) -> list[str]:
        """By turns one that noticed its like before and one that is about this file, as many as
        there is time for; and then, with as much time, those that empty the database behind them.
        """
        noticed, rarity = self._noticed[mutant.path], self._rarity[mutant.path]
        tests = self._tests_of(mutant)
        committing = {test for test in tests if self._is_committing(test)}
        chosen = []
        for group in (tests - committing, committing):
            by_use = sorted(group, key=lambda test: (-noticed[test], self._seconds[test]))
            by_subject = sorted(group, key=lambda test: -rarity[test] / self._seconds[test])
            pairs = zip(by_use, by_subject, strict=True)
            order = list(dict.fromkeys(chain.from_iterable(pairs)))
            until = accumulate(self._seconds[test] for test in order)
            chosen += [test for test, sum_ in zip(order, until, strict=True) if sum_ < self.seconds]
        return chosen

    def _is_committing(self, test: str) -> bool:
        fixtures = getattr(self._items[test], "fixturenames", ())
        marker = self._items[test].get_closest_marker("django_db")
        return "transactional_db" in fixtures or bool(marker and marker.kwargs.get("transaction"))

    def _tests_of(self, mutant: Mutant) -> set[str]:
        lines = self._lines.get(mutant.path, {})
        touching = {test for line in mutant.lines for test in lines.get(line, ()) if test}
        if mutant.function and touching:
            return touching
        # Run on import: whatever runs a line that names the constant, or else anything of the file.
        users = {
            test
            for path, touched in self._lines.items()
            for number, text in enumerate((ROOT / path).read_text().splitlines(), 1)
            if mutant.constant and re.search(rf"\b{mutant.constant}\b", text)
            for test in touched.get(number, ())
            if test
        }
        importing = {t for t, item in self._items.items() if mutant.constant in dir(item.module)}
        anything = {test for tests in lines.values() for test in tests if test}
        return users | importing or anything

    def _try(self, mutant: Mutant) -> Verdict:
        tests = [test for test in self._in_order(mutant) if test not in self.failed]
        if not tests:
            return Verdict(mutant, is_killed=False)
        code = mutant.code()
        status, by, tried = self._in_a_child(tests, lambda: swap_in(mutant.module, code))
        if status == NOT_SWAPPED:
            raise NotSwapped(str(mutant))
        self._noticed[mutant.path][by] += status != SURVIVED
        return Verdict(mutant, status != SURVIVED, by, tried)

    def _in_a_child(self, tests: list[str], prepare: Callable[[], object]) -> tuple[int, str, int]:
        """How the child ended, the test that it was in then, and how many it came to."""
        hears, tells = os.pipe()
        child = _forked(lambda: self._be_the_child(tests, prepare, tells))
        os.close(tells)
        tried = 0
        try:
            while select.select([hears], [], [], self._patience(tests, tried))[0]:
                if not (heard := os.read(hears, 1 << 16)):
                    return _wait_for(child), tests[tried - 1], tried
                tried += len(heard)
        finally:
            os.close(hears)
        os.kill(child, signal.SIGKILL)
        _wait_for(child)
        self._clear_up(tests[tried - 1])
        return KILLED, tests[tried - 1], tried

    def _patience(self, tests: list[str], tried: int) -> float:
        return PATIENCE + 40 * (self._seconds[tests[tried - 1]] if tried else 0)

    def _be_the_child(self, tests: list[str], prepare: Callable[[], object], tells: int) -> None:
        failed: list[str] = []
        status = KILLED
        try:
            prepare()
            for test in tests:
                os.write(tells, b".")
                self._run(self._items[test], failed)
                if failed:
                    break
            status = KILLED if failed else SURVIVED
        except NotSwapped:
            status = NOT_SWAPPED
        finally:
            os._exit(status)

    def _clear_up(self, test: str) -> None:
        """A child that was killed has left its connections, and maybe rows."""
        from django.core.management import call_command
        from django.db import connection
        from pytest_django.plugin import blocking_manager_key

        with self._items[test].config.stash[blocking_manager_key].unblock():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            if self._is_committing(test):
                call_command("flush", verbosity=0, interactive=False)


def _is_quiet(act: Callable[[], object]) -> bool:
    """Whether a phase of a test passes, or is skipped. A report would cost more than most tests."""
    try:
        act()
    except pytest.skip.Exception:
        return True
    except BaseException:  # pytest's own failures are not Exceptions
        return False
    return True


def _forked(act: Callable[[], object]) -> int:
    """A child that does this, and does not come back."""
    from django.db import connections

    connections.close_all()
    gc.freeze()  # a child that collects would copy every page that the two share
    if child := os.fork():
        return child
    try:
        act()
    finally:
        os._exit(KILLED)


def _wait_for(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def by_file(verdicts: list[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts of each file."""
    files: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        files[verdict.mutant.path].append(verdict)
    return files
