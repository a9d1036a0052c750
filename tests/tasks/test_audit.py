"""audit_ledger finds every kind of damage, to the cent, and says nothing about sound books.

The damage is done as the database's owner would do it, with the rules switched off.
"""

from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from marketplace import clock
from payments import audit
from payments.actions.request_payout import request_payout
from payments.gateway.payouts import send_payout
from tasks import jobs, money_audit
from tasks.actions.accept import accept_next
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.extend_batch import extend_batch
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.send_bonus import send_bonus
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def books():
    """A marketplace in which everything has happened, and a batch and an extension wait."""
    with override_settings(MANYHANDS_FEE_PERCENT=Decimal(20)):
        lab = world.a_lab()
        workers = [world.a_worker(f"w{n}") for n in range(4)]
        world.a_batch(lab, is_sandbox=True, rows=1, reward_cents=0)
        batch = world.a_batch(lab, rows=2, reward_cents=150, max_assignments=5)
        for worker in workers:
            world.submitted(worker, batch)
        work = list(batch.all_hits.first().assignments.all()) + list(
            batch.all_hits.last().assignments.all()
        )
        by = lab.by
        now = clock.now()
        approve_assignments(by=by, assignment_ids=[w.public_id for w in work[:2]], at=now)
        reject_assignments(by=by, assignment_ids=[work[2].public_id], at=now, feedback="Wrong.")
        accept_next(worker=workers[0], group_id=batch.hit_type.public_id, at=now)
        send_bonus(by=by, assignment_id=work[0].public_id, amount_cents=500, reason="!", at=now)
        payout = request_payout(worker=work[0].worker.public_id, currency="USD", at=now)
        send_payout(payout_id=payout.pk, at=now)
        request_payout(worker=work[1].worker.public_id, currency="USD", at=now)
        project = batch.project
        waiting = world.an_upload(lab, project, ["a", "b"])
        publish_batch(by=by, batch=waiting, confirmed_cents=sum(cost_of(waiting, project)), at=now)
        extend_batch(by=by, batch=batch, at=now, extra_assignments=1)
    assert found() == []
    return lab


def found():
    return [*audit.differences(), *money_audit.differences()]


def test_sound_books_are_told_in_one_line(books):
    out = StringIO()
    call_command("audit_ledger", stdout=out)
    (line,) = out.getvalue().splitlines()
    assert line.startswith("The books balance: ")
    assert "2 approved assignments" in line
    assert "USD: requesters $" in line


def test_the_books_stay_sound_when_everything_goes_on(books):
    jobs.publish_batches()
    assert found() == []
    jobs.fold_tallies()
    assert found() == []


@contextmanager
def rules_off():
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = origin")


