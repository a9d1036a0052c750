"""Staff end a money incident: it is gone, or the operator bears the difference."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from marketplace.money import show
from payments import ledger, reconciliation
from payments.actions.keep_balance_transactions import from_there
from payments.actions.note_differences import COMPARED
from payments.models import AccountKind, Incident, Reason, Transfer


def close_incident(*, staff: User, incident: Incident, reason: str, at: datetime) -> Incident:
    """The difference is gone, and why it came is known. Raises WrongState while it stands: payouts
    would go on, and the next comparison would open it again."""
    return _close(staff, incident, reason, at, _require_gone)


def bear_difference(*, staff: User, incident: Incident, reason: str, at: datetime) -> Incident:
    """The operator's own money makes up for the difference, whichever way it goes, so that the
    books are equal again. Raises WrongState where it is gone, or is no difference of amounts."""
    return _close(staff, incident, reason, at, _book)


def can_be_borne(incident: Incident) -> bool:
    """A difference of cents between the two books, which stands."""
    return incident.stands and incident.kind in COMPARED


def _close(
    staff: User,
    incident: Incident,
    reason: str,
    at: datetime,
    settle: Callable[[Incident, datetime], dict[str, str]],
) -> Incident:
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
        if locked.closed_at is not None:
            raise WrongState("This incident is closed already.")
        data = settle(locked, at)
        locked.gone_at = locked.gone_at or at
        locked.closed_at, locked.closed_by, locked.reason = at, staff, reason
        locked.save()
        trail.record(
            action="bear_difference" if data else "close_incident",
            actor=trail.actor_of(staff),
            subject=("incident", locked.pk),
            at=at,
            reason=reason,
            **data,
        )
    return locked


def _require_gone(incident: Incident, at: datetime) -> dict[str, str]:
    if incident.stands:
        raise WrongState(
            "The difference still stands. Put it right first, or let the operator bear it; then "
            "the next reconciliation sees that it is gone."
        )
    return {}


def _book(incident: Incident, at: datetime) -> dict[str, str]:
    """As large as it is now, not as it was when it was last seen."""
    found = [
        each
        for each in reconciliation.differences(fact=incident.subject)
        if each.currency == incident.currency
    ]
    if not can_be_borne(incident) or not found:
        raise WrongState("There is no difference of amounts to bear here any more.")
    (difference,) = found
    before = Transfer.objects.filter(reference=difference.fact).count()
    move = from_there(
        f"difference:{incident.pk}:{before + 1}",
        AccountKind.OPERATOR,
        difference.cents,
        difference.currency,
        Reason.DIFFERENCE,
        difference.fact,
        f"incident {incident.pk}",
    )
    ledger.post([move], at=at)
    return {"transfer": move.key, "amount": show(difference.cents, difference.currency)}
