"""A top-up is made when the balance runs low, and what became of it decides on the next."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.audit import trail
from marketplace.money import show
from payments.actions.set_top_up import stop_top_up
from payments.actions.tell_requester import tell_requester
from payments.models import Deposit, TopUp
from payments.queries import low_balances, saved_method_of, top_up_room

WAITS = (timedelta(hours=6), timedelta(hours=24))
"""After the first failure in a row, and the second; the next one turns it off."""


def make_top_up(*, top_up_id: int, at: datetime) -> Deposit | None:
    """Write the intent of one deposit, if one is due now: asked again under the settings' lock,
    since the balance, the settings or another process may have changed what was found."""
    with transaction.atomic():
        TopUp.objects.select_for_update(no_key=True).get(pk=top_up_id)
        top_up = low_balances(at=at).select_related("requester").filter(pk=top_up_id).first()
        if top_up is None or top_up_room(top_up, at=at) < top_up.amount_cents:
            return None
        method = saved_method_of(top_up.requester)
        if method is None:  # its bank, or the gateway, took it away
            stop_top_up(
                requester=top_up.requester, actor=trail.SYSTEM, why="Nothing is saved.", at=at
            )
            return None
        deposit = Deposit.objects.create(
            requester=top_up.requester,
            amount_cents=top_up.amount_cents,
            currency=settings.MANYHANDS_CURRENCY,
            gateway=settings.MANYHANDS_GATEWAY,
            method=method,
            is_top_up=True,
            created_at=at,
        )
        trail.record(
            action="make_top_up",
            actor=trail.SYSTEM,
            subject=("requester", top_up.requester.public_id),
            at=at,
            deposit=str(deposit.public_id),
            amount_cents=deposit.amount_cents,
            currency=deposit.currency,
        )
    return deposit


def note_top_up_settled(*, deposit: Deposit) -> None:
    """It went well: failures are counted from anew. In its transaction."""
    TopUp.objects.filter(requester=deposit.requester).update(failures=0, last_failure="")


def note_top_up_failed(*, deposit: Deposit, at: datetime) -> None:
    """Tell the requester why, and wait; three failures in a row turn it off. In its transaction."""
    top_up = TopUp.objects.select_for_update(no_key=True).get(requester=deposit.requester)
    top_up.failures += 1
    top_up.last_failure = deposit.failure
    is_last = top_up.failures > len(WAITS)
    if not is_last:
        top_up.due_at = at + WAITS[top_up.failures - 1]
    top_up.save()
    if is_last:
        why = f"{top_up.failures} top-ups failed in a row."
        stop_top_up(requester=deposit.requester, actor=trail.SYSTEM, why=why, at=at)
    following = (
        "That was the third time in a row: automatic top-up is off now. See to the card or bank "
        "account, then turn it on again."
        if is_last
        else f"The next try is at {top_up.due_at:%Y-%m-%d %H:%M} UTC, if the balance is low then."
    )
    tell_requester(
        requester=deposit.requester,
        subject="a top-up did not go through",
        text=(
            f"{show(deposit.amount_cents, deposit.currency)} from {deposit.method} were not taken: "
            f"{deposit.failure}\n\nNothing was charged. {following}"
        ),
        key=f"top-up-failed:{deposit.public_id}",
        at=at,
    )


def tell_to_confirm(*, deposit: Deposit, at: datetime) -> None:
    """The method's bank wants its owner's word. In the transaction of its cause."""
    tell_requester(
        requester=deposit.requester,
        subject="your bank wants you to confirm a top-up",
        text=(
            f"{show(deposit.amount_cents, deposit.currency)} from {deposit.method} wait for you: "
            "open the deposit on the money page and confirm it there within a day. Nothing is "
            "charged until then."
        ),
        key=f"top-up-asks:{deposit.public_id}",
        at=at,
    )
