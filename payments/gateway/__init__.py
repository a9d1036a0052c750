"""Which gateway moves which currency."""

from payments.gateway.base import (
    Gateway,
    GatewayError,
    GatewayLater,
    GatewayUnclear,
    PayoutOrder,
    RefundOrder,
)
from payments.gateway.play_money import PlayMoney
from payments.gateway.stripe_gateway import StripeGateway

__all__ = [
    "Gateway",
    "GatewayError",
    "GatewayLater",
    "GatewayUnclear",
    "PayoutOrder",
    "RefundOrder",
    "gateway_named",
]

_GATEWAYS: dict[str, Gateway] = {"play": PlayMoney(), "stripe": StripeGateway()}


def gateway_named(name: str) -> Gateway:
    """The gateway an intent was made for: it stays with it, whatever the settings say later."""
    return _GATEWAYS[name]
