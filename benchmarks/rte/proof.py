"""What must hold when all is done. Each check gives a sentence, and whether it holds."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from benchmarks.rte import data

# Mechanical Turk's columns in Mechanical Turk's order, written down here once more: the file is
# checked against what scripts of today expect, not against the code that writes it.
BEFORE = [
    "HITId",
    "HITTypeId",
    "Title",
    "Description",
    "Keywords",
    "Reward",
    "CreationTime",
    "MaxAssignments",
    "RequesterAnnotation",
    "AssignmentDurationInSeconds",
    "AutoApprovalDelayInSeconds",
    "Expiration",
    "NumberOfSimilarHITs",
    "LifetimeInSeconds",
    "AssignmentId",
    "WorkerId",
    "AssignmentStatus",
    "AcceptTime",
    "SubmitTime",
    "AutoApprovalTime",
    "ApprovalTime",
    "RejectionTime",
    "RequesterFeedback",
    "WorkTimeInSeconds",
    "LifetimeApprovalRate",
    "Last30DaysApprovalRate",
    "Last7DaysApprovalRate",
]
INPUTS = ["Input.hypothesis", "Input.item_id", "Input.text"]
AFTER = ["Answer.entails", "Approve", "Reject"]


@dataclass(frozen=True, slots=True)
class Check:
    """One sentence about the outcome."""

    holds: bool
    says: str


def of_file(
    text: str, answers: data.Answers, worker_ids: Mapping[str, str], right: int | None
) -> Iterator[Check]:
    """The downloaded results: complete, each worker's own answers, and the majority's score."""
    reader = csv.DictReader(io.StringIO(text))
    header = list(reader.fieldnames or [])
    rows = list(reader)
    yield Check(header == [*BEFORE, *INPUTS, *AFTER], "every column, in Mechanical Turk's order")
    yield Check(len(rows) == answers.count, f"{len(rows):,} of {answers.count:,} rows in the file")
    paid = sum(row["AssignmentStatus"] == "Approved" for row in rows)
    yield Check(paid == answers.count, f"{paid:,} rows are approved")
    filled = all(
        row[name] for row in rows for name in ("HITId", "SubmitTime", "ApprovalTime", *INPUTS)
    )
    yield Check(filled, "no row lacks an id, a time or an input")
    said = {
        (worker_ids[worker], item): answer
        for worker, own in answers.by_worker.items()
        for item, answer in own
    }
    found = {(row["WorkerId"], row["Input.item_id"]): row["Answer.entails"] for row in rows}
    yield Check(found == said, "every answer is the one that this worker gave to this pair")
    votes: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        votes[row["Input.item_id"]].append(row["Answer.entails"])
    score = data.right_by_majority(votes, answers.truth)
    of = len(answers.pairs)
    yield Check(
        len(votes) == of and right in (None, score),
        f"majority over the file, ties to 0: right on {score} of {of} ({score / of:.5f})",
    )


def of_books(batch: int, answers: data.Answers, reward_cents: int) -> Iterator[Check]:
    """Every transfer that has to do with the batch: one reward an assignment, and nothing else."""
    moved = _moved_for(batch)
    rewards, cents = moved.get("reward", (0, 0))
    yield Check(rewards == answers.count, f"{rewards:,} assignments were paid a reward")
    whole = answers.count * reward_cents
    yield Check(cents == whole, f"rewards come to {cents:,} cents; {whole:,} were due")
    wanted = {"batch_hold", "hold", "reward"}
    others = ", ".join(sorted(moved.keys() - wanted)) or "none"
    yield Check(moved.keys() == wanted, f"other transfers for this work: {others}")
    twice = _count(
        "SELECT count(*) FROM (SELECT reference FROM payments_transfer WHERE reason = 'reward'"
        " GROUP BY reference HAVING count(*) > 1) again"
    )
    yield Check(twice == 0, f"{twice} assignments were paid twice")


def of_everything(payouts: int, hits: int, answers: data.Answers) -> Iterator[Check]:
    """In an installation where nothing else ever happened: all transfers there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason, count(*) FROM payments_transfer GROUP BY reason")
        found = Counter(dict(cursor.fetchall()))
    wanted = Counter(
        deposit=1,
        batch_hold=1,
        hold=hits,
        reward=answers.count,
        payout=payouts,
        payout_sent=payouts,
    )
    told = ", ".join(f"{number:,} {reason}" for reason, number in sorted(found.items()))
    yield Check(found == wanted, f"all transfers in the ledger: {told}")


def of_payouts(workers: Sequence[str], answers: data.Answers, reward_cents: int) -> Check:
    """What has arrived at the gateway's own books is what the workers earned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(amount_cents), 0) FROM payments_playpayout"
            " WHERE destination = ANY(%s)",
            [list(workers)],
        )
        number, cents = cursor.fetchone()
    whole = answers.count * reward_cents
    return Check(
        number == len(workers) and cents == whole,
        f"{number} payouts of {cents:,} cents in all arrived for {len(workers)} workers",
    )


def _moved_for(batch: int) -> dict[str, tuple[int, int]]:
    """{reason: (transfers, cents)} of the batch, its HITs and their assignments."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH things AS (
                SELECT 'batch:' || %(batch)s AS reference
                UNION ALL SELECT public_id FROM tasks_hit WHERE batch_id = %(batch)s
                UNION ALL SELECT a.public_id FROM tasks_assignment a
                            JOIN tasks_hit h ON h.id = a.hit_id WHERE h.batch_id = %(batch)s)
            SELECT t.reason, count(*), sum(t.amount_cents)
              FROM payments_transfer t JOIN things USING (reference) GROUP BY t.reason
            """,
            {"batch": batch},
        )
        return {reason: (number, int(cents)) for reason, number, cents in cursor.fetchall()}


def _count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
