"""How fast is work taken and handed in? Accept-next and submit over the REST API by eight
workers at once, while a requester approves in batches of 50; beside it, on the same tables and
in the same run, the same work as hand-written SQL functions.

    .venv/bin/python -m benchmarks.hot_path [--hits 1000 1000000] [--seconds 15] [--rounds 2]

It starts a PostgreSQL, a Redis and the web server of its own, and audits the books at the end.
"""

import argparse
import os
import platform
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from marketplace import embedded, processes

WORKERS_PER_CONNECTION = 150
MADE = {1_000: 1_000, 1_000_000: 10}  # assignments per HIT, so that work does not run out


def main() -> None:
    """Run it all and print the table."""
    options = _options()
    with marketplace_for() as (var, database):
        _run(options, var, database)


@contextmanager
def marketplace_for() -> Iterator[tuple[Path, str]]:
    """Servers and Django set up for a measurement; (folder, database URL)."""
    with tempfile.TemporaryDirectory(prefix="manyhands-bench-", dir="/tmp") as folder:
        var = Path(folder)
        var.chmod(0o755)
        with embedded.servers(var) as (database, redis):
            os.environ |= {
                "MANYHANDS_VAR": str(var),
                "DATABASE_URL": database,
                "REDIS_URL": redis,
                "DJANGO_SETTINGS_MODULE": "marketplace.settings",
                "SECRET_KEY": secrets.token_urlsafe(50),
                "MANYHANDS_RATE_LIMITS": "0",
                "LOG_LEVEL": "WARNING",
                "HOST": "127.0.0.1",
                "PORT": str(_free_port()),
            }
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            yield var, database


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hits", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--worst", action="store_true", help="only accept-next at its worst")
    parser.add_argument("--profile", action="store_true", help="say where a request's time goes")
    return parser.parse_args()


def _run(options: argparse.Namespace, var: Path, database: str) -> None:
    from django.db import connection

    from benchmarks.hot import by_hand, profile, seed, worst

    owner, token, hands = seed.make_people(WORKERS_PER_CONNECTION)
    with connection.cursor() as cursor:
        cursor.execute(by_hand.FUNCTIONS)
    requester_pk = owner.requesters.get().pk
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]}")
    if options.worst:
        worst.tell(owner)
        return
    rows = []
    for count in options.hits:
        since = time.monotonic()
        slots = MADE.get(count, max(10, 1_000_000 // count))
        group, group_pk = seed.open_hits(owner, f"{count:,} HITs", count, slots)
        seed.analyse()
        print(f"\n{count:,} open HITs x {slots} seeded in {time.monotonic() - since:.0f} s")
        if options.profile:
            profile.tell(group, token, hands[0][-1].token)
        rows.append(
            _measure(options, var, database, group, hands, {"http": token, "sql": requester_pk})
        )
        _count(group_pk)
    _summary(rows, options.hits)
    audit()


def _measure(options, var, database, group, hands, by):
    from benchmarks.hot import clients

    port = int(os.environ["PORT"])
    rates = {"http": [], "sql": []}
    with web_for(var) as web:
        for kind in ("http", "sql"):
            where = port if kind == "http" else database
            clients.run(
                kind, where, group, _share(hands, 0), by[kind], seconds=3, cpu=cpu_of(web, var)
            )
        for number in range(options.rounds * 2):
            kind = ("http", "sql")[number % 2]
            where = port if kind == "http" else database
            lines = _share(hands, number + 1)
            tally, cpu = clients.run(
                *(kind, where, group, lines, by[kind]),
                seconds=options.seconds,
                cpu=cpu_of(web, var),
            )
            rates[kind].append(tally.cycles / options.seconds)
            _tell(kind, tally, cpu, options.seconds)
    return {kind: statistics.median(found) for kind, found in rates.items()}


def _share(hands, number):
    """Fresh workers for each run, since one does a HIT once."""
    size = 25
    start = number * size % WORKERS_PER_CONNECTION
    return [line[start : start + size] for line in hands]


def _tell(kind: str, tally, cpu: dict[str, float], seconds: float) -> None:
    assert tally.approved == tally.cycles, (tally.approved, tally.cycles, tally.trouble[:5])
    name = {"http": "REST", "sql": "SQL "}[kind]
    print(f"{name} {tally.cycles / seconds:7.1f} cycles/s", end="")
    for what in ("accept", "submit", "approve"):
        times = sorted(tally.seconds.get(what, [0.0]))
        middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        print(f" | {what} {middle * 1000:.1f} / {late * 1000:.1f} ms", end="")
    each = {name: value * 1000 / max(1, tally.cycles) for name, value in cpu.items()}
    each["client"] = tally.cpu * 1000 / max(1, tally.cycles)
    print(" | CPU ms/cycle " + ", ".join(f"{n} {v:.2f}" for n, v in each.items()))
    for line in sorted(set(tally.trouble))[:3]:
        print("     ", line)


@contextmanager
def web_for(var: Path) -> Iterator[processes.Process]:
    import urllib.request

    web = processes.Process("web", var, os.environ)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/healthz").close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(web.last_words())
        yield web
    finally:
        processes.stop_all([web])


def cpu_of(web: Any, var: Path) -> Callable[[], dict[str, float]]:
    """Reads the seconds of CPU that the web server (anything with a pid) and PostgreSQL spent."""
    postgres = int((var / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def read() -> dict[str, float]:
        return {"web": _spent_by(web.pid), "postgres": _spent_by(postgres)}

    return read


def _spent_by(pid: int) -> float:
    """Seconds of CPU of a process and its children, ended ones included."""
    root = psutil.Process(pid)
    total = sum(root.cpu_times()[:4])
    for child in root.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.Error:
            continue
    return total


def _count(group_pk: int) -> None:
    """Every slot of every HIT is accounted for, and every answer was approved."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(max_assignments - open_slots - accepted_count - submitted_count"
            " - approved_count - rejected_count), sum(approved_count),"
            " sum(accepted_count + submitted_count) FROM tasks_hit WHERE hit_type_id = %s",
            [group_pk],
        )
        _hits, lost, approved, left = cursor.fetchone()
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE a.status = 'Approved') FROM tasks_assignment a"
            " JOIN tasks_hit h ON h.id = a.hit_id WHERE h.hit_type_id = %s",
            [group_pk],
        )
        made, done = cursor.fetchone()
    assert (lost, approved) == (0, done), (lost, approved, done)
    print(f"{made:,} assignments made, {done:,} approved and paid, {left} left in work or unread")


def _summary(rows: list[dict[str, float]], sizes: list[int]) -> None:
    print(f"\n{'open HITs':>10} {'REST':>8} {'SQL':>8} {'ratio':>6}")
    for size, row in zip(sizes, rows, strict=True):
        ratio = row["http"] / row["sql"]
        print(f"{size:>10,} {row['http']:>8.1f} {row['sql']:>8.1f} {ratio:>6.3f}")
    if len(rows) > 1:
        print(f"REST at {sizes[-1]:,}: {rows[-1]['http'] / rows[0]['http']:.3f} of {sizes[0]:,}")


def audit() -> None:
    """End here unless the books balance."""
    from payments.audit import differences

    found = list(differences())
    assert not found, found[:5]
    print("audit: the books balance")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
