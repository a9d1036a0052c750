"""A batch is cancelled: what nobody has accepted is withdrawn, and its money returned."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import NotFound
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Reason
from tasks.actions.publish_batch import batch_account
from tasks.models import HIT, Batch
from tasks.states import BatchStatus


def cancel_batch(*, by: Acting, batch: Batch, at: datetime) -> Batch:
    """Stop publishing, and let every HIT expire now. Work that was accepted may be finished,
    and what was submitted is reviewed and paid as ever. Raises WrongState, NotFound.

    The HITs' unused escrow goes back with the next sweep of expired HITs.
    """
    by.require(Role.MANAGER)
    with transaction.atomic():
        locked = (
            Batch.objects.select_for_update(no_key=True, of=("self",))
            .select_related("requester")
            .filter(pk=batch.pk, requester=by.requester)
            .first()
        )
        if locked is None:
            raise NotFound("There is no such batch.")
        locked.move_to(BatchStatus.CANCELLED, at=at)
        locked.save()
        open_hits = HIT.objects.filter(batch=locked, expires_at__gt=at).order_by("pk")
        # Locked by id first: an UPDATE alone takes rows in any order, and deadlocks with reviews.
        list(open_hits.select_for_update(no_key=True).values_list("pk", flat=True))
        open_hits.order_by().update(expires_at=at)
        return_batch_escrow(locked, batch_account(locked), f"batch-release:{locked.pk}", at)
        trail.record(action="cancel_batch", actor=by.trail, subject=("batch", locked.pk), at=at)
    return locked


def return_batch_escrow(batch: Batch, source: int, key: str, at: datetime) -> None:
    """Give what is left in a batch's own escrow account back to the requester."""
    holder = batch.requester.public_id
    ledger.post(
        [
            Move(
                key=key,
                debit=source,
                credit=ledger.account(AccountKind.REQUESTER, holder, batch.currency),
                amount_cents=ledger.balance(source),
                currency=batch.currency,
                reason=Reason.BATCH_RELEASE,
                reference=f"batch:{batch.pk}",
                note=batch.name,
            )
        ],
        at=at,
    )