DAMAGE = {
    "a balance is a cent too high": (
        "UPDATE payments_account SET balance_cents = balance_cents + 1 WHERE kind = 'requester'",
        "its transfers add up to",
    ),
    "a transfer is a cent smaller": (
        "UPDATE payments_transfer SET amount_cents = amount_cents - 1 WHERE reason = 'deposit'",
        "its transfers add up to",
    ),
    "a transfer is gone": (
        "DELETE FROM payments_transfer WHERE reason = 'deposit'",
        "but 0 was credited",
    ),
    "a transfer changed its currency": (
        "UPDATE payments_transfer SET currency = 'XTS' WHERE reason = 'deposit'",
        "is in XTS, between accounts in USD and USD",
    ),
    "a deposit settled without money": (
        "UPDATE payments_deposit SET amount_cents = amount_cents + 1",
        "was credited",
    ),
    "a payout counts as sent, and isn't": (
        "UPDATE payments_payout SET status = 'sent', finished_at = now() WHERE status = 'held'",
        "its outcome in the ledger is nothing",
    ),
    "a payout counts as failed, and was sent": (
        "UPDATE payments_payout SET status = 'failed' WHERE status = 'sent'",
        "its outcome in the ledger is payout_sent",
    ),
    "money is in payout for no payout": (
        "DELETE FROM payments_payout WHERE status = 'held'",
        "open payouts say 0",
    ),
    "approved work is not paid": (
        "UPDATE tasks_assignment SET status = 'Approved', approved_at = now()"
        " WHERE status = 'Submitted'",
        "0 transfers moved 0",
    ),
    "work is paid that is not approved": (
        "UPDATE tasks_assignment SET status = 'Submitted' WHERE status = 'Approved'",
        "assignment",
    ),
    "a reward is paid twice": (
        "INSERT INTO payments_transfer (key, debit_id, credit_id, amount_cents, currency, reason,"
        " reference, note, at) SELECT key || ':again', debit_id, credit_id, amount_cents,"
        " currency, reason, reference, note, at FROM payments_transfer WHERE reason = 'reward'",
        "2 transfers moved 300",
    ),
    "a reward went to somebody else": (
        "UPDATE payments_transfer SET credit_id = (SELECT id FROM payments_account WHERE"
        " kind = 'fees' AND currency = 'USD') WHERE reason = 'reward'",
        "cents of reward are due once",
    ),
    "a fee is missing": (
        "DELETE FROM payments_transfer WHERE reason = 'fee'",
        "30 cents of fee are due once",
    ),
    "a HIT's reward was changed": (
        "UPDATE tasks_hit SET reward_cents = reward_cents + 1 WHERE approved_count > 0",
        "its slots need",
    ),
    "a slot opened without escrow": (
        "UPDATE tasks_hit SET open_slots = open_slots + 1, max_assignments = max_assignments + 1"
        " WHERE reward_cents > 0",
        "its slots need",
    ),
    "a rejection's money is held no longer, and wasn't returned": (
        "UPDATE tasks_assignment SET held_until = NULL WHERE held_until IS NOT NULL",
        "its slots need",
    ),
    "escrow belongs to no HIT": (
        "UPDATE tasks_hit SET escrow_id = (SELECT id FROM payments_account WHERE kind = 'fees'"
        " AND currency = 'USD') WHERE reward_cents > 0",
        "for no HIT",
    ),
    "live work is held in play money": (
        "UPDATE tasks_hittype SET is_sandbox = NOT is_sandbox",
        "one side of sandbox and live",
    ),
    "a counter is wrong": (
        "UPDATE tasks_hit SET rejected_count = rejected_count + 1, max_assignments ="
        " max_assignments + 1 WHERE reward_cents > 0",
        "its assignments are",
    ),
    "an assignment is gone": (
        "DELETE FROM tasks_assignment WHERE status = 'Rejected'",
        "its assignments are",
    ),
    "a publishing batch has skipped a row": (
        "UPDATE tasks_batch SET published_rows = 1 WHERE status = 'publishing'",
        "cents for HITs to publish",
    ),
    "a published batch still holds money": (
        "UPDATE tasks_batch SET status = 'published', published_at = now()"
        " WHERE status = 'publishing'",
        "it should hold 0",
    ),
    "an extension lacks what it needs": (
        "UPDATE tasks_batchextension SET extra_assignments = 2",
        "while under way",
    ),
    "a finished extension still holds money": (
        "UPDATE tasks_batchextension SET finished_at = now()",
        "nothing once finished",
    ),
    "a bonus was not paid": (
        "UPDATE tasks_bonus SET amount_cents = amount_cents + 1",
        "501 cents were given; 500 moved",
    ),
    "a bonus was paid that nobody gave": ("DELETE FROM tasks_bonus", "0 cents were given; 500"),
    "a batch's counter is wrong": (
        "UPDATE tasks_batch SET approved_count = approved_count + 1 WHERE status = 'published'",
        "and its tallies say",
    ),
    "a tally is lost": ("DELETE FROM tasks_tally", "its HITs add up to"),
    "a group's counter is wrong": (
        "UPDATE tasks_hittype SET hits_available = hits_available + 1",
        "HITs can be accepted",
    ),
    "the tallies' trigger is off": (
        "ALTER TABLE tasks_hit DISABLE TRIGGER tasks_tally_changed",
        "the trigger tasks_tally_changed",
    ),
    "the tallies' trigger is gone": (
        "DROP TRIGGER tasks_tally_added ON tasks_hit",
        "the trigger tasks_tally_added",
    ),
    "the ledger can be rewritten": (
        "ALTER TABLE payments_transfer DISABLE TRIGGER payments_transfer_append_only",
        "the ledger's trigger payments_transfer_append_only",
    ),
    "balances no longer follow": (
        "DROP TRIGGER payments_apply_transfers ON payments_transfer",
        "the ledger's trigger payments_apply_transfers",
    ),
    "accounts may be overdrawn": (
        "ALTER TABLE payments_account DROP CONSTRAINT account_never_overdrawn",
        "the ledger's constraint account_never_overdrawn",
    ),
    "nothing is overdrawn any more, whatever the balance": (
        "ALTER TABLE payments_account DROP CONSTRAINT account_never_overdrawn;"
        " ALTER TABLE payments_account ADD CONSTRAINT account_never_overdrawn CHECK (TRUE)",
        "the ledger's constraint account_never_overdrawn is missing, disabled or another",
    ),
    "a rule is not checked of old rows": (
        "ALTER TABLE payments_transfer DROP CONSTRAINT transfer_between_two_accounts;"
        " ALTER TABLE payments_transfer ADD CONSTRAINT transfer_between_two_accounts"
        " CHECK (NOT (debit_id = credit_id)) NOT VALID",
        "the ledger's constraint transfer_between_two_accounts",
    ),
    "a fact may move money twice": (
        "ALTER TABLE payments_transfer DROP CONSTRAINT payments_transfer_key_key",
        "the ledger's constraint payments_transfer_key_key",
    ),
    "a worker may have two payouts in a batch": (
        "ALTER TABLE payments_payout DROP CONSTRAINT one_payout_in_a_batch",
        "the ledger's constraint one_payout_in_a_batch",
    ),
    "a worker may have two open payouts": (
        "DROP INDEX one_open_payout_per_worker",
        "the ledger's index one_open_payout_per_worker",
    ),
    "a worker may have two payouts that are sent": (
        "DROP INDEX one_open_payout_per_worker; CREATE UNIQUE INDEX one_open_payout_per_worker"
        " ON payments_payout (worker, currency) WHERE status IN ('held', 'unknown')",
        "the ledger's index one_open_payout_per_worker",
    ),
    "an index of open payouts refuses nothing": (
        "DROP INDEX one_open_payout_per_worker; CREATE INDEX one_open_payout_per_worker"
        " ON payments_payout (worker, currency) WHERE status IN ('held', 'sending', 'unknown')",
        "the ledger's index one_open_payout_per_worker",
    ),
    "an index was not built to its end": (
        "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'one_open_top_up'::regclass",
        "the ledger's index one_open_top_up",
    ),
    "the rule against rewriting does nothing": (
        "CREATE OR REPLACE FUNCTION payments_refuse_rewriting() RETURNS trigger"
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "the ledger's function payments_refuse_rewriting",
    ),
    "a trigger runs another function": (
        "DROP TRIGGER payments_account_by_transfers ON payments_account;"
        " CREATE TRIGGER payments_account_by_transfers BEFORE UPDATE ON payments_account"
        " FOR EACH ROW EXECUTE FUNCTION tasks_tally_added()",
        "the ledger's trigger payments_account_by_transfers",
    ),
    "a trigger runs at another time": (
        "DROP TRIGGER payments_transfer_append_only ON payments_transfer;"
        " CREATE TRIGGER payments_transfer_append_only BEFORE UPDATE ON payments_transfer"
        " FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting()",
        "the ledger's trigger payments_transfer_append_only",
    ),
    "a trigger runs under a condition that is never met": (
        "DROP TRIGGER payments_account_stays ON payments_account;"
        " CREATE TRIGGER payments_account_stays BEFORE DELETE ON payments_account"
        " FOR EACH ROW WHEN (FALSE) EXECUTE FUNCTION payments_refuse_rewriting()",
        "the ledger's trigger payments_account_stays",
    ),
    "currencies may mix": (
        "ALTER TABLE payments_transfer DROP CONSTRAINT transfer_debit_account_currency",
        "the ledger's constraint transfer_debit_account_currency",
    ),
}


