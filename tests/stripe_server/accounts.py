"""Connect: accounts of payees with the Express dashboard, what they still owe Stripe, links."""

from typing import Any

from stripe import params

from tests.stripe_server.refusal import Refusal, unchecked
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World

FIRST_ASKED = [
    "external_account",
    "individual.dob.day",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
]
LINK_SECONDS = 300
EXPRESS = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}


def requirements(due: list[str], disabled: str | None = None) -> Thing:
    """What Stripe wants to know before money flows."""
    return {
        "currently_due": list(due),
        "eventually_due": list(due),
        "past_due": list(due) if disabled else [],
        "pending_verification": [],
        "errors": [],
        "disabled_reason": disabled,
    }


def weigh(account: Thing) -> None:
    """What the account may do follows from what is still due."""
    asked = account["requirements"]
    is_fine = not asked["currently_due"] and asked["disabled_reason"] is None
    state = "active" if is_fine else "inactive"
    account["capabilities"] = dict.fromkeys(account["capabilities"], state)
    account["payouts_enabled"] = is_fine
    account["charges_enabled"] = is_fine and "card_payments" in account["capabilities"]


@route("POST", "/v1/accounts", params.AccountCreateParams)
def create_account(world: World, call: Call) -> Thing:
    """An account for a payee."""
    asked = call.params
    if "type" in asked and "controller" in asked:
        raise unchecked(
            "You may not provide the `type` parameter and `controller` parameters at the same "
            "time.",
            code="parameter_invalid",
            param="type",
        )
    wanted = {n: "inactive" for n, c in asked.get("capabilities", {}).items() if c["requested"]}
    if not wanted and asked.get("type") != "standard":
        raise Refusal("You must request at least one capability.", param="capabilities")
    return world.make(
        "acct",
        "account",
        type=asked.get("type", "none"),
        controller=asked.get("controller", EXPRESS) | {"type": "application"},
        country=asked.get("country", "US"),
        default_currency="usd",
        email=asked.get("email"),
        business_type=asked.get("business_type"),
        metadata=asked.get("metadata", {}),
        capabilities=wanted,
        requirements=requirements(FIRST_ASKED, "requirements.past_due"),
        details_submitted=False,
        payouts_enabled=False,
        charges_enabled=False,
        external_accounts=_list_of(made_of=[]),
    )


def _list_of(made_of: list[Thing]) -> dict[str, Any]:
    return {"object": "list", "data": made_of, "has_more": False, "url": "/v1/external_accounts"}


def bank(world: World, account: Thing, fingerprint: str) -> None:
    """Put a bank account in the place of the one that was there."""
    made = world.make(
        *("ba", "bank_account"),
        account=account["id"],
        last4=fingerprint[-4:],
        fingerprint=fingerprint,
        currency="usd",
        country=account["country"],
        default_for_currency=True,
    )
    account["external_accounts"] = _list_of([made])


@route("GET", "/v1/accounts/{}", params.AccountRetrieveParams)
def get_account(world: World, call: Call) -> Thing:
    """One account. Somebody else's is not an account that the key may ask about."""
    found = world.things.get(call.ids[0])
    if found is None or found["object"] != "account" or found.get("_is_gone"):
        raise Refusal(
            f"The provided key 'sk_test_***' does not have access to account '{call.ids[0]}' (or "
            "that account does not exist). Application access may have been revoked.",
            code="account_invalid",
            status=403,
        )
    return found


@route("POST", "/v1/accounts/{}", params.AccountUpdateParams)
def update_account(world: World, call: Call) -> Thing:
    """Change what the platform may change."""
    account = get_account(world, call)
    for name in ("email", "business_profile", "settings"):
        if name in call.params:
            account[name] = call.params[name]
    account["metadata"] = account["metadata"] | call.params.get("metadata", {})
    world.emit("account.updated", account, account=account["id"])
    return account


@route("GET", "/v1/accounts", params.AccountListParams)
def list_accounts(world: World, call: Call) -> Thing:
    """All payees."""
    return world.page(world.of("account"), call, url="/v1/accounts")


@route("POST", "/v1/account_links", params.AccountLinkCreateParams)
def create_link(world: World, call: Call) -> Thing:
    """A way onto Stripe's own pages: it works once, for a few minutes."""
    asked = call.params
    account = world.things.get(asked["account"])
    if account is None or account["object"] != "account" or account.get("_is_gone"):
        raise Refusal(
            f"No such account: '{asked['account']}'", code="resource_missing", param="account"
        )
    for name in ("refresh_url", "return_url"):
        if name not in asked:
            raise unchecked(
                f"Missing required param: {name}.", code="parameter_missing", param=name
            )
    if asked["type"] == "account_update":
        raise Refusal("You cannot create `account_update` type Account Links for this account.")
    link = world.make(
        *("link", "account_link"),
        _for=account["id"],
        _asked=asked,
        expires_at=world.now + LINK_SECONDS,
    )
    link["url"] = f"https://connect.stripe.com/setup/e/{account['id']}/{link['id']}"
    return {name: link[name] for name in ("object", "created", "expires_at", "url")}


@route("POST", "/v1/accounts/{}/login_links", params.AccountLoginLinkCreateParams)
def create_login_link(world: World, call: Call) -> Thing:
    """A way into the payee's Express dashboard, once onboarding is done."""
    account = get_account(world, call)
    if not account["details_submitted"]:
        raise Refusal(
            "Cannot create a login link for an account that has not completed onboarding."
        )
    url = f"https://connect.stripe.com/express/{account['id']}"
    return {"object": "login_link", "created": world.now, "url": url}
