"""An owner takes a saved method away: no payment by it is begun from now on, and the gateway is
made to forget it, once those that have begun were charged."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role
from marketplace.audit import trail
from marketplace.errors import NotFound
from payments.actions.set_top_up import stop_top_up
from payments.models import SavedMethod


def remove_method(*, by: Acting, public_id: str, at: datetime) -> SavedMethod:
    """Also turns automatic top-up off, which has nothing to charge then.

    A payment that has begun goes on. Raises NotAllowed below owner, and NotFound for a method
    that is not this requester's, or was removed.
    """
    by.require(Role.OWNER)
    with transaction.atomic():
        mine = SavedMethod.objects.select_for_update(no_key=True, of=("self",))
        method = mine.filter(
            payer__requester=by.requester, public_id=public_id, removed_at=None
        ).first()
        if method is None:
            raise NotFound("This is not saved any more.")
        method.removed_at = at
        method.save()
        trail.record(
            action="remove_method",
            actor=by.trail,
            subject=("requester", by.requester.public_id),
            at=at,
            method=method.words,
        )
        stop_top_up(requester=by.requester, actor=by.trail, why="The method was removed.", at=at)
    return method


def note_forgotten(*, method_id: int, at: datetime) -> None:
    """The gateway has forgotten it."""
    SavedMethod.objects.filter(pk=method_id, forgotten_at=None).update(forgotten_at=at)
