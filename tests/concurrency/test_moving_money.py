"""The same money is wanted twice at the same moment. Each race has its twin without the lock."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from marketplace import clock
from marketplace.errors import InsufficientFunds, WrongState
from marketplace.lanes import alone
from payments import gateway, jobs, ledger, queries
from payments.actions import advance_payout, grant_play_money
from payments.actions import record_charge as settling
from payments.actions.make_deposit import make_deposit
from payments.actions.request_payout import request_payout
from payments.gateway import once as asking
from payments.gateway import payouts as sending
from payments.gateway.deposits import settle_deposit
from payments.gateway.payouts import send_payout
from payments.ledger import AlreadyMoved
from payments.models import Deposit, Payout, Transfer
from tasks.actions import clock_work, publish_batch
from tasks.actions.clock_work import fold_tallies
from tasks.actions.publish_batch import cost_of, go_on_publishing
from tasks.actions.send_bonus import send_bonus
from tasks.models import HIT
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together
from tests.fake_gateway import FakeGateway

pytestmark = pytest.mark.django_db(transaction=True)


def _earner(lab, name, cents):
    """A worker with money, given as a bonus."""
    worker = world.a_worker(name)
    assignment = world.submitted(worker, world.a_batch(lab, rows=1, max_assignments=1))
    send_bonus(
        by=lab.by,
        assignment_id=assignment.public_id,
        amount_cents=cents,
        reason="Thanks.",
        at=clock.now(),
    )
    return worker


def _two_payouts(worker, cents):
    call = partial(
        request_payout,
        worker=worker.public_id,
        currency="USD",
        amount_cents=cents,
        at=clock.now(),
    )
    return together(call, call)


def test_asking_for_a_payout_twice_at_once_makes_one():
    lab = world.a_lab()
    for number in range(ROUNDS):
        worker = _earner(lab, f"w{number}", 500)
        results = _two_payouts(worker, 200)
        assert sum(isinstance(result, Payout) for result in results) == 1
        assert [type(error) for error in errors(results)] == [WrongState]
        assert queries.earnings_of(worker.public_id, "USD").available_cents == 300
    assert differences() == []


def test_without_the_unique_index_two_payouts_are_open():
    """Twin. Those of one batch the database keeps apart as well."""
    lab = world.a_lab()
    worker = _earner(lab, "wanda", 500)
    table, other = "ALTER TABLE payments_payout", "CONSTRAINT one_payout_in_a_batch"
    with connection.cursor() as cursor:
        cursor.execute(f"{table} DROP {other}")
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'one_open_payout_per_worker'"
        )
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX one_open_payout_per_worker")
        try:
            results = _two_payouts(worker, 200)
        finally:
            Payout.objects.all().delete()
            cursor.execute(definition)
            cursor.execute(f"{table} ADD {other} UNIQUE (batch_id, worker)")
    assert errors(results) == []


def _ten_bonuses(name, prepare=lambda: None):
    """Ten bonuses of 30 cents at once from a balance that is enough for three."""
    worker = world.a_worker(name)
    rich = world.a_lab(f"Lab {name}", cents=100)
    batch = world.a_batch(rich, rows=1, max_assignments=1, reward_cents=5)
    assignment = world.submitted(worker, batch)
    give = partial(
        send_bonus, by=rich.by, assignment_id=assignment.public_id, reason="!", at=clock.now()
    )
    give(amount_cents=5)  # opens the accounts: the first to open one makes the others wait
    prepare()
    call = partial(give, amount_cents=30)
    return together(*[call] * 10)


def test_ten_who_spend_one_balance_at_once_spend_what_is_there_and_the_rest_are_told():
    for number in range(ROUNDS):
        results = _ten_bonuses(f"w{number}")
        assert len(errors(results)) == 7
        assert all(isinstance(error, InsufficientFunds) for error in errors(results))
    assert differences() == []


def test_without_the_accounts_lock_the_database_refuses_with_no_sentence(monkeypatch):
    """Twin: the overdraft is still impossible, but it ends in an error."""

    def unlocked(ids):
        rows = ledger.Account.objects.filter(pk__in=set(ids), balance_cents__isnull=False)
        return dict(rows.values_list("pk", "balance_cents")), set()

    meeting = Meeting(10, seconds=10)
    results = _ten_bonuses(
        "wanda", lambda: monkeypatch.setattr(ledger, "lock_accounts", meeting.after(unlocked))
    )
    assert any(isinstance(error, IntegrityError) for error in errors(results))
    assert differences() == []


class Forgetful(FakeGateway):
    """A gateway that knows no idempotency keys: what it is told twice it does twice."""

    def send_payout(self, order):
        self._payout_keys.clear()
        return super().send_payout(order)


def _two_sendings(worker, monkeypatch):
    payout = request_payout(worker=worker.public_id, currency="USD", at=clock.now())
    fake = Forgetful()
    monkeypatch.setitem(gateway._GATEWAYS, "play", fake)
    results = together(*[partial(send_payout, payout_id=payout.pk, at=clock.now())] * 2)
    return fake, results


def test_two_processes_send_one_payout_once(monkeypatch):
    lab = world.a_lab()
    for number in range(ROUNDS):
        fake, results = _two_sendings(_earner(lab, f"w{number}", 500), monkeypatch)
        assert errors(results) == []
        assert len(fake.sent) == 1
    assert differences() == []


def test_without_the_lease_two_processes_both_call_the_gateway(monkeypatch, lift_row_locks):
    """Twin: only the gateway's memory would stand between the worker and a second payment."""
    worker = _earner(world.a_lab(), "wanda", 500)
    monkeypatch.setattr(advance_payout, "LEASE", timedelta(seconds=-1))
    monkeypatch.setattr(asking, "require_lease", lambda _until: None)
    monkeypatch.setattr(
        sending, "_sent_reference", Meeting(seconds=10).before(sending._sent_reference)
    )
    lift_row_locks()
    fake, _ = _two_sendings(worker, monkeypatch)
    assert len(fake.sent) == 2


