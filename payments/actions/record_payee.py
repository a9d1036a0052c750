"""What the gateway says of a worker's account is recorded, and what follows for payouts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Greatest

from marketplace.audit import trail
from payments.actions.tell_payee import tell_payee
from payments.models import Payee, Payout
from payments.models.payee import CHANGE_HOLD
from payments.states import OutStatus

SOONEST = timedelta(minutes=2)
LATEST = timedelta(days=1)
WHEN_READY = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class PayeeState:
    """A worker's account as the gateway has it; by default one that is gone."""

    is_submitted: bool = False
    is_ready: bool = False
    asked_for: tuple[str, ...] = ()
    disabled_reason: str = ""
    bank_hint: str = ""
    fingerprint: str = ""


def record_payee(
    *, payee_id: int, reference: str, said: PayeeState, asked_at: datetime, at: datetime
) -> Payee:
    """Keep the gateway's word of the account `reference`, unless a later one is here already
    (`asked_at` tells), or another account is in its place.

    Another bank account than before delays the worker's payouts by 48 hours. A bank account that
    is another worker's makes this one a duplicate, which is not paid out.
    """
    with transaction.atomic():
        payee = Payee.objects.select_for_update(no_key=True).get(pk=payee_id)
        is_late = payee.checked_at is not None and payee.checked_at > asked_at
        if is_late or payee.reference != reference:
            return payee
        before = payee.fingerprint
        _apply(payee, said)
        payee.checked_at = asked_at
        payee.check_at = at + _wait(payee, at)
        if before and payee.fingerprint != before:
            _hold_back(payee, at)
        _save(payee)
    return payee


def _apply(payee: Payee, said: PayeeState) -> None:
    if said.is_ready is not payee.is_ready:
        payee.link_url, payee.link_expires_at = "", None  # it led to what is done by now
    payee.is_submitted = said.is_submitted
    payee.is_ready = said.is_ready
    payee.asked_for = list(said.asked_for)
    payee.disabled_reason = said.disabled_reason[:120]
    payee.bank_hint = said.bank_hint[:20]
    # Kept while the gateway shows none, so that another one later counts as a change.
    payee.fingerprint = (said.fingerprint or payee.fingerprint)[:120]


def _wait(payee: Payee, at: datetime) -> timedelta:
    """How long until the gateway is asked without being told to."""
    if payee.is_ready:
        return WHEN_READY
    return min(LATEST, max(SOONEST, (at - payee.created_at) / 4))


def _hold_back(payee: Payee, at: datetime) -> None:
    payee.changed_at = at
    payee.problem = ""  # it was one of the bank account before
    waiting = Payout.objects.filter(
        worker=payee.holder, gateway=payee.gateway, status=OutStatus.HELD
    )
    waiting.update(due_at=Greatest("due_at", at + CHANGE_HOLD))
    trail.record(
        action="payout_destination_changed",
        actor=trail.SYSTEM,
        subject=("worker", payee.holder),
        at=at,
        gateway=payee.gateway,
        bank_hint=payee.bank_hint,
    )
    digits = f" It ends in {payee.bank_hint} now." if payee.bank_hint else ""
    tell_payee(
        payee=payee,
        worker=payee.holder,
        subject="the bank account for your payouts was changed",
        text=(
            f"The bank account that your payouts go to was changed.{digits} Payouts wait for 48 "
            "hours, until "
            f"{at + CHANGE_HOLD:%Y-%m-%d %H:%M} (UTC).\n\nIf it wasn't you: change your password "
            "here and at Stripe, set your own bank account again, and write to the operator now."
        ),
        key=f"payee-changed:{payee.public_id}:{at.isoformat()}",
        at=at,
    )


def _save(payee: Payee) -> None:
    """As the only one with its bank account, or else as a duplicate."""
    payee.is_duplicate = False
    try:
        with transaction.atomic():
            payee.save()
    except IntegrityError:
        payee.is_duplicate = True
        payee.save()
