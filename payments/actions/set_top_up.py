"""An owner has the balance topped up by itself, changes how, or has it stop."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Requester, Role
from marketplace.audit import trail
from marketplace.errors import InvalidInput, WrongState
from marketplace.money import MAX_CENTS, show
from payments.models import TopUp
from payments.queries import saved_method_of


def set_top_up(
    *,
    by: Acting,
    threshold_cents: int,
    amount_cents: int,
    cap_cents: int | None,
    method: str,
    at: datetime,
) -> TopUp:
    """Turn it on with these settings. `method` is the public id of the saved method that the owner
    was shown: another one takes another look.

    Raises NotAllowed below owner, InvalidInput, and WrongState where that method isn't the one.
    """
    by.require(Role.OWNER)
    require_top_up(threshold_cents, amount_cents, cap_cents)
    with transaction.atomic():
        saved = saved_method_of(by.requester)
        if saved is None:
            raise WrongState("Save a card or bank account first: top-ups are charged to it.")
        if str(saved.public_id) != method:
            raise WrongState(f"What is saved now is another: {saved.words}. Look once more.")
        values: dict[str, Any] = {
            "threshold_cents": threshold_cents,
            "amount_cents": amount_cents,
            "cap_cents": cap_cents,
        }
        top_up, _is_new = TopUp.objects.update_or_create(
            requester=by.requester,
            defaults={
                **values,
                "is_on": True,
                "failures": 0,
                "last_failure": "",
                "due_at": at,
                "changed_at": at,
            },
        )
        trail.record(
            action="set_top_up",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            method=saved.words,
            **values,
        )
    return top_up


def require_top_up(threshold_cents: int, amount_cents: int, cap_cents: int | None) -> None:
    """Raise InvalidInput where the settings can't be."""
    if not 1 <= threshold_cents <= MAX_CENTS:
        raise InvalidInput("Say below which balance, at least 0.01.", field="threshold")
    least = max(1, settings.MANYHANDS_MINIMUM_DEPOSIT_CENTS)
    if not least <= amount_cents <= MAX_CENTS:
        raise InvalidInput(f"A deposit is at least {show(least)}.", field="amount")
    if cap_cents is not None and cap_cents < amount_cents:
        raise InvalidInput(
            f"A month's limit below one top-up of {show(amount_cents)} would allow none.",
            field="cap",
        )


def turn_off_top_up(*, by: Acting, at: datetime) -> None:
    """None is made from now on; one that has begun goes on. Raises NotAllowed below owner."""
    by.require(Role.OWNER)
    with transaction.atomic():
        stop_top_up(requester=by.requester, actor=by.trail, why="", at=at)


def stop_top_up(*, requester: Requester, actor: str, why: str, at: datetime) -> None:
    """Turn it off, in the transaction of the cause."""
    was_on = TopUp.objects.filter(requester=requester, is_on=True)
    if was_on.update(is_on=False, changed_at=at):
        trail.record(
            action="turn_off_top_up",
            actor=actor,
            subject=("requester", requester.public_id),
            at=at,
            reason=why,
        )
