"""Staff close a worker's report of a HIT, saying what came of it."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts.actions.moderation import require_reason, require_staff
from marketplace.accounts.models import User
from marketplace.audit import trail
from marketplace.errors import WrongState
from tasks.models import HITReport


def resolve_report(*, staff: User, report: HITReport, reason: str, at: datetime) -> HITReport:
    """Mark the report as dealt with. Taking the group down is an act of its own."""
    require_staff(staff)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = HITReport.objects.select_for_update(no_key=True).get(pk=report.pk)
        if locked.resolved_at is not None:
            raise WrongState("This report has been dealt with already.")
        locked.resolved_at = at
        locked.save(update_fields=["resolved_at"])
        trail.record(
            action="resolve_report",
            actor=trail.actor_of(staff),
            subject=("report", locked.pk),
            at=at,
            reason=reason,
            report=locked.reason,
        )
    return locked
