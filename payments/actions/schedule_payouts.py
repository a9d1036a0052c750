"""Payouts that nobody has to ask for."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce

from marketplace.errors import DomainError
from payments.actions.request_payout import request_payout
from payments.models import AccountKind, PayoutBatch, PayoutSettings
from payments.queries import balance_of

Kind = PayoutBatch.Kind


def due_batches(*, at: datetime) -> list[PayoutBatch]:
    """The scheduled batches that are not prepared to the end, opened now if they are new.

    There is one a day and one a week, from Monday on (UTC). A day that nothing ran on is left
    out, a week's batch is opened on whatever day something runs.
    """
    today = at.date()
    days = {Kind.DAILY: today, Kind.WEEKLY: today - timedelta(days=today.weekday())}
    for kind, on in days.items():
        PayoutBatch.objects.get_or_create(kind=kind, on=on, currency=settings.MANYHANDS_CURRENCY)
    due = PayoutBatch.objects.filter(prepared_at=None, paused_at=None)
    return list(due.order_by("on", "pk"))


def prepare_payouts(*, batch: PayoutBatch, at: datetime, limit: int) -> tuple[int, bool]:
    """Hold a payout for each of the next `limit` workers whose schedule and minimum ask for one.

    Returns how many payouts were made, and whether the batch is prepared to its end. A worker is
    come to once per batch, in a transaction that also keeps how far the batch has come. Where staff
    pause it meanwhile, it stays where it is: who is left is come to once it goes on.
    """
    wanted = PayoutSettings.objects.filter(schedule=batch.kind, pk__gt=batch.reached)
    chosen = list(wanted.order_by("pk").values_list("pk", flat=True)[:limit])
    made = 0
    for pk in chosen:
        held = _come_to(batch.pk, pk, at)
        if held is None:
            return made, False
        made += held
    if len(chosen) == limit:
        return made, False
    going_on = PayoutBatch.objects.filter(pk=batch.pk, paused_at=None)
    return made, bool(going_on.update(prepared_at=Coalesce("prepared_at", at)))


def _come_to(batch_id: int, settings_id: int, at: datetime) -> bool | None:
    """Whether a payout was made; None where staff have paused the batch."""
    with transaction.atomic():
        batch = PayoutBatch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if batch.paused_at is not None:
            return None
        if batch.reached >= settings_id:
            return False  # another process did
        batch.reached = settings_id
        batch.save()
        return _pay_out(batch, PayoutSettings.objects.get(pk=settings_id), at)


def _pay_out(batch: PayoutBatch, wanted: PayoutSettings, at: datetime) -> bool:
    if balance_of(AccountKind.WORKER, wanted.worker, batch.currency) < wanted.minimum_cents:
        return False
    try:
        request_payout(worker=wanted.worker, currency=batch.currency, batch=batch, at=at)
    except DomainError:  # taken meanwhile, one is open, suspended, or nobody knows where to
        return False
    return True
