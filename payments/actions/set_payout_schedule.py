"""A worker says when earnings go out by themselves."""

from django.conf import settings

from marketplace.errors import InvalidInput
from marketplace.money import show
from payments.models import PayoutSettings


def set_payout_schedule(*, worker: str, schedule: str, minimum_cents: int) -> PayoutSettings:
    """`schedule` is one of PayoutSettings.Schedule. Raises InvalidInput."""
    if schedule not in PayoutSettings.Schedule.values:
        raise InvalidInput("Choose on request, daily or weekly.", field="schedule")
    least = settings.MANYHANDS_MINIMUM_PAYOUT_CENTS
    if minimum_cents < least:
        raise InvalidInput(f"The least that can be paid out is {show(least)}.", field="minimum")
    settings_row, _ = PayoutSettings.objects.update_or_create(
        worker=worker, defaults={"schedule": schedule, "minimum_cents": minimum_cents}
    )
    return settings_row
