"""Checkout: a page of Stripe's on which somebody pays, or saves a payment method."""

from stripe.params import checkout

from tests.stripe_server.balance import DAY
from tests.stripe_server.refusal import Refusal, unchecked
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World


@route("POST", "/v1/checkout/sessions", checkout.SessionCreateParams)
def create_session(world: World, call: Call) -> Thing:
    """A page of Stripe's on which somebody pays, or saves a method. It lasts for a day."""
    asked = call.params
    mode = asked.get("mode")
    if mode not in ("payment", "setup"):
        raise unchecked("Missing required param: mode.", code="parameter_missing", param="mode")
    if "success_url" not in asked:
        raise unchecked(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    if "customer" in asked:
        world.get("customer", asked["customer"], param="customer")
    items = asked.get("line_items", [])
    if mode == "payment" and not items:
        raise unchecked(
            "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )
    if mode == "setup" and not ("currency" in asked or "allowed_payment_method_types" in asked):
        raise unchecked(
            "Missing required param: currency.", code="parameter_missing", param="currency"
        )
    total = sum(i["price_data"]["unit_amount"] * i.get("quantity", 1) for i in items)
    expires = asked.get("expires_at", world.now + DAY)
    if not world.now + 1800 <= expires <= world.now + DAY:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from "
            "Checkout Session creation.",
            param="expires_at",
        )
    session = world.make(
        *("cs_test", "checkout.session"),
        mode=mode,
        amount_total=total,
        currency=items[0]["price_data"]["currency"] if items else asked.get("currency"),
        client_reference_id=asked.get("client_reference_id"),
        customer=asked.get("customer"),
        customer_email=asked.get("customer_email"),
        metadata=asked.get("metadata", {}),
        success_url=asked["success_url"],
        cancel_url=asked.get("cancel_url"),
        expires_at=expires,
        payment_intent=None,
        setup_intent=None,
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        status="open",
        _asked=asked,
    )
    if mode == "setup":
        session["setup_intent"] = world.make(
            *("seti", "setup_intent"),
            status="requires_payment_method",
            customer=session["customer"],
            payment_method=None,
            last_setup_error=None,
            next_action=None,
            metadata={},
        )["id"]
    session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}#{'fid' * 60}"
    world.later(expires - world.now, lambda: _expire(world, session))
    return session


def _expire(world: World, session: Thing) -> None:
    if session["status"] == "open":
        session.update(status="expired", url=None)
        world.emit("checkout.session.expired", session)


@route("POST", "/v1/checkout/sessions/{}/expire", checkout.SessionExpireParams)
def expire_session(world: World, call: Call) -> Thing:
    """End it early."""
    session = world.get("checkout.session", call.ids[0])
    if session["status"] != "open":
        raise Refusal('Only Checkout Sessions with a status in ["open"] can be expired.')
    _expire(world, session)
    return session


@route("GET", "/v1/checkout/sessions/{}", checkout.SessionRetrieveParams)
def get_session(world: World, call: Call) -> Thing:
    """One session."""
    return world.get("checkout.session", call.ids[0])
