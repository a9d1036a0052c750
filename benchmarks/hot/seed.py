"""A marketplace with N open HITs whose escrow is held, laid down by SQL in seconds.

The rows are those that publishing writes, transfers included, so the audit must find nothing.
"""

from django.db import connection, transaction

from benchmarks.hot.clients import Hand
from marketplace import clock
from marketplace.accounts.acting import acting_for
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.models import User
from payments import ledger
from payments.actions.make_deposit import make_deposit
from payments.gateway.deposits import settle_deposit
from payments.models import AccountKind
from tasks.actions.create_hit_type import hit_type_for
from tasks.questions.layout import question_for
from workers.actions.become_worker import become_worker

REWARD_CENTS = 5
CONNECTIONS = 8


def make_people(workers_per_connection: int) -> tuple[User, str, list[list[Hand]]]:
    """A requester's owner with a token, and workers with tokens for each connection."""
    at = clock.now()
    owner = User.objects.create_user("owner@bench.test", None)
    requester = create_requester(user=owner, name="Bench", at=at)
    _, token = create_api_token(user=owner, acting=acting_for(owner, requester), at=at)
    hands = [
        [_hand(f"w{line}-{number}@bench.test") for number in range(workers_per_connection)]
        for line in range(CONNECTIONS)
    ]
    return owner, token, hands


def _hand(email: str) -> Hand:
    at = clock.now()
    user = User.objects.create_user(email, None)
    worker = become_worker(user=user, country="US", at=at)
    return Hand(pk=worker.pk, token=create_api_token(user=user, at=at)[1])


def open_hits(owner: User, title: str, count: int, max_assignments: int) -> tuple[str, int]:
    """`count` HITs of a new group; its public id and primary key."""
    at = clock.now()
    requester = owner.requesters.get()
    by = acting_for(owner, requester)
    cents = count * max_assignments * REWARD_CENTS
    deposit = make_deposit(by=by, user=owner, amount_cents=cents, currency="USD", at=at)
    settle_deposit(deposit_id=deposit.pk, at=clock.now())
    group = hit_type_for(
        requester=requester,
        is_sandbox=False,
        terms={
            "title": title,
            "description": "Seeded for a measurement.",
            "keywords": "",
            "reward_cents": REWARD_CENTS,
            "assignment_seconds": 3600,
            "auto_approve_seconds": 86_400,
            "requirements": [],
        },
        at=at,
    )
    question = question_for("<p>${text}</p><input name='answer'>")
    source = ledger.account(AccountKind.REQUESTER, requester.public_id, "USD")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "group": group.pk,
                "count": count,
                "slots": max_assignments,
                "reward": REWARD_CENTS,
                "question": question.pk,
                "source": source,
                "at": at,
            },
        )
        cursor.execute("SELECT count(*) FROM tasks_hit WHERE hit_type_id = %s", [group.pk])
        assert cursor.fetchone()[0] == count
    return group.public_id, group.pk


# Triggers are off: checking a million rows' foreign keys one by one takes longer than the rest.
# What they would have written is written here, and the audit at the end recomputes it.
_INSERT = """
SET LOCAL session_replication_role = replica;

CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT '3' || upper(substr(md5(%(group)s || '-' || n), 1, 29)) AS name, n,
       nextval(pg_get_serial_sequence('payments_account', 'id')) AS account
  FROM generate_series(1, %(count)s) n;

INSERT INTO payments_account (id, kind, holder, currency, balance_cents)
SELECT account, 'escrow', name, 'USD', %(slots)s * %(reward)s FROM wanted;

UPDATE payments_account SET balance_cents = balance_cents - %(count)s * %(slots)s * %(reward)s
 WHERE id = %(source)s;

INSERT INTO payments_transfer
       (key, debit_id, credit_id, amount_cents, currency, reason, reference, note, at)
SELECT 'hold:' || name || ':1', %(source)s, account, %(slots)s * %(reward)s, 'USD', 'hold',
       name, '', %(at)s
  FROM wanted;

INSERT INTO tasks_hit
       (public_id, hit_type_id, question_id, inputs, annotation, reward_cents, fee_cents,
        escrow_id, escrow_moves, max_assignments, open_slots, accepted_count, submitted_count,
        approved_count, rejected_count, is_reviewing, shuffle, created_at, expires_at)
SELECT name, %(group)s, %(question)s, jsonb_build_object('text', 'row ' || n), '',
       %(reward)s, 0, account, 1, %(slots)s, %(slots)s, 0, 0, 0, 0, false,
       floor(random() * 2147483646)::int, %(at)s, %(at)s + interval '7 days'
  FROM wanted;

UPDATE tasks_hittype
   SET newest_hit_at = %(at)s, last_expiry_at = %(at)s + interval '7 days',
       hits_available = %(count)s
 WHERE id = %(group)s;
"""


def analyse() -> None:
    """What the server's autovacuum would come round to: else the first plans are blind."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
