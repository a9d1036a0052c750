"""Many decisions at once: written down first, then carried out in chunks by a job.

A run's decisions are rows; decisions and their outcomes commit together, so a process that dies
leaves no decision half done, and the next one goes on with what has no outcome. A transaction
carries out one decision on many assignments, never two: the second would lock assignments after
accounts, and deadlock with whoever locks in order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.clock import Clock
from marketplace.errors import DomainError, InsufficientFunds, InvalidInput, NotFound
from tasks.actions.decide import MAX_FEEDBACK, Decided, approve_assignments, reject_assignments
from tasks.models import Assignment, Batch, ReviewItem, ReviewRun

CHUNK = 50
LEASE = timedelta(seconds=60)
DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One line of a run: what to do to one assignment (by primary key)."""

    assignment: int
    decision: str
    feedback: str = ""


def start_run(
    *, by: Acting, batch: Batch, decisions: Iterable[Decision], at: datetime
) -> ReviewRun:
    """Write down decisions, one per assignment of this batch. The caller has checked that the
    assignments are the batch's. Raises InvalidInput for a reason too long."""
    with transaction.atomic():
        run = _new_run(by, batch, at)
        for chunk in _in_chunks(decisions, 1000):
            if any(len(d.feedback) > MAX_FEEDBACK for d in chunk):
                raise InvalidInput(f"A reason has at most {MAX_FEEDBACK} characters.")
            run.total += len(chunk)
            ReviewItem.objects.bulk_create(
                ReviewItem(
                    run=run,
                    assignment_id=d.assignment,
                    decision=d.decision,
                    feedback=d.feedback,
                )
                for d in chunk
            )
        run.save(update_fields=["total"])
    return run


def start_run_on(
    *,
    by: Acting,
    batch: Batch,
    chosen: QuerySet[Assignment],
    decision: str,
    feedback: str,
    at: datetime,
) -> ReviewRun:
    """Write down one decision on all of `chosen`, however many: they are not read here, and
    ones submitted later are not in it."""
    if len(feedback) > MAX_FEEDBACK:
        raise InvalidInput(f"The reason is longer than {MAX_FEEDBACK} characters.", field="reason")
    with transaction.atomic():
        run = _new_run(by, batch, at)
        mine = chosen.filter(hit__batch=batch).order_by("pk").values("pk")
        try:
            query, parameters = mine.query.sql_with_params()
        except EmptyResultSet:  # Django knows without asking that nothing was chosen
            return run
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tasks_reviewitem (run_id, assignment_id, decision, feedback, outcome)"  # noqa: S608
                f" SELECT %s, chosen.id, %s, %s, '' FROM ({query}) AS chosen(id)",
                [run.pk, decision, feedback, *parameters],
            )
            run.total = cursor.rowcount
        run.save(update_fields=["total"])
    return run


def _new_run(by: Acting, batch: Batch, at: datetime) -> ReviewRun:
    by.require(Role.REVIEWER)
    if batch.requester_id != by.requester.pk:
        raise NotFound("There is no such batch.")
    run = ReviewRun.objects.create(batch=batch, made_by=by.trail, role=by.role, created_at=at)
    trail.record(
        action="start_review_run", actor=by.trail, subject=("batch", batch.pk), at=at, run=run.pk
    )
    return run


def _in_chunks(decisions: Iterable[Decision], size: int) -> Iterable[tuple[Decision, ...]]:
    rest = iter(decisions)
    while chunk := tuple(islice(rest, size)):
        yield chunk


def go_on_with_run(*, run_id: int, now: Clock) -> bool:
    """Carry out what is left of a run; False where another process is at it."""
    at = now()
    free = ReviewRun.objects.filter(pk=run_id, finished_at=None)
    if not free.exclude(lease_until__gt=at).update(lease_until=at + LEASE):
        return False
    while _carry_out_chunk(run_id, now):
        pass
    return True


def _carry_out_chunk(run_id: int, now: Clock) -> bool:
    """The next decisions in order, those that are the same together; False when none is left."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    rest = ReviewItem.objects.filter(run=run_id, outcome="").order_by("pk")
    for pk, decision, feedback in rest.values_list("pk", "decision", "feedback")[:CHUNK]:
        groups[decision, feedback].append(pk)
    if not groups:
        ReviewRun.objects.filter(pk=run_id, finished_at=None).update(finished_at=now())
        return False
    for (decision, feedback), members in groups.items():
        try:
            _carry_out_group(run_id, decision, feedback, members, now())
        except InsufficientFunds:  # for one of them: the others need not wait for it
            for member in members:
                _carry_out_group(run_id, decision, feedback, [member], now())
    return True


def _carry_out_group(
    run_id: int, decision: str, feedback: str, members: list[int], at: datetime
) -> None:
    """One decision on some assignments, in one transaction with their outcomes.

    Raises InsufficientFunds, having done nothing, where it is for more than one of them.
    """
    with transaction.atomic():
        run = (
            ReviewRun.objects.select_for_update(no_key=True, of=("self",))
            .select_related("batch__requester")
            .get(pk=run_id)
        )
        # Read under the lock: what another process has done meanwhile has its outcome.
        items = list(
            run.items.filter(pk__in=members, outcome="")
            .select_related("assignment")
            .only("run", "outcome", "assignment__public_id")
        )
        by = Acting(requester=run.batch.requester, role=Role(run.role), trail=run.made_by)
        _carry_out(by, decision, feedback, items, at)
        ReviewItem.objects.bulk_update(items, ["outcome"])
        run.lease_until = at + LEASE
        run.save(update_fields=["lease_until"])


def _carry_out(
    by: Acting, decision: str, feedback: str, items: list[ReviewItem], at: datetime
) -> None:
    """Give each item its outcome: done, or why not."""
    named = {item.assignment.public_id: item for item in items}
    try:
        with transaction.atomic():
            decided = _decide(by, decision, feedback, list(named), at)
    except DomainError as error:
        if isinstance(error, InsufficientFunds) and len(items) > 1:
            raise
        decided = Decided(refused=dict.fromkeys(named, error))
    for public_id in chain(decided.done, decided.refused):
        refusal = decided.refused.get(public_id)
        named[public_id].outcome = refusal.message[:300] if refusal else DONE


def _decide(by: Acting, decision: str, feedback: str, ids: list[str], at: datetime) -> Decided:
    if decision == ReviewItem.Decision.REJECT:
        return reject_assignments(by=by, assignment_ids=ids, at=at, feedback=feedback)
    return approve_assignments(
        by=by, assignment_ids=ids, at=at, feedback=feedback, undo_rejection=True
    )
