"""Does money move exactly once, whatever dies? The real web, jobs, beat, Redis and PostgreSQL
processes are killed with -9 at random, while the stand-in for Stripe fails a fifth of all calls.

    .venv/bin/python -m benchmarks.chaos_payouts [--rounds 100] [--payouts 20000] [--seed 1]

In each round workers earn and are paid out, by request and by schedule; a requester pays in and
takes some of it back. A day and more passes on a clock that all processes share
(benchmarks/chaos/shifted.py), so that Stripe forgets its keys. At the end every payout, deposit
and refund and every worker's account is compared with what the stand-in knows, to the cent. The
seed chooses whom, how much, which faults, and what is killed after how long.
"""

import argparse
import contextlib
import os
import platform
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.chaos import elsewhere, estate, shifted
from tests.stripe_server import SECRET_KEY

HOUR = 3600
STEPS = (180, 2 * HOUR, 26 * HOUR)
"""How the clock moves in a round: past the leases of the dead, past what is tried again within the
hour, past the day after which Stripe forgets its keys."""
CALLS_LEAVE = 3
"""Seconds after which whatever a living process was about to call has been called."""
HUNG_AFTER = 120
"""Seconds in which nothing moved at all; a call that is never answered takes 30."""


def main() -> None:
    """Run it all and print the table."""
    options = _options()
    since = time.monotonic()
    with ExitStack() as stack:
        var = Path(stack.enter_context(_folder()))
        var.chmod(0o755)
        here = estate.Estate(var)
        stack.callback(here.stop)
        here.start("postgres", "redis")
        there = _set_up(var, options, stack)
        here.environment = dict(os.environ) | shifted.environment(var / "clock")
        here.start("web", "jobs", "beat")
        here.wait_for_web()
        chaos = _Chaos(options, here, there, var / "clock")
        chaos.run()
        verdict = chaos.verdict()
        chaos.tell(verdict, time.monotonic() - since)
    sys.exit(bool(verdict.duplicates or verdict.losses or verdict.cents_adrift))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100, help="at least so many")
    parser.add_argument("--payouts", type=int, default=20_000, help="at least so many, sent")
    parser.add_argument("--share", type=float, default=0.2, help="of the calls that fail")
    parser.add_argument("--every", type=int, default=250, help="calls from kill to kill, mean")
    return parser.parse_args()


