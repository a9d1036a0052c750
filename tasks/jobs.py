"""The clock of work. Everything due is found by query, so a job that is lost, doubled or run by
two processes at once changes nothing. Actions only hurry a job along after their commit."""

from collections.abc import Callable
from typing import Any

import structlog
from celery import shared_task
from django.db.models import Q, QuerySet

from marketplace import clock
from marketplace.models import Heartbeat
from marketplace.postgres.away import is_away
from payments import audit
from payments.actions.note_differences import LEDGER, WORK, note_books
from tasks import measure, money_audit
from tasks.actions import clock_work
from tasks.actions.carry_out_policy import carry_out_policy_action
from tasks.actions.extend_batch import go_on_extending
from tasks.actions.forget_deliveries import forget_deliveries
from tasks.actions.forget_files import forget_files as forget_stored_files
from tasks.actions.give_back import abandon_overdue
from tasks.actions.import_rows import go_on_importing
from tasks.actions.notify import collect_events
from tasks.actions.publish_batch import go_on_publishing
from tasks.actions.review_run import go_on_with_run
from tasks.actions.run_review_policies import judge_event
from tasks.actions.upload_batch import check_batch
from tasks.gateway.notifications import deliver_due
from tasks.models import Batch, BatchExtension, Event, ImportedFile, PolicyAction, ReviewRun
from tasks.states import BatchStatus, ImportStatus

log = structlog.get_logger()
ROUNDS = 200
"""A bound on one job's rounds, so that a flood of due work can't hold a process forever."""


@shared_task(name="tasks.publish_batches")
def publish_batches() -> int:
    """Check uploaded files, publish confirmed batches, apply extensions; how many were taken."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    taken = _each(
        Batch.objects.filter(status=BatchStatus.CHECKING),
        lambda pk: bool(check_batch(batch_id=pk, at=clock.now())),
    )
    taken += _each(
        Batch.objects.filter(free, status=BatchStatus.PUBLISHING),
        lambda pk: go_on_publishing(batch_id=pk, now=clock.now),
    )
    taken += _each(
        BatchExtension.objects.filter(free, finished_at=None),
        lambda pk: go_on_extending(extension_id=pk, now=clock.now),
    )
    return taken


@shared_task(name="tasks.run_reviews")
def run_reviews() -> int:
    """Carry out review runs that nobody is at; how many were taken."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    return _each(
        ReviewRun.objects.filter(free, finished_at=None),
        lambda pk: go_on_with_run(run_id=pk, now=clock.now),
    )


@shared_task(name="tasks.read_imports")
def read_imports() -> int:
    """Check and store files from Mechanical Turk that nobody is at; how many were taken."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    return _each(
        ImportedFile.objects.filter(free, status__in=[ImportStatus.CHECKING, ImportStatus.STORING]),
        lambda pk: go_on_importing(import_id=pk, now=clock.now),
    )


@shared_task(name="tasks.run_policies")
def run_policies() -> int:
    """Judge by review policies what was submitted, and do what they want; how many steps."""
    events = Event.objects.filter(audience=Event.Audience.POLICY)
    intended = PolicyAction.objects.filter(status=PolicyAction.Status.INTENDED)
    taken = 0
    for _ in range(ROUNDS):  # what was judged is carried out, then the HITs that waited for it
        steps = _each(events, lambda pk: judge_event(event_id=pk, at=clock.now()), most=500)
        steps += _each(
            intended, lambda pk: carry_out_policy_action(action_id=pk, at=clock.now()), most=500
        )
        if not steps:
            break
        taken += steps
    return taken


@shared_task(name="tasks.send_notifications")
def send_notifications() -> int:
    """Put events into documents and send those that are due; how many documents arrived."""
    for _ in range(ROUNDS):
        if not collect_events(at=clock.now()):
            break
    return deliver_due(now=clock.now)


@shared_task(name="tasks.forget_notifications")
def forget_notifications() -> int:
    """Clear the log of what went out a month ago; how many documents."""
    return _until_none_is_due(forget_deliveries)


@shared_task(name="tasks.expire_hits")
def expire_hits() -> int:
    """Close HITs whose time is up; how many."""
    return _until_none_is_due(clock_work.expire_hits)


@shared_task(name="tasks.abandon_assignments")
def abandon_assignments() -> int:
    """Take back assignments whose deadline has passed; how many."""
    return _until_none_is_due(abandon_overdue)


@shared_task(name="tasks.auto_approve")
def auto_approve() -> int:
    """Approve and pay what nobody reviewed in time; how many."""
    return _until_none_is_due(clock_work.auto_approve)


@shared_task(name="tasks.release_rejected")
def release_rejected() -> int:
    """Return the money of rejected work after the time for appeals; how many."""
    return _until_none_is_due(clock_work.release_rejected)


@shared_task(name="tasks.dispose_hits")
def dispose_hits() -> int:
    """Dispose of HITs that have long been finished; how many."""
    return _until_none_is_due(clock_work.dispose_hits)


@shared_task(name="tasks.forget_files")
def forget_files() -> int:
    """Take away stored files that aren't wanted; how many rows were settled or went."""
    return _until_none_is_due(forget_stored_files)


