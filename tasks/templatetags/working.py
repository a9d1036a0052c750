"""What every worker's page shows in its bar, and what is still theirs where none is open."""

from typing import Any

from django import template

from marketplace.accounts.models import User
from marketplace.money import currency_of
from payments.models import AccountKind
from payments.queries import Earnings, balance_of, earnings_of
from workers.models import Worker

register = template.Library()


@register.inclusion_tag("tasks/worker/_money.html", takes_context=True)
def ready_to_pay_out(context: dict[str, Any]) -> dict[str, Any]:
    """The worker's available earnings on this side; nothing where no worker is looking."""
    request = context.get("request")
    worker: Worker | None = getattr(request, "worker", None)
    if request is None or worker is None:
        return {}
    currency = currency_of(is_sandbox=request.is_sandbox)
    cents = balance_of(AccountKind.WORKER, worker.public_id, currency)
    return {"cents": cents, "currency": currency, "is_shown": True}


@register.simple_tag
def live_earnings_of(user: User) -> Earnings | None:
    """What a person has earned in live work; None where they never joined as a worker."""
    worker = Worker.objects.filter(user=user).first()
    return earnings_of(worker.public_id, currency_of(is_sandbox=False)) if worker else None


@register.simple_tag
def live_currency() -> str:
    """The currency that live work is paid in."""
    return currency_of(is_sandbox=False)
