"""A worker accepts work: the next HIT of a group, or one HIT by name.

This is the hot path, so it is SQL: one statement to read what decides, and one round trip that
takes the worker's lock and a slot, and commits. What may be accepted is decided here for every
interface.
"""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from marketplace import ids
from marketplace.errors import NotFound
from marketplace.postgres import prepared
from tasks.actions.give_back import abandon_overdue
from tasks.errors import AlreadyDone, Blocked, HITTaken, NoMoreWork, NotEligible, QueueFull
from tasks.locks import accepting_key
from tasks.models.hit import SHUFFLE_RANGE
from workers import eligibility
from workers.models import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A new assignment, by public ids."""

    assignment_id: str
    hit_id: str
    group_id: str
    accepted_at: datetime
    deadline_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What decides whether a worker may accept in a group."""

    pk: int
    public_id: str
    assignment_seconds: int
    requirements: list[dict[str, Any]]
    is_open: bool
    is_blocked: bool
    in_work: int


_GATE = """
SELECT t.id, t.public_id, t.assignment_seconds, t.requirements,
       t.taken_down_at IS NULL AND r.suspended_at IS NULL,
       (SELECT b.id FROM workers_workerblock b
         WHERE b.worker_id = %(worker)s AND b.requester_id = t.requester_id
           AND b.is_sandbox = t.is_sandbox AND b.unblocked_at IS NULL) IS NOT NULL,
       (SELECT count(*) FROM tasks_assignment a
         WHERE a.worker_id = %(worker)s AND a.status = 'Accepted' AND a.deadline_at > %(at)s)
  FROM tasks_hittype t JOIN accounts_requester r ON r.id = t.requester_id
 WHERE t.{column} = %(value)s
"""

# Subqueries and not joins where one row is meant: the plan is kept, and may be made while tables
# are small, so it must not be able to become one that reads a whole index.
#
# The lock is a statement of its own, so that what follows reads after it was granted; sent in
# one string, the two are one transaction. The limit is looked at again under the lock.
_LOCK = "SELECT pg_advisory_xact_lock(%(lock)s); "

_TAKE = """
WITH pick AS (
    SELECT h.id FROM tasks_hit h
     WHERE {which} AND h.open_slots > 0 AND h.expires_at > %(at)s
       AND (SELECT count(*) FROM tasks_assignment a WHERE a.worker_id = %(worker)s
               AND a.status = 'Accepted' AND a.deadline_at > %(at)s) < %(limit)s
       AND (SELECT a.id FROM tasks_assignment a
             WHERE a.hit_id = h.id AND a.worker_id = %(worker)s) IS NULL
     {how}),
took AS (
    UPDATE tasks_hit h SET open_slots = open_slots - 1, accepted_count = accepted_count + 1
     WHERE h.id = (SELECT id FROM pick)
 RETURNING h.id, h.public_id)
INSERT INTO tasks_assignment
       (public_id, hit_id, worker_id, status, accepted_at, deadline_at, feedback, decided_by)
SELECT %(assignment)s, took.id, %(worker)s, 'Accepted', %(at)s, %(deadline)s::timestamptz, '', ''
  FROM took
RETURNING (SELECT public_id FROM took)
"""

# A free HIT from a random place on: nobody waits, and finished rows don't pile up in front.
_NEXT = _TAKE.format(
    which="h.hit_type_id = %(group)s AND h.shuffle >= %(start)s",
    how="ORDER BY h.shuffle LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
)
_THIS = _TAKE.format(which="h.id = %(hit)s", how="FOR NO KEY UPDATE")


def accept_next(*, worker: Worker, group_id: str, at: datetime) -> Accepted:
    """Give `worker` a HIT of the group that it has never had.

    Raises NotFound, NotEligible, QueueFull, and NoMoreWork where no HIT is free for it.
    """
    group = _enter(worker, "public_id", group_id, at)
    accepted = _next_of(worker, group, at)
    if not accepted and abandon_overdue(at=at, hit_type_id=group.pk):
        accepted = _next_of(worker, group, at)
    if not accepted:
        _enter(worker, "id", group.pk, at)  # the queue may have filled on another connection
        raise NoMoreWork(
            "There are no more of these HITs for you: the rest are done, in work, or ones "
            "you have had before."
        )
    return accepted