def test_while_one_process_sends_or_prepares_payouts_another_leaves_it_to_it():
    """So that the pace that it keeps is the installation's."""
    worker = _earner(world.a_lab(), "wanda", 500)
    request_payout(worker=worker.public_id, currency="USD", at=clock.now())
    with alone("payments.send_payouts") as is_mine, alone("payments.schedule_payouts"):
        assert is_mine
        assert together(jobs.send_payouts, jobs.make_scheduled_payouts) == [0, 0]
    assert Payout.objects.get().status == "held"
    assert together(jobs.send_payouts) == [1]


def _two_settlings(lab):
    deposit = make_deposit(by=lab.by, user=None, amount_cents=300, currency="USD", at=clock.now())
    return deposit, together(*[partial(settle_deposit, deposit_id=deposit.pk, at=clock.now())] * 2)


def test_two_processes_credit_one_deposit_once():
    lab = world.a_lab(cents=0)
    for number in range(1, ROUNDS + 1):
        deposit, results = _two_settlings(lab)
        assert errors(results) == []
        assert queries.requester_balance(lab.requester.public_id, "USD") == 300 * number
        assert Deposit.objects.get(pk=deposit.pk).status == "settled"
    assert differences() == []


def test_without_the_deposits_lock_only_the_ledgers_key_refuses(monkeypatch, lift_row_locks):
    """Twin."""
    lab = world.a_lab(cents=0)
    monkeypatch.setattr(settling, "_apply", Meeting(seconds=10).before(settling._apply))
    lift_row_locks()
    _, results = _two_settlings(lab)
    assert [type(error) for error in errors(results)] == [AlreadyMoved]
    assert Transfer.objects.count() == 1


def _two_grants(lab, monkeypatch):
    """Two of a program's first calls in the sandbox, which both find nothing there."""
    meeting = Meeting(seconds=10)
    monkeypatch.setattr(
        grant_play_money, "was_given_play_money", meeting.after(queries.was_given_play_money)
    )
    grant = partial(grant_play_money.grant_play_money, requester=lab.requester, at=clock.now())
    return together(grant, grant)


def test_two_who_find_the_sandbox_empty_fill_it_once(monkeypatch):
    lab = world.a_lab(cents=0)
    assert errors(_two_grants(lab, monkeypatch)) == []
    assert queries.requester_balance(lab.requester.public_id, "XTS") == 10_000_00


def _two_publishings(lab, **changes):
    project = world.a_project(lab, max_assignments=1, **changes)
    batch = world.an_upload(lab, project, [f"row {n}" for n in range(60)])
    publish_batch.publish_batch(
        by=lab.by, batch=batch, confirmed_cents=sum(cost_of(batch, project)), at=clock.now()
    )
    results = together(*[partial(go_on_publishing, batch_id=batch.pk, now=clock.now)] * 2)
    return HIT.objects.filter(batch=batch).count(), results


def test_two_processes_publish_each_row_once(monkeypatch):
    monkeypatch.setattr(publish_batch, "CHUNK", 20)
    lab = world.a_lab()
    for number in range(ROUNDS):
        if number % 2:  # the lease is a courtesy: it must come out right where it lets both in
            monkeypatch.setattr(publish_batch, "_lease", lambda *_: True)
        count, results = _two_publishings(lab)
        assert errors(results) == []
        assert count == 60
        assert HIT.objects.filter(batch__status="published").count() == 60 * (number + 1)
    assert differences() == []


def test_without_the_batchs_lock_rows_are_published_twice(monkeypatch, lift_row_locks):
    """Twin: free work, since escrow could not pay for a second HIT."""
    monkeypatch.setattr(publish_batch, "CHUNK", 20)
    monkeypatch.setattr(publish_batch, "_lease", lambda *_: True)
    monkeypatch.setattr(
        publish_batch, "insert_hits", Meeting(seconds=10).before(publish_batch.insert_hits)
    )
    lift_row_locks()
    count, _ = _two_publishings(world.a_lab(), reward_cents=0)
    assert count > 60


def _folds(lab):
    batch = world.a_batch(lab, rows=5)
    HIT.objects.filter(batch=batch).update(open_slots=1)
    HIT.objects.filter(batch=batch).update(open_slots=2)
    results = together(*[fold_tallies] * 6)
    batch.refresh_from_db()
    return batch, results


def test_six_processes_fold_each_tally_once():
    lab = world.a_lab()
    for _ in range(ROUNDS):
        batch, results = _folds(lab)
        assert errors(results) == []
        assert batch.open_slots == 10
    assert differences() == []


def test_without_locks_tallies_are_folded_more_than_once(monkeypatch):
    """Twin: rows that are read, added, and deleted without being taken first."""
    reads = clock_work._FOLD.replace(
        "DELETE FROM tasks_tally WHERE id IN (\n"
        "        SELECT id FROM tasks_tally ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)\n"
        "    RETURNING *",
        "SELECT * FROM tasks_tally ORDER BY id LIMIT %s",
    )
    assert reads != clock_work._FOLD
    monkeypatch.setattr(clock_work, "_FOLD", reads)
    batch, _ = _folds(world.a_lab())
    assert batch.open_slots != 10
