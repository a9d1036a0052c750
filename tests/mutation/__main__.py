"""python -m tests.mutation [--again] [file …]: see `make mutants`."""

import argparse
import os
import random
import sys
import time
from pathlib import Path

import pytest

from tests.mutation.mutants import ROOT, Mutant, mutants_of
from tests.mutation.session import Session, by_file

WANTED = 95
FILES = ["payments/ledger.py", "payments/states.py", "payments/locks.py", "payments/actions/*.py"]
TESTS = [
    *sorted(str(path) for path in ROOT.glob("tests/payments/test_*.py")),
    *sorted(str(path) for path in ROOT.glob("tests/payments/stripe/test_*.py")),
    "tests/payments/web",
    "tests/admin/test_acts.py",
    "tests/admin/test_pages.py",
    "tests/tasks/test_audit_job.py",
    "tests/concurrency/test_money_locks.py",
    "tests/concurrency/test_moving_money.py",
    "tests/concurrency/test_paying_in.py",
    "tests/concurrency/test_reconciling.py",
]
SHORT = "not by_seed and not halfway and not less_often and not an_outage and not hundreds"
EQUIVALENTS = Path(__file__).with_name("equivalents.txt")
SURVIVORS = ROOT / "var" / "mutants-survived.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description="Put small bugs in; see which tests notice.")
    parser.add_argument("files", nargs="*", default=FILES, help="what to change; * is allowed")
    parser.add_argument("--again", action="store_true", help="only what survived last time")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="tests that may notice")
    parser.add_argument("--seconds", type=float, default=5, help="of tests for each, at most")
    parser.add_argument("--minutes", type=float, help="a sample: as many, by chance, as fit in")
    parser.add_argument("--measured", action="store_true", help="tests are as they were last time")
    asked = parser.parse_args()
    paths = sorted({str(p.relative_to(ROOT)) for each in asked.files for p in ROOT.glob(each)})
    found = [mutant for path in paths for mutant in mutants_of(path)]
    if asked.again:
        before = set(SURVIVORS.read_text().splitlines())
        found = [mutant for mutant in found if _name(mutant) in before]
    same = equivalents()
    tried = [mutant for mutant in found if _name(mutant) not in same]
    if asked.minutes:
        random.Random(0).shuffle(tried)
    began, out = time.monotonic(), os.fdopen(os.dup(1), "w", buffering=1)
    session = Session(
        tried,
        lambda line: print(line, file=out),
        seconds=asked.seconds,
        is_measured=asked.measured,
        minutes=asked.minutes,
    )
    # What goes through hundreds of turns is for make test: here it would take half of the time.
    chosen = ["-m", "not browser and not processes", "-k", SHORT, *asked.tests]
    pytest.main(["-qq", "--no-summary", "-p", "no:cacheprovider", *chosen], plugins=[session])
    return _report(session, sum(_name(m) in same for m in found), time.monotonic() - began)


def equivalents() -> dict[str, str]:
    """{mutant: why no test could tell it from the original}."""
    lines = EQUIVALENTS.read_text().splitlines()
    pairs = [line for line in lines if line and not line.startswith("#")]
    return dict(zip(pairs[::2], (line.strip() for line in pairs[1::2]), strict=True))


def _name(mutant: Mutant) -> str:
    """As the list of equivalents has it: without the line, which moves."""
    return f"{mutant.path} {mutant.function or mutant.constant}: {mutant.words}"


def _report(session: Session, same: int, seconds: float) -> int:
    survived = [verdict.mutant for verdict in session.verdicts if not verdict.is_killed]
    print(f"\n{'file':48} mutants  killed  survived")
    for path, verdicts in by_file(session.verdicts).items():
        killed = sum(verdict.is_killed for verdict in verdicts)
        print(f"{path:48} {len(verdicts):7} {killed:7} {len(verdicts) - killed:9}")
    tried = len(session.verdicts)
    share = 100 * (tried - len(survived)) / max(tried, 1)
    print(f"{'all':48} {tried:7} {tried - len(survived):7} {len(survived):9}")
    for mutant in survived:
        print(f"  {mutant}")
    print(f"{share:.1f} % killed in {seconds:.0f} s; {same} more change nothing (equivalents.txt)")
    SURVIVORS.parent.mkdir(exist_ok=True)
    SURVIVORS.write_text("".join(f"{_name(mutant)}\n" for mutant in survived))
    return 0 if share >= WANTED and not session.failed else 1


if __name__ == "__main__":
    sys.exit(main())
