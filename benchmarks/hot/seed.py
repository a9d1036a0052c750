"""A marketplace with N open HITs whose escrow is held, laid down by SQL in seconds.

The rows are those that publishing writes, transfers included, so the audit must find nothing.
"""

from django.db import connection

from benchmarks.hot.clients import Hand
from marketplace import clock
from marketplace.accounts.acting import acting_for
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.models import User
from payments import ledger
from payments.actions.make_deposit import make_deposit
from payments.actions.settle_deposit import settle_deposit
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
    with connection.cursor() as cursor:
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


_INSERT = """
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT '3' || upper(substr(md5(%(group)s || '-' || n), 1, 29)) AS name, n
  FROM generate_series(1, %(count)s) n;

INSERT INTO payments_account (kind, holder, currency, balance_cents)
SELECT 'escrow', name, 'USD', 0 FROM wanted;

INSERT INTO payments_transfer
       (key, debit_id, credit_id, amount_cents, currency, reason, reference, note, at)
SELECT 'hold:' || w.name || ':1', %(source)s, a.id, %(slots)s * %(reward)s, 'USD', 'hold',
       w.name, '', %(at)s
  FROM wanted w JOIN payments_account a ON a.kind = 'escrow' AND a.holder = w.name;

INSERT INTO tasks_hit
       (public_id, hit_type_id, question_id, inputs, annotation, reward_cents, fee_cents,
        escrow_id, escrow_moves, max_assignments, open_slots, accepted_count, submitted_count,
        approved_count, rejected_count, is_reviewing, shuffle, created_at, expires_at)
SELECT w.name, %(group)s, %(question)s, jsonb_build_object('text', 'row ' || w.n), '',
       %(reward)s, 0, a.id, 1, %(slots)s, %(slots)s, 0, 0, 0, 0, false,
       floor(random() * 2147483646)::int, %(at)s, %(at)s + interval '7 days'
  FROM wanted w JOIN payments_account a ON a.kind = 'escrow' AND a.holder = w.name;

UPDATE tasks_hittype SET newest_hit_at = %(at)s, last_expiry_at = %(at)s + interval '7 days'
 WHERE id = %(group)s;
"""


def analyse() -> None:
    """What the server's autovacuum would come round to: else the first plans are blind."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
