"""What must hold before this version serves: `manage.py migrate` asks, and stops on an error."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from payments.models import Deposit
from payments.states import DepositStatus


@register(Tags.database)
def play_money_is_never_paid_out(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Balances that came from play money, in the live currency, would be paid out for real."""
    if settings.MANYHANDS_GATEWAY == "play" or not databases:
        return []
    with connections["default"].cursor() as cursor:
        if Deposit._meta.db_table not in connections["default"].introspection.table_names(cursor):
            return []
    played = Deposit.objects.filter(
        gateway="play", currency=settings.MANYHANDS_CURRENCY, status=DepositStatus.SETTLED
    )
    if not played.exists():
        return []
    kind = Error if settings.IS_PRODUCTION else Warning
    return [
        kind(
            f"This database holds play money in {settings.MANYHANDS_CURRENCY}, and "
            "MANYHANDS_GATEWAY would pay it out as real money.",
            hint="Start for real with an empty database.",
            id="payments.E001",
        )
    ]
