"""{% money_chip %}: the requester's balance in the bar, with the way to the money page."""

from typing import Any

from django import template
from django.template.context import RequestContext

from marketplace.money import currency_of
from payments.queries import requester_balance

register = template.Library()


@register.inclusion_tag("payments/_money_chip.html", takes_context=True)
def money_chip(context: RequestContext) -> dict[str, Any]:
    """The balance on the side that the page shows; nothing where nobody acts for a requester."""
    request = context.get("request")
    acting = getattr(request, "acting", None)
    if acting is None:
        return {}
    currency = currency_of(is_sandbox=request.is_sandbox)  # type: ignore[union-attr]
    balance = requester_balance(acting.requester.public_id, currency)
    return {"balance_cents": balance, "currency": currency}
