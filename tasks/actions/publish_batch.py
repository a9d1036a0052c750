"""A checked batch is paid into escrow and becomes HITs.

The whole cost moves requester -> batch in the transaction that starts the publishing, so a batch
without funds publishes nothing. The job then makes HITs in chunks, each chunk one transaction:
HITs, batch -> HIT escrow, and how far it got. A process that dies leaves the last whole chunk,
and the next one goes on from there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from marketplace import money
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.clock import Clock
from marketplace.errors import InsufficientFunds, NotFound, WrongState
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Reason
from tasks import batch_file
from tasks.actions.clock_work import fold_tallies
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import Plan, insert_hits, missing_funds, refuse_taken_down
from tasks.actions.use_files import use_files_named, use_files_of_batch
from tasks.batch_file import Row
from tasks.models import Batch, Project
from tasks.models.terms import TERMS
from tasks.questions.templates import template_of
from tasks.states import BatchStatus
from tasks.terms import check_slots

CHUNK = 1000
LEASE = timedelta(seconds=60)


def cost_of(batch: Batch, project: Project) -> tuple[int, int]:
    """(rewards, fees) in cents that publishing the batch with the project's terms would hold."""
    slots = batch.row_count * project.max_assignments
    return slots * project.reward_cents, slots * money.fee_cents(project.reward_cents)


def publish_batch(*, by: Acting, batch: Batch, confirmed_cents: int, at: datetime) -> Batch:
    """Freeze the project's terms, hold the whole cost, and let the job publish.

    `confirmed_cents` is the total that the person saw and agreed to. Raises WrongState where it
    is no longer the cost, the batch isn't ready or the operator has taken such work down, and
    InsufficientFunds with what is missing.
    """
    by.require(Role.MANAGER)
    try:
        with transaction.atomic():
            locked = _locked(by, batch)
            project = locked.project
            if (cost := sum(cost_of(locked, project))) != confirmed_cents:
                raise WrongState(
                    f"Publishing costs {money.show(cost, locked.currency)}, and "
                    f"{money.show(confirmed_cents, locked.currency)} were agreed to: the project "
                    "may have been changed since you saw the cost. Look at it again, then publish.",
                    cost_cents=cost,
                )
            _require_columns(locked, project)
            check_slots(locked.row_count * project.max_assignments)
            use_files_of_batch(locked, at=at)
            use_files_named(project, project.layout, at=at)
            _freeze(locked, project, at)
            locked.move_to(BatchStatus.PUBLISHING, at=at)
            locked.save()
            ledger.post([_hold(locked, confirmed_cents)], at=at)
            trail.record(
                action="publish_batch",
                actor=by.trail,
                subject=("batch", locked.pk),
                at=at,
                cents=confirmed_cents,
                currency=locked.currency,
            )
    except InsufficientFunds as error:
        raise missing_funds(error, batch.currency) from error
    return locked


def _locked(by: Acting, batch: Batch) -> Batch:
    found = (
        Batch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project", "requester")
        .filter(pk=batch.pk, requester=by.requester)
        .first()
    )
    if found is None:
        raise NotFound("There is no such batch.")
    if found.status != BatchStatus.CHECKED:
        raise WrongState(f"This batch is {found.get_status_display().lower()}.")
    return found


def _require_columns(batch: Batch, project: Project) -> None:
    everywhere = [name for name in batch.columns if name not in (batch.partial_columns or ())]
    missing = template_of(project).missing(everywhere)
    if missing:
        raise WrongState(
            "The layout was changed since the file was read: it now uses "
            f"{', '.join(sorted(missing))}, which the file doesn't have. Upload it again."
        )


def _freeze(batch: Batch, project: Project, at: datetime) -> None:
    terms = {name: getattr(project, name) for name in TERMS}
    batch.hit_type = hit_type_for(
        requester=batch.requester, is_sandbox=batch.is_sandbox, terms=terms, at=at
    )
    refuse_taken_down(batch.hit_type)
    batch.question = template_of(project).question()
    batch.max_assignments = project.max_assignments
    batch.reward_cents = project.reward_cents
    batch.fee_cents = money.fee_cents(project.reward_cents)
    batch.expires_at = at + timedelta(seconds=project.lifetime_seconds)


def _hold(batch: Batch, cents: int) -> Move:
    holder = batch.requester.public_id
    return Move(
        key=f"batch-hold:{batch.pk}",
        debit=ledger.account(AccountKind.REQUESTER, holder, batch.currency),
        credit=batch_account(batch),
        amount_cents=cents,
        currency=batch.currency,
        reason=Reason.BATCH_HOLD,
        reference=f"batch:{batch.pk}",
        note=batch.name,
    )


def batch_account(batch: Batch) -> int:
    """The account that holds a batch's money until its HITs do."""
    return ledger.account(AccountKind.BATCH, f"batch:{batch.pk}", batch.currency)


def go_on_publishing(*, batch_id: int, now: Clock) -> bool:
    """Publish what is left of a batch; False where another process is at it.

    The lease only keeps two processes from doing the same work: what makes a chunk happen once
    is that `published_rows` is read under the row's lock and written with the chunk.
    """
    if not _lease(batch_id, now()):
        return False
    batch = Batch.objects.select_related("hit_type", "question").get(pk=batch_id)
    with batch.file.open("rb") as file:
        rows = batch_file.open_rows(file, batch.format)
        rest = islice(rows, batch.published_rows, None)
        at_row = batch.published_rows
        while chunk := list(islice(rest, CHUNK)):
            if not _publish_chunk(batch_id, at_row, chunk, now()):
                return False
            at_row += len(chunk)
    return _finish(batch_id, now())


def _lease(batch_id: int, at: datetime) -> bool:
    free = Batch.objects.filter(pk=batch_id, status=BatchStatus.PUBLISHING).exclude(
        lease_until__gt=at
    )
    return free.update(lease_until=at + LEASE) == 1


def _publish_chunk(batch_id: int, at_row: int, rows: list[Row], at: datetime) -> bool:
    """One chunk in one transaction. False where the batch has moved on without this process."""
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(no_key=True, of=("self",))
            .select_related("hit_type", "question", "project")
            .get(pk=batch_id)
        )
        if batch.status != BatchStatus.PUBLISHING or batch.published_rows != at_row:
            return False
        insert_hits(_plan(batch), rows, source=batch_account(batch), at=at)
        batch.published_rows += len(rows)
        batch.lease_until = at + LEASE
        batch.save(update_fields=["published_rows", "lease_until"])
    return True


def _plan(batch: Batch) -> Plan:
    assert batch.hit_type and batch.question and batch.expires_at  # noqa: PT018 - CHECKed
    return Plan(
        hit_type=batch.hit_type,
        question=batch.question,
        max_assignments=batch.max_assignments,
        reward_cents=batch.reward_cents,
        fee_cents=batch.fee_cents,
        expires_at=batch.expires_at,
        annotation=f"BatchId:{batch.pk};OriginalHitTemplateId:{batch.project_id};",
        batch=batch,
    )


def _finish(batch_id: int, at: datetime) -> bool:
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if batch.status != BatchStatus.PUBLISHING or batch.published_rows < batch.row_count:
            return False
        batch.move_to(BatchStatus.PUBLISHED, at=at)
        batch.lease_until = None
        batch.save()
    fold_tallies()
    return True


def rows_of(batch: Batch, *, start: int, count: int) -> Iterator[Row]:
    """`count` rows of the batch's file from row `start` (0 the first), for previews."""
    with batch.file.open("rb") as file:
        rows = batch_file.open_rows(file, batch.format)
        yield from islice(rows, start, start + count)
