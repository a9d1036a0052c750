"""The marketplace's own account, and where Stripe sends its events."""

from stripe import params

from tests.stripe_server.accounts import get_account
from tests.stripe_server.routes import route
from tests.stripe_server.world import ACCOUNT, Call, Thing, World


@route("GET", "/v1/account", params.AccountRetrieveCurrentParams)
def get_own_account(world: World, _call: Call) -> Thing:
    """The account that the key belongs to."""
    return {
        "id": ACCOUNT,
        "object": "account",
        "default_currency": world.platform_currency,
        "charges_enabled": True,
        "payouts_enabled": True,
        "settings": {"payouts": {"schedule": {"interval": world.payout_interval}}},
    }


@route("DELETE", "/v1/accounts/{}", params.AccountDeleteParams)
def delete_account(world: World, call: Call) -> Thing:
    """A payee's account that nothing was paid to."""
    account = get_account(world, call)
    account["_is_gone"] = True
    return {"id": account["id"], "object": "account", "deleted": True}


@route("POST", "/v1/webhook_endpoints", params.WebhookEndpointCreateParams)
def create_endpoint(world: World, call: Call) -> Thing:
    """An address that events are sent to. (The stand-in sends to those that a test names.)"""
    asked = call.params
    return world.make(
        *("we", "webhook_endpoint"),
        url=asked["url"],
        enabled_events=asked["enabled_events"],
        status="enabled",
        secret="whsec_standin",
    )


@route("GET", "/v1/webhook_endpoints", params.WebhookEndpointListParams)
def list_endpoints(world: World, call: Call) -> Thing:
    """All of them."""
    return world.page(world.of("webhook_endpoint"), call, url="/v1/webhook_endpoints")
