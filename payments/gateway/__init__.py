"""Which gateway moves which currency."""

from django.conf import settings

from payments.gateway.base import (
    BooksPage,
    CustomerOrder,
    DepositOrder,
    Gateway,
    GatewayError,
    GatewayLater,
    GatewayNeedsPayer,
    GatewayUnclear,
    PayoutOrder,
    RefundOrder,
)
from payments.gateway.play_money import PlayMoney
from payments.gateway.stripe_gateway import StripeGateway

__all__ = [
    "BooksPage",
    "CustomerOrder",
    "DepositOrder",
    "Gateway",
    "GatewayError",
    "GatewayLater",
    "GatewayNeedsPayer",
    "GatewayUnclear",
    "PayoutOrder",
    "RefundOrder",
    "gateway_named",
    "gateways_in_use",
]

_GATEWAYS: dict[str, Gateway] = {"play": PlayMoney(), "stripe": StripeGateway()}


def gateway_named(name: str) -> Gateway:
    """The gateway an intent was made for: it stays with it, whatever the settings say later."""
    return _GATEWAYS[name]


def gateways_in_use() -> list[Gateway]:
    """Those that may hold money of the marketplace: play money always, Stripe with its key."""
    names = ["play", "stripe"] if settings.STRIPE_SECRET_KEY else ["play"]
    return [gateway_named(name) for name in names]
