"""The hold on a new requester's first deposits: it begins as they settle, and ends by the clock."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from payments import ledger
from payments.ledger import Move
from payments.models import AccountKind, Deposit, Reason
from payments.queries import refundable_deposits


def hold_of(deposit: Deposit, *, at: datetime) -> datetime | None:
    """Until when a deposit that settles now is held: while the requester has paid in less than
    the operator's bound that is free by now and stays. What is on hold itself vouches for
    nothing yet, what was refunded no more, and what the payer's bank disputes or took back never
    did."""
    hours = settings.MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS
    if not hours or deposit.currency != settings.MANYHANDS_CURRENCY:
        return None
    stays = refundable_deposits(deposit.requester, deposit.currency)
    free = stays.filter(Q(held_until=None) | Q(freed_at__isnull=False))
    paid = free.aggregate(total=Sum("left_cents"))["total"] or 0
    if paid >= settings.MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS:
        return None
    return at + timedelta(hours=hours)


def free_deposit(*, deposit_id: int, at: datetime, is_disputed: bool = False) -> Deposit:
    """End the hold, if it is over by now; or the payer's bank takes of what is on hold."""
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
        is_over = is_disputed or (deposit.held_until or at) <= at
        if deposit.is_on_hold and is_over:
            _free(deposit, at)
    return deposit


def free_deposit_early(*, staff: User, deposit: Deposit, reason: str, at: datetime) -> Deposit:
    """Staff end the hold before its time. Raises WrongState where there is none."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = Deposit.objects.select_for_update(no_key=True).get(pk=deposit.pk)
        if not locked.is_on_hold:
            raise WrongState("This deposit is not on hold.")
        _free(locked, at)
        trail.record(
            action="free_deposit_early",
            actor=trail.actor_of(staff),
            subject=("deposit", str(locked.public_id)),
            at=at,
            reason=reason,
        )
    return locked


def _free(deposit: Deposit, at: datetime) -> None:
    deposit.freed_at = at
    deposit.save()
    holder = deposit.requester.public_id
    move = Move(
        key=f"deposit-freed:{deposit.public_id}",
        debit=ledger.account(AccountKind.ON_HOLD, holder, deposit.currency),
        credit=ledger.account(AccountKind.REQUESTER, holder, deposit.currency),
        amount_cents=deposit.amount_cents,
        currency=deposit.currency,
        reason=Reason.DEPOSIT_FREED,
        reference=str(deposit.public_id),
    )
    ledger.post([move], at=at)