def invented(reason, debit, credit):
    """A transfer by which a bug, or anybody who may write rows, moves money: no rule forbids it.
    `debit` and `credit` are kinds of accounts."""
    account = "(SELECT id FROM payments_account WHERE kind = '{}' AND currency = 'USD'"
    account += " ORDER BY balance_cents DESC NULLS LAST LIMIT 1)"
    return (
        "INSERT INTO payments_transfer (key, debit_id, credit_id, amount_cents, currency, reason,"
        f" reference, note, at) SELECT 'invented', {account.format(debit)},"
        f" {account.format(credit)}, 5, 'USD', '{reason}', 'x', '', now()"
    )


INVENTED = {
    "a worker is given the requester's money": ("release", "requester", "worker"),
    "the operator's fees go to a worker": ("operator", "fees", "worker"),
    "a held deposit is freed from the world outside": ("deposit_freed", "clearing", "requester"),
    "a payout that was sent is the worker's again": ("payout_sent", "in_payout", "worker"),
    "a balance leaves without a refund": ("refund_sent", "requester", "clearing"),
    "live money is granted as play money is": ("play_grant", "clearing", "requester"),
    "money moves for no known reason": ("gift", "requester", "fees"),
}


@pytest.mark.parametrize("what", INVENTED)
def test_a_movement_that_does_not_exist_is_found(books, what):
    reason, source, target = INVENTED[what]
    with connection.cursor() as cursor:
        cursor.execute(invented(reason, source, target))
    assert (
        f"transfer invented moved 5 USD cents from {source} to {target}: there is no such "
        f"movement as {reason}"
    ) in found()


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_found(books, kind):
    statement, words = DAMAGE[kind]
    with rules_off() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert any(words in sentence for sentence in found()), found()


def test_a_rule_that_a_dump_wrote_in_another_way_is_the_same(books):
    """`ANY (ARRAY[...]::text[])` comes back from a restore with a cast of each element."""
    definition = "SELECT pg_get_indexdef('one_open_payout_per_worker'::regclass)"
    with rules_off() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(definition)
        (written,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX one_open_payout_per_worker; {written}")
        cursor.execute(definition)
        assert cursor.fetchone() != (written,)
    assert found() == []


def test_the_command_fails_and_says_what_is_wrong(books):
    with rules_off() as cursor:
        cursor.execute(DAMAGE["a balance is a cent too high"][0])
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_ledger", stdout=out, stderr=err)
    assert stopped.value.code == 1
    assert "its transfers add up to" in out.getvalue()
    assert "differences: the books don't balance" in err.getvalue()
