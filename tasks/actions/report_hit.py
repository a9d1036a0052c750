"""A worker reports a HIT to the operator."""

from datetime import datetime

from marketplace.errors import InvalidInput, NotFound
from tasks.models import HIT, HITReport
from workers.models import Worker


def report_hit(*, worker: Worker, hit_id: str, reason: str, text: str, at: datetime) -> HITReport:
    """File a report; a second one of the same HIT replaces the first."""
    if reason not in HITReport.Reason.values:
        raise InvalidInput("Choose what is wrong with this HIT.", field="reason")
    hit = HIT.objects.filter(public_id=hit_id).first()
    if hit is None:
        raise NotFound("There is no such HIT.")
    report, _ = HITReport.objects.update_or_create(
        hit=hit,
        worker=worker,
        defaults={"reason": reason, "text": text[:2000], "reported_at": at, "resolved_at": None},
    )
    return report
