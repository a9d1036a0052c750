"""Known ways to lose money, put into a copy of the code one at a time: each is to be noticed.

    python -m tests.seeded_bugs [a part of a bug's words …]

prints, for each, the test that fails and what it says, and exits with 1 if one survives, if the
tests fail by themselves, or if the place to change is gone. `make seeded-bugs` does it all.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis")


@dataclass(frozen=True)
class Bug:
    """What is wrong, the changes that make it so (file, text, text in its place), and the tests
    that are to notice."""

    words: str
    changes: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]


LEDGER = "tests/payments/test_ledger.py"
PAYOUTS = "tests/payments/test_payouts.py"
DEPOSITS = "tests/payments/test_deposits.py"
WEBHOOKS = "tests/payments/stripe/test_webhooks.py"
BUGS = (
    Bug(
        "a transfer's key is not unique",
        (
            (
                "payments/migrations/0001_initial.py",
                "('key', models.CharField(max_length=120, unique=True))",
                "('key', models.CharField(max_length=120))",
            ),
        ),
        (f"{LEDGER}::test_a_fact_moves_money_once_for_ever",),
    ),
    Bug(
        "a payout is sent under a key that the library makes up",
        (
            (
                "payments/gateway/stripe_gateway.py",
                '{"idempotency_key": order.idempotency_key}\n        return asked('
                "lambda: client().v1.transfers",
                "{}\n        return asked(lambda: client().v1.transfers",
            ),
        ),
        (f"{PAYOUTS}::test_silence_keeps_the_payout_open_until_the_gateway_is_asked_again",),
    ),
    Bug(
        "a payout has another key at each attempt",
        (
            (
                "payments/gateway/payouts.py",
                "idempotency_key=payout.idempotency_key",
                'idempotency_key=f"{payout.idempotency_key}_{payout.attempts}"',
            ),
        ),
        (f"{PAYOUTS}::test_silence_keeps_the_payout_open_until_the_gateway_is_asked_again",),
    ),
    Bug(
        "after 23 hours a payout is not looked up before it is sent again",
        (
            (
                "payments/gateway/payouts.py",
                "since=payout.first_attempt_at,",
                "since=at,",
            ),
        ),
        (f"{PAYOUTS}::test_after_23_hours_a_payout_is_looked_up_before_it_is_sent_again",),
    ),
    Bug(
        "a refusal is believed though an earlier attempt may have paid",
        (("payments/gateway/payouts.py", "attempts=payout.attempts,", "attempts=1,"),),
        (
            f"{PAYOUTS}::test_a_refusal_after_a_lost_answer_is_looked_up_before_the_money_is"
            "_returned",
        ),
    ),
    Bug(
        "a refund is not looked up either",
        (
            (
                "payments/gateway/refunds.py",
                "since=refund.first_attempt_at,",
                "since=at,",
            ),
        ),
        ("tests/payments/stripe/test_refunds.py",),
    ),
    Bug(
        "a payout that another process sends is sent as well",
        (
            (
                "payments/actions/advance_payout.py",
                "if payout is None or (payout.lease_until is not None and payout.lease_until > at)",
                "if payout is None",
            ),
        ),
        (f"{PAYOUTS}::test_a_payout_that_another_process_holds_is_left_alone",),
    ),
    Bug(
        "accounts are locked FOR UPDATE in place of FOR NO KEY UPDATE",
        (("payments/locks.py", "no_key=True", "no_key=False"),),
        ("tests/concurrency/test_money_locks.py",),
    ),
    Bug(
        "accounts are not locked",
        (("payments/locks.py", "\n        .select_for_update(no_key=True)", ""),),
        ("tests/concurrency/test_money_locks.py",),
    ),
    Bug(
        "a payout is locked only when it is written",
        (
            (
                "payments/actions/advance_payout.py",
                "select_for_update(no_key=True).get(pk=payout.pk)\n        is_stale",
                "get(pk=payout.pk)\n        is_stale",
            ),
        ),
        ("tests/concurrency/test_money_locks.py",),
    ),
    Bug(
        "a float comes near money",
        (
            (
                "payments/actions/record_dispute.py",
                "abs(change)",
                "abs(change * 1.0)",
            ),
        ),
        ("tests/architecture/test_invariants.py::test_no_float_comes_near_money",),
    ),
    Bug(
        "fees are reckoned in floats",
        (
            (
                "marketplace/money.py",
                "int((reward_cents * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))",
                "round(reward_cents * float(rate) / 100)",
            ),
        ),
        (f"{LEDGER}::test_a_fee_is_rounded_half_up_per_assignment",),
    ),
    Bug(
        "half a cent is rounded to even",
        (("marketplace/money.py", "rounding=ROUND_HALF_UP", 'rounding="ROUND_HALF_EVEN"'),),
        (f"{LEDGER}::test_a_fee_is_rounded_half_up_per_assignment",),
    ),
    Bug(
        "rejected work's money goes back before the time for appeals is over",
        (
            (
                "tasks/actions/clock_work.py",
                "due = Assignment.objects.filter(held_until__lte=at)",
                "due = Assignment.objects.filter(held_until__isnull=False)",
            ),
            (
                "tasks/actions/clock_work.py",
                "filter(pk__in=chosen, held_until__lte=at)",
                "filter(pk__in=chosen)",
            ),
        ),
        (
            "tests/tasks/test_reviewing.py::test_rejecting_pays_nobody_and_keeps_the_money_for"
            "_seven_days",
        ),
    ),
    Bug(
        "a frozen balance can be spent",
        (("payments/ledger.py", "        _require_unfrozen(moves, frozen)\n", ""),),
        (f"{LEDGER}::test_a_frozen_balance_pays_what_is_owed_and_nothing_new",),
    ),
    Bug(
        "a new requester's first deposits can be spent at once",
        (
            (
                "payments/actions/free_deposit.py",
                "return at + timedelta(hours=hours)",
                "return None",
            ),
        ),
        (f"{DEPOSITS}::test_a_new_requesters_first_deposits_are_held_and_then_free",),
    ),
    Bug(
        "a deposit is credited before it has settled",
        (("payments/actions/record_charge.py", "elif told.is_settled:", "elif told.reference:"),),
        (f"{DEPOSITS}::test_a_deposit_waits_until_the_gateway_has_the_money",),
    ),
    Bug(
        "coming back from the payment page counts as having paid",
        (
            (
                "payments/web/money.py",
                "    found = get_object_or_404(mine, public_id=deposit_id)\n",
                "    found = get_object_or_404(mine, public_id=deposit_id)\n"
                "    from payments.actions.record_charge import Charge, record_charge\n"
                "    record_charge(deposit_id=found.pk, told=Charge(is_settled=True),"
                " at=clock.now())\n",
            ),
        ),
        ("tests/payments/web/test_money.py",),
    ),
    Bug(
        "a webhook is believed without asking Stripe",
        (
            (
                "payments/gateway/events.py",
                '    for pk in deposits.values_list("pk", flat=True):\n'
                "        settle_deposit(deposit_id=pk, at=at)\n",
                '    for pk in deposits.values_list("pk", flat=True):\n'
                "        from payments.actions.record_charge import Charge, record_charge\n"
                "        record_charge(deposit_id=pk, told=Charge(is_settled=True), at=at)\n",
            ),
        ),
        (f"{WEBHOOKS}::test_an_event_is_believed_for_nothing_but_its_id",),
    ),
    Bug(
        "a webhook's signature is not looked at",
        (
            (
                "payments/gateway/stripe_events.py",
                "    _require_signature(body, signature, at)\n",
                "",
            ),
        ),
        (f"{WEBHOOKS}::test_what_stripe_did_not_sign_just_now_is_refused",),
    ),
    Bug(
        "money leaves for a changed bank account at once",
        (
            (
                "payments/actions/request_payout.py",
                "due_at=max(at, free_from or at)",
                "due_at=at",
            ),
        ),
        ("tests/payments/test_payee_rules.py",),
    ),
    Bug(
        "transfers can be rewritten",
        (
            (
                "payments/migrations/0002_ledger_rules.py",
                "BEFORE UPDATE OR DELETE ON payments_transfer",
                "BEFORE DELETE ON payments_transfer",
            ),
        ),
        (f"{LEDGER}::test_transfers_are_never_changed_deleted_or_truncated",),
    ),
    Bug(
        "an account that may not owe can be overdrawn by SQL",
        (
            (
                "payments/migrations/0001_initial.py",
                "('balance_cents__gte', 0)",
                "('balance_cents__gte', -1000000)",
            ),
        ),
        (f"{LEDGER}::test_an_account_is_never_overdrawn_not_even_by_sql",),
    ),
    Bug(
        "two payouts of one worker can be open",
        (
            (
                "payments/migrations/0001_initial.py",
                "fields=('worker', 'currency'), name='one_open_payout_per_worker'",
                "fields=('worker', 'currency', 'public_id'), name='one_open_payout_per_worker'",
            ),
        ),
        (f"{PAYOUTS}::test_one_payout_is_open_at_a_time_in_each_currency",),
    ),
)


def main(wanted: list[str]) -> int:
    bugs = [bug for bug in BUGS if not wanted or any(part in bug.words for part in wanted)]
    with tempfile.TemporaryDirectory(prefix="seeded-") as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        healthy = _failure(copy, tuple(sorted({test for bug in bugs for test in bug.tests})))
        if healthy:
            print(f"Without any bug: {healthy}")
            return 2
        found = [_report(bug, copy) for bug in bugs]
    print(f"{sum(found)} of {len(bugs)} bugs were noticed.")
    return 0 if all(found) else 1


def _report(bug: Bug, copy: Path) -> bool:
    """Put it in, run its tests, take it out; whether a test noticed."""
    began = time.monotonic()
    originals = {path: (copy / path).read_text() for path, _, _ in bug.changes}
    for path, old, new in bug.changes:
        text = (copy / path).read_text()
        assert text.count(old) == 1, f"{path} has no longer just one place to put this in: {old}"
        (copy / path).write_text(text.replace(old, new))
    failure = _failure(copy, bug.tests)
    for path, text in originals.items():
        (copy / path).write_text(text)
    print(f"{'noticed ' if failure else 'SURVIVED'} {bug.words} ({time.monotonic() - began:.0f} s)")
    print(f"         in {', '.join(dict.fromkeys(path for path, _, _ in bug.changes))}")
    print(f"         {failure or 'by ' + ', '.join(bug.tests)}", flush=True)
    return bool(failure)


def _failure(copy: Path, tests: tuple[str, ...]) -> str:
    """The first test that fails, and the first line of what it says; "" where none does."""
    options = ["-q", "-x", "--tb=no", "-rfE", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy,
        # A changed file may be as long, and as old to the second, as the one before.
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "220"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode and not lines:
        return done.stdout[-2000:] + done.stderr[-2000:]
    return lines[0] if lines else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
