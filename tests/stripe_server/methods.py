"""Who pays, and with what again: customers, their saved methods, the intents to save one."""

from typing import Any

from stripe import params

from tests.stripe_server.refusal import Refusal, missing
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World


@route("POST", "/v1/customers", params.CustomerCreateParams)
def create_customer(world: World, call: Call) -> Thing:
    """Somebody who pays."""
    values: Thing = {name: call.params.get(name) for name in ("email", "name", "description")}
    return world.make("cus", "customer", metadata=call.params.get("metadata", {}), **values)


@route("GET", "/v1/customers", params.CustomerListParams)
def list_customers(world: World, call: Call) -> Thing:
    """All of them, newest first; or those with an e-mail address."""
    found = [c for c in world.of("customer") if not c.get("_is_gone")]
    if "email" in call.params:
        found = [c for c in found if c["email"] == call.params["email"]]
    return world.page(found, call, url="/v1/customers")


@route("GET", "/v1/customers/{}", params.CustomerRetrieveParams)
def get_customer(world: World, call: Call) -> Thing:
    """One customer."""
    return world.get("customer", call.ids[0])


@route("DELETE", "/v1/customers/{}", params.CustomerDeleteParams)
def delete_customer(world: World, call: Call) -> Thing:
    """For ever; its methods are detached."""
    customer = world.get("customer", call.ids[0])
    customer["_is_gone"] = True
    for method in world.of("payment_method"):
        if method["customer"] == customer["id"]:
            method.update(customer=None, _is_detached=True)
    return {"id": customer["id"], "object": "customer", "deleted": True}


@route("GET", "/v1/payment_methods", params.PaymentMethodListParams)
def list_methods(world: World, call: Call) -> Thing:
    """A customer's saved methods."""
    asked = {name: call.params[name] for name in ("customer", "type") if name in call.params}
    found = [
        method
        for method in world.of("payment_method")
        if all(method[name] == value for name, value in asked.items())
    ]
    return world.page(found, call, url="/v1/payment_methods")


@route("GET", "/v1/payment_methods/{}", params.PaymentMethodRetrieveParams)
def get_method(world: World, call: Call) -> Thing:
    """One of them."""
    return world.get("payment_method", call.ids[0])


@route("POST", "/v1/payment_methods/{}/attach", params.PaymentMethodAttachParams)
def attach(world: World, call: Call) -> Thing:
    """Make a method a customer's. `pm_card_visa` is a new card each time, as with test keys."""
    customer = world.get("customer", call.params["customer"], param="customer")
    if call.ids[0] == "pm_card_visa":
        method = method_of(world, "card", None, "succeeds")
    else:
        method = world.get("payment_method", call.ids[0])
    if method["_is_detached"]:
        raise Refusal("This PaymentMethod was detached from a Customer. It may not be used again.")
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


@route("POST", "/v1/payment_methods/{}/detach", params.PaymentMethodDetachParams)
def detach(world: World, call: Call) -> Thing:
    """Forget a saved method: for ever."""
    method = world.things.get(call.ids[0])
    if method is None or method["object"] != "payment_method":
        raise missing("PaymentMethod", call.ids[0])
    if method["customer"] is None:
        raise Refusal(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            code="resource_missing",
        )
    method.update(customer=None, _is_detached=True)
    world.emit("payment_method.detached", method)
    return method


def method_of(world: World, kind: str, customer: str | None, outcome: str) -> Thing:
    """A card or bank account, which will do as `outcome` says when it is charged."""
    details: dict[str, Any] = {
        "card": {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2040}
    }
    if kind == "us_bank_account":
        details = {kind: {"bank_name": "STRIPE TEST BANK", "last4": "6789"}}
    elif kind != "card":
        details = {kind: {}}
    return world.make(
        *("pm", "payment_method"),
        type=kind,
        customer=customer,
        _outcome=outcome,
        _is_detached=False,
        _has_mandate=True,
        **details,
    )


@route("POST", "/v1/setup_intents", params.SetupIntentCreateParams)
def create_setup(world: World, call: Call) -> Thing:
    """An intent to save a method for later."""
    values: Thing = {name: call.params.get(name) for name in ("customer", "description", "usage")}
    return world.make(
        "seti",
        "setup_intent",
        status="requires_payment_method",
        payment_method=None,
        metadata=call.params.get("metadata", {}),
        **values,
    )


@route("GET", "/v1/setup_intents/{}", params.SetupIntentRetrieveParams)
def get_setup(world: World, call: Call) -> Thing:
    """One of them."""
    return world.get("setup_intent", call.ids[0])
