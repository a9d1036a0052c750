"""Payouts that nobody has to ask for."""

from datetime import datetime

from django.conf import settings

from marketplace.errors import DomainError
from payments.actions.request_payout import request_payout
from payments.models import Account, AccountKind, Payout, PayoutSettings


def schedule_payouts(*, at: datetime) -> int:
    """Make a payout for every worker whose schedule and minimum say so; how many were made.

    Running it twice makes nothing twice: a worker has one payout a day by schedule, and one
    open payout at a time.
    """
    schedules = [PayoutSettings.Schedule.DAILY]
    if at.weekday() == 0:
        schedules.append(PayoutSettings.Schedule.WEEKLY)
    wanted = dict(
        PayoutSettings.objects.filter(schedule__in=schedules).values_list("worker", "minimum_cents")
    )
    today = Payout.objects.filter(
        created_at__date=at.date(), currency=settings.MANYHANDS_CURRENCY, worker__in=wanted
    )
    for worker in today.values_list("worker", flat=True):
        wanted.pop(worker, None)
    rich = Account.objects.filter(
        kind=AccountKind.WORKER,
        currency=settings.MANYHANDS_CURRENCY,
        holder__in=wanted,
        balance_cents__gt=0,
    ).values_list("holder", "balance_cents")
    made = 0
    for worker, balance in rich.iterator():
        if (balance or 0) < wanted[worker]:
            continue
        try:
            request_payout(worker=worker, currency=settings.MANYHANDS_CURRENCY, at=at)
        except DomainError:  # taken meanwhile, or one is open: the next round finds it
            continue
        made += 1
    return made
