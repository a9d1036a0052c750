"""Payouts that nobody has to ask for."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.errors import DomainError
from payments.actions.request_payout import request_payout
from payments.models import AccountKind, Payout, PayoutSettings
from payments.queries import balance_of


def schedule_payouts(*, at: datetime) -> int:
    """Make a payout for every worker whose schedule and minimum say so; how many were made.

    Running it twice makes nothing twice: a worker has one payout a day by schedule, or one a
    week, and one open payout at a time. A Monday on which nothing ran is made up for by the
    next run, since what decides is the week that was kept last.
    """
    return _daily(at) + _weekly(at)


def _daily(at: datetime) -> int:
    had_one = Payout.objects.filter(
        created_at__date=at.date(), currency=settings.MANYHANDS_CURRENCY
    )
    due = PayoutSettings.objects.filter(schedule=PayoutSettings.Schedule.DAILY).exclude(
        worker__in=had_one.values("worker")
    )
    return sum(_pay_out(wanted, at) for wanted in due.iterator())


def _weekly(at: datetime) -> int:
    monday = at.date() - timedelta(days=at.weekday())
    weekly = PayoutSettings.objects.filter(schedule=PayoutSettings.Schedule.WEEKLY)
    weekly.filter(week_of=None).update(week_of=monday)  # chosen this week: from the next one on
    due = weekly.filter(week_of__lt=monday).values_list("pk", flat=True)
    return sum(_keep_week(pk, monday, at) for pk in list(due))


def _keep_week(pk: int, monday: date, at: datetime) -> bool:
    """The payout and the mark that the week was kept, together."""
    with transaction.atomic():
        wanted = PayoutSettings.objects.select_for_update(no_key=True).get(pk=pk)
        if wanted.week_of is None or wanted.week_of >= monday:
            return False
        made = _pay_out(wanted, at)
        PayoutSettings.objects.filter(pk=pk).update(week_of=monday)
    return made


def _pay_out(wanted: PayoutSettings, at: datetime) -> bool:
    currency = settings.MANYHANDS_CURRENCY
    if balance_of(AccountKind.WORKER, wanted.worker, currency) < wanted.minimum_cents:
        return False
    try:
        request_payout(worker=wanted.worker, currency=currency, at=at)
    except DomainError:  # taken meanwhile, or one is open
        return False
    return True
