"""Replay 8,000 real answers through the public interfaces, and prove that all came out right.

    .venv/bin/python -m benchmarks.replay [--data ../shared/data/rte] [--at-once 8]

164 people answered 800 pairs of sentences, ten answers each. A requester uploads the pairs and
publishes them in the browser; every worker accepts the very HITs that it answered, and submits
its own answers, over the REST API; all is approved in batches of 50 and paid out; the results
file is downloaded and checked. It starts servers and processes of its own on an empty database;
with --var it uses a marketplace that runs already (`make run`) on the data in that folder.
Exit status 1 where anything isn't as it must be.
"""

import argparse
import os
import platform
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace import embedded, processes

ROOT = processes.ROOT
STEPS = (
    ("upload", "upload the file (website)"),
    ("check", "read and check it, until it can be published"),
    ("publish", "confirm the cost (website)"),
    ("published", "make the HITs, until all are open"),
    ("accept", "accept a HIT by its id"),
    ("submit", "submit the answer"),
    ("approve", "approve 50 and pay them"),
    ("payout", "ask for a payout"),
    ("sent", "from asking until all are sent"),
    ("download", "download the results (website)"),
)


def main() -> int:
    """Run it; 0 if every check holds."""
    options = _options()
    from benchmarks.rte import data

    if not data.is_there(options.data):
        print(f"The answers are not in {options.data}: name their folder with --data.")
        return 2
    if options.var:
        os.environ["MANYHANDS_VAR"] = str(options.var.resolve())
        return _run(options)
    with tempfile.TemporaryDirectory(prefix="manyhands-replay-", dir="/tmp") as folder:
        var = Path(folder)
        var.chmod(0o755)
        with embedded.servers(var) as (database, redis):
            port = _free_port()
            os.environ |= {
                "MANYHANDS_VAR": str(var),
                "DATABASE_URL": database,
                "REDIS_URL": redis,
                "SECRET_KEY": secrets.token_urlsafe(50),
                "MANYHANDS_RATE_LIMITS": "0",
                "LOG_LEVEL": "WARNING",
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "MANYHANDS_BASE_URL": f"http://127.0.0.1:{port}",
            }
            return _run(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/rte")
    parser.add_argument("--items", type=int, help="only the first so many pairs")
    parser.add_argument("--at-once", type=int, default=8, help="workers at the same time")
    parser.add_argument("--reward", type=int, default=5, help="cents per assignment")
    parser.add_argument("--var", type=Path, help="the folder of a marketplace that runs already")
    return parser.parse_args()


def _run(options: argparse.Namespace) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
    import django

    django.setup()
    from benchmarks.rte import data
    from benchmarks.rte.run import Replay

    answers = data.read(options.data, items=options.items)
    with _marketplace(is_ours=options.var is None) as base_url:
        replay = Replay(base_url, answers, at_once=options.at_once, reward_cents=options.reward)
        replay.do_everything()
        checks = list(replay.checks(is_alone=options.var is None, is_whole=options.items is None))
    clean = _audit()
    _tell(replay)
    print()
    for check in checks:
        print(f"{'holds' if check.holds else 'FAILS'}  {check.says}")
    print(f"{'holds' if clean else 'FAILS'}  manage.py audit_ledger finds no difference")
    return 0 if clean and all(check.holds for check in checks) else 1


@contextmanager
def _marketplace(*, is_ours: bool) -> Iterator[str]:
    """A running marketplace's address; ours is started, and stopped at the end."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    if not is_ours:
        from benchmarks.rte.run import known_address

        yield known_address(settings.VAR)
        return
    call_command("migrate", verbosity=0)
    connections.close_all()
    running = [processes.Process(kind, settings.VAR, dict(os.environ)) for kind in processes.KINDS]
    try:
        _wait_for(settings.MANYHANDS_BASE_URL)
        yield settings.MANYHANDS_BASE_URL
    finally:
        processes.stop_all(running)


def _wait_for(base_url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{base_url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit("web did not answer within a minute")


def _audit() -> bool:
    done = subprocess.run(
        [sys.executable, "manage.py", "audit_ledger"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def _tell(replay: object) -> None:
    """The table that docs/replay.md holds."""
    seconds = replay.timings.seconds  # type: ignore[attr-defined]
    answers = replay.answers  # type: ignore[attr-defined]
    print(
        f"\n{len(answers.pairs):,} pairs, {answers.count:,} answers by "
        f"{len(answers.by_worker)} workers, {replay.at_once} at a time; "  # type: ignore[attr-defined]
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
    print("| step | times | p50 ms | p95 ms |\n|---|---:|---:|---:|")
    for name, words in STEPS:
        taken = sorted(seconds[name])
        if taken:
            print(
                f"| {words} | {len(taken):,} | {statistics.median(taken) * 1000:,.1f} "
                f"| {taken[int(0.95 * (len(taken) - 1))] * 1000:,.1f} |"
            )
    took = replay.working_seconds  # type: ignore[attr-defined]
    print(
        f"\n{answers.count / took:,.1f} submissions a second "
        f"({answers.count:,} accepted and submitted in {took:.1f} s)"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
