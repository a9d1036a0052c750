"""A published batch gets more time, or more assignments per HIT.

The whole cost is held first, requester -> extension, in the transaction that makes the
extension; a job then applies it HIT by HIT in chunks, as publishing does. What it didn't need
goes back at the end.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Sum, When

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.clock import Clock
from marketplace.errors import InsufficientFunds, InvalidInput, WrongState
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Reason
from tasks import escrow
from tasks.actions.cancel_batch import return_batch_escrow
from tasks.actions.create_hits import missing_funds, refuse_taken_down, seen_until
from tasks.locks import lock_hits
from tasks.models import HIT, Batch, BatchExtension
from tasks.states import BatchStatus
from tasks.terms import MAX_ASSIGNMENTS, YEAR, check_numbers, check_slots

CHUNK = 500
LEASE = timedelta(seconds=60)
ABOUT_TO_EXPIRE = timedelta(hours=1)
"""HITs that may expire before the job reaches them: their open slots are paid for as well."""


def extension_cost(*, batch: Batch, extra_assignments: int, at: datetime) -> int:
    """The most, in cents, that this extension could hold: new slots, and ones that reopen."""
    used = F("accepted_count") + F("submitted_count") + F("approved_count") + F("rejected_count")
    open_for_sure = Case(When(expires_at__gt=at + ABOUT_TO_EXPIRE, then=F("open_slots")), default=0)
    slots = F("max_assignments") - used - open_for_sure + extra_assignments
    found = HIT.objects.filter(batch=batch, disposed_at=None)
    total = found.aggregate(cents=Sum(slots * (F("reward_cents") + F("fee_cents"))))
    return int(total["cents"] or 0)


def extend_batch(
    *,
    by: Acting,
    batch: Batch,
    at: datetime,
    expires_at: datetime | None = None,
    extra_assignments: int = 0,
) -> BatchExtension:
    """Ask for an extension; the job does it. Slots that had closed unused open again.

    Raises InvalidInput, InsufficientFunds, and WrongState while another one is under way.
    """
    by.require(Role.MANAGER)
    if batch.requester_id != by.requester.pk or batch.status != BatchStatus.PUBLISHED:
        raise WrongState("Only a published batch can be extended.")
    if batch.hit_type is not None:
        refuse_taken_down(batch.hit_type)
    until = _checked_end(batch, expires_at, extra_assignments, at)
    try:
        with transaction.atomic():
            extension = BatchExtension.objects.create(
                batch=batch, extra_assignments=extra_assignments, expires_at=until, created_at=at
            )
            cents = extension_cost(batch=batch, extra_assignments=extra_assignments, at=at)
            ledger.post([_hold(extension, cents)], at=at)
            trail.record(
                action="extend_batch",
                actor=by.trail,
                subject=("batch", batch.pk),
                at=at,
                extra_assignments=extra_assignments,
                expires_at=until.isoformat(),
            )
    except InsufficientFunds as error:
        raise missing_funds(error, batch.currency) from error
    except IntegrityError as error:
        if "one_open_extension_per_batch" not in str(error):
            raise
        raise WrongState("Another extension of this batch is still being applied.") from error
    return extension


def _checked_end(batch: Batch, expires_at: datetime | None, extra: int, at: datetime) -> datetime:
    if not 0 <= extra <= MAX_ASSIGNMENTS:
        raise InvalidInput("That isn't a number of assignments to add.", field="extra")
    check_numbers(max_assignments=batch.max_assignments + extra)
    check_slots(batch.row_count * (batch.max_assignments + extra))
    assert batch.expires_at
    until = max(expires_at or batch.expires_at, batch.expires_at)
    if not extra and until == batch.expires_at:
        raise InvalidInput("Choose more time, or more assignments.", field="expires_at")
    if until <= at:
        raise InvalidInput("The batch has expired: give it more time too.", field="expires_at")
    if until > at + timedelta(seconds=YEAR):
        raise InvalidInput("A HIT lasts a year at most.", field="expires_at")
    return until


def _account(extension: BatchExtension) -> int:
    return ledger.account(AccountKind.BATCH, f"extension:{extension.pk}", extension.batch.currency)


def _hold(extension: BatchExtension, cents: int) -> Move:
    batch = extension.batch
    return Move(
        key=f"extension-hold:{extension.pk}",
        debit=ledger.account(AccountKind.REQUESTER, batch.requester.public_id, batch.currency),
        credit=_account(extension),
        amount_cents=cents,
        currency=batch.currency,
        reason=Reason.BATCH_HOLD,
        reference=f"batch:{batch.pk}",
        note=batch.name,
    )


def go_on_extending(*, extension_id: int, now: Clock) -> bool:
    """Apply what is left of an extension; False where another process is at it."""
    at = now()
    free = BatchExtension.objects.filter(pk=extension_id, finished_at=None)
    if not free.exclude(lease_until__gt=at).update(lease_until=at + LEASE):
        return False
    while _extend_chunk(extension_id, now()):
        pass
    return True


def _extend_chunk(extension_id: int, at: datetime) -> bool:
    """One chunk in one transaction; False when there was none left, or somebody ended it."""
    with transaction.atomic():
        extension = (
            # The batch too: a cancellation must come wholly before this chunk, or after it.
            BatchExtension.objects.select_for_update(no_key=True, of=("self", "batch"))
            .select_related("batch__requester", "batch__hit_type")
            .get(pk=extension_id)
        )
        if extension.finished_at is not None:
            return False
        batch = extension.batch
        rest = HIT.objects.filter(batch=batch, pk__gt=extension.cursor, disposed_at=None)
        chosen = list(rest.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not chosen or batch.status == BatchStatus.CANCELLED:
            _finish(extension, at)
            return False
        _extend(extension, list(lock_hits(chosen).values()), at)
        extension.cursor = chosen[-1]
        extension.lease_until = at + LEASE
        extension.save()
    return True


def _extend(extension: BatchExtension, hits: list[HIT], at: datetime) -> None:
    source = _account(extension)
    # What isn't promised to the new slots of this HIT or a later one may reopen closed ones.
    spare = ledger.balance(source) - _promised(extension)
    moves = []
    for hit in hits:
        closed = hit.closed_slots
        if closed * hit.slot_cents > spare:  # more closed meanwhile than was foreseen
            closed = spare // hit.slot_cents
        spare -= closed * hit.slot_cents
        slots = closed + extension.extra_assignments
        hit.max_assignments += extension.extra_assignments
        hit.open_slots += slots
        hit.expires_at = max(hit.expires_at, extension.expires_at)
        hit.is_reviewing = hit.is_reviewing and not hit.open_slots
        if slots:
            moves.append(escrow.hold(hit, slots=slots, source=source))
    HIT.objects.bulk_update(
        hits, ["max_assignments", "open_slots", "expires_at", "is_reviewing", "escrow_moves"]
    )
    ledger.post(moves, at=at)


def _promised(extension: BatchExtension) -> int:
    """What the new slots of the HITs still to be done cost, in cents."""
    rest = HIT.objects.filter(batch=extension.batch, pk__gt=extension.cursor, disposed_at=None)
    total = rest.aggregate(cents=Sum(F("reward_cents") + F("fee_cents")))
    return extension.extra_assignments * int(total["cents"] or 0)


def _finish(extension: BatchExtension, at: datetime) -> None:
    batch = extension.batch
    extension.finished_at = at
    extension.save()
    return_batch_escrow(batch, _account(extension), f"extension-release:{extension.pk}", at)
    if batch.status != BatchStatus.CANCELLED:
        Batch.objects.filter(pk=batch.pk).update(
            expires_at=extension.expires_at,
            max_assignments=F("max_assignments") + extension.extra_assignments,
        )
        assert batch.hit_type
        seen_until(batch.hit_type, extension.expires_at, at)