@shared_task(name="tasks.fold_tallies")
def fold_tallies() -> int:
    """Bring the counters of groups and batches up to date; how many changes were added."""
    folded = clock_work.fold_tallies()
    while folded and (more := clock_work.fold_tallies()):
        folded += more
    return folded


@shared_task(name="tasks.measure_groups")
def measure_groups() -> int:
    """Measure how long the work of active groups and batches takes; how many were measured."""
    return measure.measure_active(at=clock.now())


@shared_task(name="tasks.audit_money")
def audit_money() -> int:
    """Recompute all money and all work against it; how many differences. Each goes to the log, and
    a money incident is open until an audit finds none."""
    now = clock.now()
    parts = {LEDGER: list(audit.differences()), WORK: list(money_audit.differences())}
    for part, sentences in parts.items():
        for sentence in sentences:
            log.error("ledger.difference", difference=sentence)
        note_books(sentences, part=part, at=now)
    found = sum(map(len, parts.values()))
    name = money_audit.BOOKS_DIFFER if found else money_audit.BOOKS_BALANCE
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": clock.now()})
    if not found:
        Heartbeat.objects.filter(name=money_audit.BOOKS_DIFFER).delete()
    return found


def _each(found: QuerySet[Any], step: Callable[[int], bool], most: int | None = None) -> int:
    """Take each in turn, or the `most` oldest; how many were taken. One that fails must not keep
    the rest waiting."""
    taken = 0
    for pk in list(found.order_by("pk").values_list("pk", flat=True)[:most]):
        try:
            taken += step(pk)
        except Exception:
            if is_away():
                raise
            log.exception("tasks.job_failed", model=found.model.__name__, pk=pk)
    return taken


def _until_none_is_due(step: clock_work.Step) -> int:
    """Repeat a bounded step until it finds nothing."""
    total = skip = 0
    for _ in range(ROUNDS):
        try:
            done = step(at=clock.now(), skip=skip)
        except Exception:
            if is_away():
                raise
            done, failed = _one_by_one(step, skip)
            skip += failed
            if not done and not failed:
                break
        else:
            if not done:
                break
        total += done
    return total


def _one_by_one(step: clock_work.Step, skip: int) -> tuple[int, int]:
    """A round that failed, a row at a time, so that a row which can't be done keeps no other
    waiting; how many were done, and how many failed."""
    done = failed = 0
    for _ in range(ROUNDS):
        try:
            taken = step(at=clock.now(), limit=1, skip=skip + failed)
        except Exception:
            if is_away():
                raise
            log.exception("tasks.row_failed", step=getattr(step, "__name__", str(step)))
            failed += 1
        else:
            if not taken:
                break
            done += taken
    return done, failed
