"""What a HIT's escrow must hold, and the moves that keep it so.

A HIT's escrow holds reward and fee for every slot that may still cost: open, in work, to
review, and rejected within the time for appeals. Each function returns the ledger moves for one
change of slots and numbers them on the HIT (`escrow_moves`), which the caller saves.
"""

from payments.ledger import Move
from payments.models import Reason
from tasks.models import HIT, Assignment


def _move(hit: HIT, *, key: str, debit: int, credit: int, cents: int, reason: Reason) -> Move:
    return Move(
        key=key,
        debit=debit,
        credit=credit,
        amount_cents=cents,
        currency=hit.hit_type.currency,
        reason=reason,
        reference=hit.public_id,
        note=hit.hit_type.title[:200],
    )


def hold(hit: HIT, *, slots: int, source: int) -> Move:
    """Hold the cost of `slots` more slots from the account `source`."""
    hit.escrow_moves += 1
    return _move(
        hit,
        key=f"hold:{hit.public_id}:{hit.escrow_moves}",
        debit=source,
        credit=hit.escrow_id,
        cents=slots * hit.slot_cents,
        reason=Reason.HOLD,
    )


def release(hit: HIT, *, slots: int, requester: int) -> Move:
    """Return the cost of `slots` slots that nobody will fill any more."""
    hit.escrow_moves += 1
    return _move(
        hit,
        key=f"release:{hit.public_id}:{hit.escrow_moves}",
        debit=hit.escrow_id,
        credit=requester,
        cents=slots * hit.slot_cents,
        reason=Reason.RELEASE,
    )


def adjust(hit: HIT, *, cents: int, requester: int) -> Move:
    """Hold `cents` more for the slots there are, or, below zero, return what is too much."""
    hit.escrow_moves += 1
    is_more = cents > 0
    return _move(
        hit,
        key=f"{'hold' if is_more else 'release'}:{hit.public_id}:{hit.escrow_moves}",
        debit=requester if is_more else hit.escrow_id,
        credit=hit.escrow_id if is_more else requester,
        cents=abs(cents),
        reason=Reason.HOLD if is_more else Reason.RELEASE,
    )


def pay(assignment: Assignment, *, worker: int, fees: int) -> list[Move]:
    """The reward to the worker and the fee to the operator, of one approved assignment."""
    hit = assignment.hit
    return [
        _paid(assignment, "reward", worker, hit.reward_cents, Reason.REWARD),
        _paid(assignment, "fee", fees, hit.fee_cents, Reason.FEE),
    ]


def _paid(assignment: Assignment, fact: str, credit: int, cents: int, reason: Reason) -> Move:
    hit = assignment.hit
    return Move(
        key=f"{fact}:{assignment.public_id}",
        debit=hit.escrow_id,
        credit=credit,
        amount_cents=cents,
        currency=hit.hit_type.currency,
        reason=reason,
        reference=assignment.public_id,
        note=hit.hit_type.title[:200],
    )


def release_rejected(assignment: Assignment, *, requester: int) -> Move:
    """Return a rejected assignment's money, once the time for appeals is over."""
    hit = assignment.hit
    return _move(
        hit,
        key=f"release-rejected:{assignment.public_id}",
        debit=hit.escrow_id,
        credit=requester,
        cents=hit.slot_cents,
        reason=Reason.RELEASE,
    )


def rehold(assignment: Assignment, *, requester: int) -> Move:
    """Hold a rejected assignment's money again, to undo the rejection after its return."""
    hit = assignment.hit
    return _move(
        hit,
        key=f"rehold:{assignment.public_id}",
        debit=requester,
        credit=hit.escrow_id,
        cents=hit.slot_cents,
        reason=Reason.REHOLD,
    )