def accept_hit(*, worker: Worker, hit_id: str, at: datetime) -> Accepted:
    """Give `worker` this HIT. Raises as accept_next, and HITTaken or AlreadyDone."""
    hit, group_pk = _find_hit(hit_id)
    group = _enter(worker, "id", group_pk, at)
    accepted = _take(_THIS, {"hit": hit}, worker, group, at)
    if not accepted and abandon_overdue(at=at, hit_id=hit):
        accepted = _take(_THIS, {"hit": hit}, worker, group, at)
    if not accepted:
        _enter(worker, "id", group_pk, at)  # the queue may have filled on another connection
        raise _why_not(hit, worker)
    return accepted


def _next_of(worker: Worker, group: _Group, at: datetime) -> Accepted | None:
    """Look for a free HIT from a random place on, then from the first."""
    start = random.randrange(SHUFFLE_RANGE)  # noqa: S311 - spreads load, guards nothing
    slot = {"group": group.pk}
    return _take(_NEXT, slot | {"start": start}, worker, group, at) or _take(
        _NEXT, slot | {"start": 0}, worker, group, at
    )


def _enter(worker: Worker, column: str, value: str | int, at: datetime) -> _Group:
    """The group, or what forbids this worker to accept in it."""
    with connection.cursor() as cursor:
        prepared.execute(
            cursor,
            _GATE.format(column=column),
            {"worker": worker.pk, "at": at, "value": value},
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such group of HITs.")
    pk, public_id, seconds, requirements, is_open, is_blocked, in_work = row
    if isinstance(requirements, str):
        requirements = json.loads(requirements)
    group = _Group(
        pk=pk,
        public_id=public_id,
        assignment_seconds=seconds,
        requirements=requirements,
        is_open=is_open,
        is_blocked=is_blocked,
        in_work=in_work,
    )
    _require_entry(group, worker)
    return group


def _require_entry(group: _Group, worker: Worker) -> None:
    if not group.is_open:
        raise NoMoreWork("This work has been taken down. What you have submitted is not affected.")
    if group.is_blocked:
        raise Blocked("This requester does not take work from you, so its HITs can't be accepted.")
    facts = eligibility.facts_of(worker, group.requirements)
    missing = eligibility.unmet(group.requirements, facts, action="accept")
    if missing:
        if eligibility.unmet(group.requirements, facts, action="discover"):
            raise NotFound("There is no such group of HITs.")  # nor what it asks for
        kinds = eligibility.kinds_in(missing)
        words = [eligibility.in_words(requirement, kinds) for requirement in missing]
        raise NotEligible(
            "You don't qualify for this: it asks " + "; ".join(words) + ".", unmet=words
        )
    if group.in_work >= settings.MANYHANDS_QUEUE_LIMIT:
        raise QueueFull(
            "You have accepted the maximum number of HITs allowed at one time "
            f"({settings.MANYHANDS_QUEUE_LIMIT}). Submit or return some of your queue first."
        )


def _take(
    statement: str, slot: dict[str, Any], worker: Worker, group: _Group, at: datetime
) -> Accepted | None:
    assignment_id = ids.work_id()
    deadline = at + timedelta(seconds=group.assignment_seconds)
    with connection.cursor() as cursor:
        prepared.execute(
            cursor,
            statement,
            slot
            | {
                "lock": accepting_key(worker.pk),
                "limit": settings.MANYHANDS_QUEUE_LIMIT,
                "worker": worker.pk,
                "at": at,
                "deadline": deadline,
                "assignment": assignment_id,
            },
            before=_LOCK,
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Accepted(
        assignment_id=assignment_id,
        hit_id=row[0],
        group_id=group.public_id,
        accepted_at=at,
        deadline_at=deadline,
    )


def _find_hit(hit_id: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, hit_type_id FROM tasks_hit WHERE public_id = %s AND disposed_at IS NULL",
            [hit_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such HIT, or it is gone.")
    return row


def _why_not(hit: int, worker: Worker) -> HITTaken | AlreadyDone:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM tasks_assignment WHERE hit_id = %s AND worker_id = %s",
            [hit, worker.pk],
        )
        if cursor.fetchone():
            return AlreadyDone("You have had this HIT before; each worker does a HIT once.")
    return HITTaken("Somebody else took the last place of this HIT, or its time is up.")
