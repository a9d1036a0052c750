"""A day's payout batch of 100,000 workers: prepared, sent before the stand-in for Stripe, paused
and resumed in the middle, and looked at in the admin meanwhile.

    .venv/bin/python -m benchmarks.payout_batch [--workers 100000] [--prepare 100000] [--send 3000]

Workers, earnings and schedules are laid down by SQL. `--prepare` and `--send` bound what is really
done of each; what is less than all is extrapolated, and the table says so.
"""

import argparse
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.hot_path import audit, marketplace_for
from tests.stripe_server import SECRET_KEY, StripeServer

LANES, PER_SECOND = 4, 1_000
CENTS = 500


def main() -> None:
    """Run it all and print the table."""
    options = _options()
    with marketplace_for(), StripeServer() as there:
        from django.test import override_settings

        leads_there: dict[str, Any] = {
            "MANYHANDS_GATEWAY": "stripe",
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRETS": ["whsec_standin"],
            "STRIPE_API_BASE": there.url,
            "MANYHANDS_PAYOUT_LANES": LANES,
            "MANYHANDS_PAYOUTS_PER_SECOND": PER_SECOND,
        }
        with override_settings(**leads_there):
            _run(options, there)
        audit()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=100_000)
    parser.add_argument("--prepare", type=int, default=100_000)
    parser.add_argument("--send", type=int, default=3_000)
    return parser.parse_args()


def _run(options: argparse.Namespace, there: StripeServer) -> None:
    from payments.models import Payout

    account = there.client().accounts.create({"capabilities": {"transfers": {"requested": True}}})
    there.hands.onboards(account.id)
    there.hands.tops_up(options.workers * CENTS)
    for number in range(1, options.workers + 1):  # one account under every worker's name for it
        there.world.things[f"{account.id}-{number}"] = there.world.things[account.id]
    _lay_down(options.workers, account.id)
    visit = _staff_visits()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]}")
    before = _memory()
    prepared, seconds = _prepare(options.prepare)
    _tell("prepared", prepared, seconds, options.workers)
    print(f"| memory of the process, before and after | {before} MB, {_memory()} MB |")
    pages = [visit() for _ in range(5)]
    print(f"| admin page of the batch, of {prepared:,} payouts | {_median(pages)} ms |")
    sent, seconds = _send(options.send // 2)
    _tell("sent", sent, seconds, options.workers)
    _pause_in_the_middle(options.send, visit)
    open_ones = Payout.objects.exclude(status="sent").count()
    transfers = len(there.world.of("transfer"))
    assert transfers == Payout.objects.filter(status="sent").count(), transfers
    print(f"| transfers at the stand-in, payouts still open | {transfers:,}, {open_ones:,} |")
    print(f"| memory of the process at the end, stand-in included | {_memory()} MB |")


def _lay_down(workers: int, account: str) -> None:
    """Workers' earnings, payees and schedules, as the rows that actions would have written."""
    from django.db import connection

    from payments import ledger
    from payments.models import AccountKind

    clearing = ledger.account(AccountKind.CLEARING, "", "USD")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_account (kind, holder, currency, balance_cents)"
            " SELECT 'worker', 'AW' || n, 'USD', 0 FROM generate_series(1, %s) n",
            [workers],
        )
        cursor.execute(
            "INSERT INTO payments_transfer (key, debit_id, credit_id, amount_cents, currency,"
            " reason, reference, note, at)"
            " SELECT 'earned:' || holder, %s, id, %s, 'USD', 'reward', 'laid down', '', now()"
            " FROM payments_account WHERE kind = 'worker'",
            [clearing, CENTS],
        )
        cursor.execute(
            "INSERT INTO payments_payoutsettings (worker, schedule, minimum_cents)"
            " SELECT 'AW' || n, 'daily', 100 FROM generate_series(1, %s) n",
            [workers],
        )
    _payees(workers, account)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _payees(workers: int, account: str) -> None:
    """Ready to be paid, each to a name of its own; Stripe was asked about all of them just now."""
    from marketplace import clock
    from payments.models import Payee

    at = clock.now()
    Payee.objects.bulk_create(
        (
            Payee(
                holder=f"AW{n}",
                gateway="stripe",
                country="US",
                reference=f"{account}-{n}",
                is_submitted=True,
                is_ready=True,
                fingerprint=f"bank-{n}",
                created_at=at,
                checked_at=at,
            )
            for n in range(1, workers + 1)
        ),
        batch_size=5_000,
    )


def _prepare(most: int) -> tuple[int, float]:
    """The job's own turns, of 2,000 workers each, as far as asked for."""
    from payments.jobs import make_scheduled_payouts

    made, since = 0, time.monotonic()
    while made < most:
        turn = make_scheduled_payouts(limit=min(2_000, most - made))
        if not turn:
            break
        made += turn
    return made, time.monotonic() - since


def _send(number: int) -> tuple[int, float]:
    from payments.jobs import send_payouts

    since = time.monotonic()
    return send_payouts(limit=number), time.monotonic() - since


def _pause_in_the_middle(number: int, visit: Callable[[], float]) -> None:
    """Staff pause while a turn of the job is under way; nothing of the batch leaves any more."""
    from django.db import connection

    from marketplace import clock
    from marketplace.accounts.models import User
    from payments.actions.pause_payouts import pause_payouts, resume_payouts
    from payments.models import Payout, PayoutBatch

    staff = User.objects.get(email="staff@bench.test")
    batch = PayoutBatch.objects.get(kind="daily")
    results: list[int] = []

    def work() -> None:
        results.append(_send(number)[0])
        connection.close()

    sending = threading.Thread(target=work)
    before = Payout.objects.filter(status="sent").count()
    sending.start()
    while Payout.objects.filter(status="sent").count() < before + number // 6:
        time.sleep(0.05)
    under_way = [visit() for _ in range(3)]
    pause_payouts(staff=staff, batch=batch, reason="To measure", at=clock.now())
    since = time.monotonic()
    sending.join()
    stopped = time.monotonic() - since
    assert _send(number)[0] == 0, "it went on while it was paused"
    resume_payouts(staff=staff, batch=batch, reason="Measured", at=clock.now())
    again, _seconds = _send(number // 4)
    print(f"| admin page of the batch, while it is sent | {_median(under_way)} ms |")
    print(f"| paused after {results[0]:,} of {number:,}; the turn ended after | {stopped:.1f} s |")
    print(f"| sent after resuming | {again:,} |")


def _staff_visits() -> Callable[[], float]:
    """The milliseconds that the batch's page takes, without the network."""
    from django.test import Client

    from marketplace.accounts.models import User
    from payments.models import PayoutBatch

    staff = User.objects.create_user("staff@bench.test", None, is_staff=True)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(staff)

    def visit() -> float:
        pk = PayoutBatch.objects.get(kind="daily").pk
        since = time.monotonic()
        answer = client.get(f"/admin/payments/payoutbatch/{pk}/change/")
        assert answer.status_code == 200, answer.status_code
        return (time.monotonic() - since) * 1000

    return visit


def _tell(what: str, number: int, seconds: float, every: int) -> None:
    rate = number / seconds
    print(f"| {what} | {number:,} in {seconds:.1f} s: {rate:.1f} a second |")
    if number < every:
        print(f"| {what}, all {every:,}: extrapolated | {every / rate / 60:.0f} minutes |")


def _memory() -> int:
    return int(psutil.Process().memory_info().rss / 2**20)


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.0f}"


if __name__ == "__main__":
    main()