def _folder() -> Any:
    """In memory where there is such a folder: after each kill PostgreSQL syncs all that it has,
    and it is processes that die here, not disks."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
    return tempfile.TemporaryDirectory(prefix="mh-chaos-", dir=place)


def _set_up(var: Path, options: argparse.Namespace, stack: ExitStack) -> elsewhere.Elsewhere:
    """The environment, the stand-in, Django, an empty database."""
    from marketplace import embedded

    port = _free_port()
    base_url = f"http://127.0.0.1:{port}"
    shifted.forward(var / "clock", 0)
    there = stack.enter_context(
        elsewhere.running(
            clock=var / "clock",
            webhook_url=f"{base_url}/money/webhooks/stripe/",
            seed=options.seed,
            share=options.share,
        )
    )
    os.environ |= {
        "MANYHANDS_VAR": str(var),
        "DATABASE_URL": embedded.database_url(var),
        "REDIS_URL": embedded.redis_url(var),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "MANYHANDS_BASE_URL": base_url,
        "MANYHANDS_RATE_LIMITS": "0",
        "MANYHANDS_GATEWAY": "stripe",
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRETS": elsewhere.SECRET,
        "STRIPE_API_BASE": there.url(),
        "MANYHANDS_PAYOUT_LANES": "8",
        "MANYHANDS_PAYOUTS_PER_SECOND": "1000",
        "JOBS_PROCESSES": "3",
        "WEB_PROCESSES": "1",
        "LOG_LEVEL": "WARNING",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    import django
    from django.core.management import call_command

    django.setup()
    shifted.install(var / "clock")
    call_command("migrate", verbosity=0)
    return there


class _Chaos:
    """The rounds."""

    def __init__(
        self,
        options: argparse.Namespace,
        here: estate.Estate,
        there: elsewhere.Elsewhere,
        clock_file: Path,
    ) -> None:
        from benchmarks.chaos.people import People

        self.options, self.here, self.there, self.clock_file = options, here, there, clock_file
        self.each = -(-options.payouts // options.rounds)
        self.people = People(there, self.each + self.each // 4)
        self.dice = random.Random(f"{options.seed} people")
        self.deaths = random.Random(f"{options.seed} kills")
        self.rounds = 0
        self.audits = 0
        self._begin_with_money()

    def run(self) -> None:
        """Rounds until there are enough of them and enough payouts, then an end without kills.

        Ctrl-C: no more rounds, what was begun is brought to its end and counted.
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
        self.there.fails_from_now_on()
        with contextlib.suppress(KeyboardInterrupt):
            while self.rounds < self.options.rounds or self.there.sent() < self.options.payouts:
                since = time.monotonic()
                self._round(f"round-{self.rounds + 1}")
                self.rounds += 1
                if self.rounds % 5 == 0:
                    self._audit()
                print(
                    f"round {self.rounds}: {time.monotonic() - since:.0f} s, "
                    f"{self.there.sent():,} transfers, kills {_sum(self.here.kills)}",
                    flush=True,
                )
        self._let_all_end()
        self._audit()

    def _begin_with_money(self) -> None:
        self._pay_in(rounds=3)
        self._until_quiet("payments.settle_deposits")
        self.people.pay_on_stripes_pages(self.there)
        shifted.forward(self.clock_file, 72 * HOUR)
        self._until_quiet("payments.settle_deposits")

    def _pay_in(self, rounds: float) -> None:
        self.people.pay_in(round(rounds * self.each * 550))

    def _round(self, occasion: str) -> None:
        from django.db import connection

        killer = estate.Killer(self.here, self.deaths, self.there.calls, self.options.every).begin()
        try:
            self._pay_in(rounds=1.1)
            chosen = self.dice.sample(self.people.earners, self.each + self.each // 20)
            refused = chosen[:2]
            self.people.earn(occasion, {e.public_id: self.dice.randint(100, 900) for e in chosen})
            for earner in refused:
                self.there.is_refused(earner.account)
            for earner in chosen:
                if not earner.is_scheduled:
                    self.people.ask(earner, occasion, os.environ["MANYHANDS_BASE_URL"])
            self.people.take_back(self.dice.randint(100, 2_000))
            for seconds in STEPS:
                self._until_quiet("payments.schedule_payouts")
                self.people.pay_on_stripes_pages(self.there)
                self._let_calls_leave()
                shifted.forward(self.clock_file, seconds + self.dice.uniform(0, seconds / 10))
            for earner in refused:
                self.there.onboards(earner.account, earner.fingerprint)
        finally:
            killer.end()
            connection.close()  # the server that it led to may be gone
        self.here.require_alive()

    def _until_quiet(self, *also: str) -> None:
        """Wait until nothing is due that a living process doesn't hold."""
        from benchmarks.chaos.people import until_done
        from marketplace.hurry import hurry

        moved_at, before = time.monotonic(), Counter[str]()
        asked_at = 0.0
        while due := until_done(self._due):
            if due != before:
                moved_at, before = time.monotonic(), due
            if time.monotonic() - moved_at > HUNG_AFTER:
                print(f"nothing moved for {HUNG_AFTER} s: {dict(due)}", flush=True)
                self.here.replace("jobs")
                moved_at = time.monotonic()
            if time.monotonic() - asked_at > 2:
                if due["payments.reconcile"]:
                    until_done(self.people.ask_to_compare)
                for job in {*due, *also}:
                    until_done(partial(hurry, job))
                asked_at = time.monotonic()
            time.sleep(0.3)

    def _let_calls_leave(self) -> None:
        """A living process lives through the hours that the clock leaves out: it doesn't stand
        still for them between the look at its lease and the call. What is held for longer than
        this is a dead process's, or waits for an answer."""
        from benchmarks.chaos.people import until_done
        from marketplace import clock
        from payments.models import Payout, Refund

        def is_being_called() -> bool:
            held = {"status": "sending", "lease_until__gt": clock.now(), "attempts__gt": 1}
            rows = Payout.objects.filter(**held), Refund.objects.filter(**held)
            return any(each.exists() for each in rows)

        deadline = time.monotonic() + CALLS_LEAVE
        while time.monotonic() < deadline and until_done(is_being_called):
            time.sleep(0.1)

    def _due(self) -> Counter[str]:
        """{job: how much of its work is due}."""
        from django.db.models import Q

        from marketplace import clock
        from payments.models import Deposit, GatewayEvent, Payout, PayoutBatch, Refund
        from payments.queries import incidents_in_the_way
        from payments.states import OPEN_PAYOUTS, OPEN_REFUNDS

        at = clock.now()
        free = Q(due_at__lte=at) & (Q(lease_until=None) | Q(lease_until__lte=at))
        asked = Q(status__in=["created", "pending"]) | Q(status="settled", fee_cents=None)
        batches = PayoutBatch.objects.exclude(kind="request")
        is_opened = batches.filter(kind="daily", on=at.date()).exists()
        return +Counter(
            {
                "payments.send_payouts": Payout.objects.filter(
                    free, status__in=OPEN_PAYOUTS
                ).count(),
                "payments.send_refunds": Refund.objects.filter(
                    free, status__in=OPEN_REFUNDS
                ).count(),
                "payments.settle_deposits": Deposit.objects.filter(
                    asked, Q(ask_at=None) | Q(ask_at__lte=at)
                ).count(),
                "payments.process_gateway_events": GatewayEvent.objects.filter(
                    processed_at=None, due_at__lte=at
                ).count(),
                "payments.schedule_payouts": batches.filter(prepared_at=None).count()
                + (not is_opened),
                "payments.reconcile": incidents_in_the_way().count(),
            }
        )

    def _let_all_end(self) -> None:
        """Nothing is killed any more; calls fail as before until the last has got through."""
        from marketplace import clock
        from payments.models import Deposit, GatewayEvent, Incident, Payout, Refund
        from payments.states import OPEN_PAYOUTS, OPEN_REFUNDS

        for _ in range(40):
            for seconds in STEPS:
                self._until_quiet("payments.poll_gateway_events")
                self.people.pay_on_stripes_pages(self.there)
                self._let_calls_leave()
                shifted.forward(self.clock_file, seconds)
            self._until_quiet()
            left = {
                "payouts": Payout.objects.filter(status__in=OPEN_PAYOUTS).count(),
                "refunds": Refund.objects.filter(status__in=OPEN_REFUNDS).count(),
                "deposits": Deposit.objects.filter(
                    created_at__lt=clock.now() - timedelta(days=2),
                    status__in=["created", "pending"],
                ).count(),
                "fees": Deposit.objects.filter(status="settled", fee_cents=None).count(),
                "events": GatewayEvent.objects.filter(processed_at=None).count(),
                "incidents": Incident.objects.filter(gone_at=None).count(),
            }
            print(f"left over: {left}", flush=True)
            if not any(left.values()):
                return
        raise SystemExit("some of it never ends")

    def _audit(self) -> None:
        from benchmarks.chaos.people import until_done
        from payments import audit

        found = until_done(lambda: list(audit.differences()))
        if found:
            raise SystemExit("\n".join(["the books disagree:", *found[:20]]))
        self.audits += 1

    def verdict(self) -> Any:
        """The two books compared."""
        from benchmarks.chaos import truth
        from payments.models import Incident, Reconciliation

        compared = Reconciliation.objects.filter(ended_at__isnull=False)
        self.compared = f"{compared.count()}, {Incident.objects.count()}"
        self.found = self.there.truth()
        assert not self.found["crashes"], self.found["crashes"][:3]
        return truth.compare(self.found)

    def tell(self, verdict: Any, seconds: float) -> None:
        """The table."""
        faults = self.found["faults"]
        calls = sum(faults.values())
        fine = faults.pop("", 0)
        for words in verdict.words[:20]:
            print(words)
        rows: list[tuple[str, Any]] = [
            ("seed", self.options.seed),
            ("rounds", self.rounds),
            ("kills", _sum(self.here.kills)),
            ("replaced, since they hung", _sum(self.here.hung)),
            ("calls to Stripe", f"{calls:,}"),
            ("faults", f"{_sum(faults)}; {(calls - fine) / calls:.1%} of the calls"),
            ("webhooks", _sum(self.found["deliveries"], total=False)),
            ("payouts sent", f"{verdict.sent:,}"),
            ("payouts refused, money returned", f"{verdict.refused:,}"),
            ("deposits, refunds", f"{len(self.found['paid'])}, {len(self.found['refunds'])}"),
            ("audits, all clean", self.audits),
            ("reconciliations, incidents that they opened and closed", self.compared),
            ("duplicates", verdict.duplicates),
            ("losses", verdict.losses),
            ("cents adrift", verdict.cents_adrift),
            ("minutes", round(seconds / 60, 1)),
        ]
        print(f"\n{os.cpu_count()} cores, Python {platform.python_version()}, {os.getloadavg()}")
        for name, value in rows:
            print(f"| {name} | {value} |")


def _sum(counted: Counter[str], *, total: bool = True) -> str:
    each = ", ".join(f"{name} {number:,}" for name, number in sorted(counted.items()))
    return f"{sum(counted.values()):,}: {each}" if total and counted else each or "0"


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
