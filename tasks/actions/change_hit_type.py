"""A HIT moves to another HIT type: UpdateHITTypeOfHIT.

It takes over the type's title, description, keywords, requirements and times; deadlines and
auto-approvals that run already stay as they were given. A reward that changes is held or returned
at once, with the fee that is the operator's now; with the same reward the fee stays frozen.
"""

from datetime import datetime

from django.db import transaction

from marketplace import money
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import InsufficientFunds, NotFound, WrongState
from payments import ledger
from payments.models import AccountKind
from tasks import escrow
from tasks.actions.create_hits import missing_funds, refuse_taken_down, seen_until
from tasks.locks import lock_hits
from tasks.models import HIT, Assignment, HITType


def change_hit_type(
    *, by: Acting, hit_id: str, hit_type_id: str, is_sandbox: bool, at: datetime
) -> HIT:
    """Let the HIT be of another of the requester's types on its side.

    Raises NotFound, InsufficientFunds, and WrongState where it is deleted, one of a batch, taken
    down by the operator, or its reward can't change any more.
    """
    by.require(Role.MANAGER)
    mine = {"requester": by.requester, "is_sandbox": is_sandbox}
    wanted = HITType.objects.filter(public_id=hit_type_id, **mine).first()
    if wanted is None:
        raise NotFound(f"HITType {hit_type_id} does not exist.", thing="hit_type")
    with transaction.atomic():
        found = HIT.objects.filter(
            public_id=hit_id, hit_type__requester=by.requester, hit_type__is_sandbox=is_sandbox
        )
        hits = lock_hits(found.values_list("pk", flat=True))
        if not hits:
            raise NotFound(f"Hit {hit_id} does not exist.", thing="hit")
        (hit,) = hits.values()
        if hit.hit_type_id == wanted.pk:
            return hit
        _refuse(hit, wanted)
        before, hit.hit_type = hit.hit_type, wanted
        if wanted.reward_cents != hit.reward_cents:
            _change_reward(hit, at)
        if hit.open_slots:
            seen_until(wanted, hit.expires_at, at)
        hit.save(update_fields=["hit_type", "reward_cents", "fee_cents", "escrow_moves"])
        trail.record(
            action="change_hit_type",
            actor=by.trail,
            subject=("hit", hit.public_id),
            at=at,
            from_type=before.public_id,
            to_type=wanted.public_id,
        )
    return hit


def _refuse(hit: HIT, wanted: HITType) -> None:
    """Raise WrongState where a HIT has to stay of its type."""
    if hit.disposed_at is not None:
        raise WrongState("This HIT is currently in the state 'Disposed'.", thing="hit")
    if hit.batch_id is not None:
        raise WrongState(
            "This HIT belongs to a batch, which promises one title and one reward for all of its "
            "HITs. Cancel the batch and publish it anew instead.",
            thing="hit",
        )
    for hit_type in (hit.hit_type, wanted):  # moving is no way out of being taken down
        refuse_taken_down(hit_type)


def _change_reward(hit: HIT, at: datetime) -> None:
    """Hold or return the difference for every slot that may still cost."""
    reward_cents = hit.hit_type.reward_cents
    _refuse_reward(hit, reward_cents)
    old_cents = hit.slot_cents
    hit.reward_cents, hit.fee_cents = reward_cents, money.fee_cents(reward_cents)
    slots = hit.open_slots + hit.accepted_count + hit.submitted_count
    cents = slots * (hit.slot_cents - old_cents)
    if not cents:
        return
    holder, currency = hit.hit_type.requester.public_id, hit.hit_type.currency
    requester = ledger.account(AccountKind.REQUESTER, holder, currency)
    try:
        ledger.post([escrow.adjust(hit, cents=cents, requester=requester)], at=at)
    except InsufficientFunds as error:
        raise missing_funds(error, currency) from error


def _refuse_reward(hit: HIT, reward_cents: int) -> None:
    """Raise WrongState for another reward where one was paid or is held as it is, and for a lower
    one where somebody has counted on it."""
    held = Assignment.objects.filter(hit=hit, held_until__isnull=False).exists()
    if hit.approved_count or held:
        raise WrongState(
            "Work on this HIT was approved, or rejected with its reward still held, so its reward "
            "can't change. Choose a HIT type with the same reward, or create a new HIT.",
            thing="hit",
        )
    counted_on = hit.accepted_count + hit.submitted_count + hit.rejected_count
    if reward_cents < hit.reward_cents and counted_on:
        raise WrongState(
            "Workers have taken this HIT for its present reward, which can't be lowered any more. "
            "Choose a HIT type that pays no less, or create a new HIT.",
            thing="hit",
        )
