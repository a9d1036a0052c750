"""What is charged: customers, their payment methods, intents, charges."""

from typing import Any

from stripe import params

from tests.stripe_server.balance import CARD_DAYS, DAY, booked
from tests.stripe_server.refusal import Refusal, unchecked
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World

BANK_DAYS = 4
DECLINED = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
RETURNED = {
    "type": "card_error",
    "code": "payment_method_bank_account_blocked",
    "message": "The customer's bank account has insufficient funds.",
}


@route("POST", "/v1/customers", params.CustomerCreateParams)
def create_customer(world: World, call: Call) -> Thing:
    """Somebody who pays."""
    values: Thing = {name: call.params.get(name) for name in ("email", "name", "description")}
    return world.make("cus", "customer", metadata=call.params.get("metadata", {}), **values)


@route("GET", "/v1/customers/{}", params.CustomerRetrieveParams)
def get_customer(world: World, call: Call) -> Thing:
    """One customer."""
    return world.get("customer", call.ids[0])


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


@route("POST", "/v1/payment_methods/{}/detach", params.PaymentMethodDetachParams)
def detach(world: World, call: Call) -> Thing:
    """Forget a saved method."""
    method = world.get("payment_method", call.ids[0])
    method["customer"] = None
    return method


def method_of(world: World, kind: str, customer: str | None, outcome: str) -> Thing:
    """A card or bank account, which will do as `outcome` says when it is charged."""
    details: dict[str, Any] = {"card": {"brand": "visa", "last4": "4242", "exp_year": 2040}}
    if kind == "us_bank_account":
        details = {"us_bank_account": {"bank_name": "STRIPE TEST BANK", "last4": "6789"}}
    return world.make(
        "pm", "payment_method", type=kind, customer=customer, _outcome=outcome, **details
    )


def intent_of(world: World, *, cents: int, currency: str, asked: dict[str, Any]) -> Thing:
    """An intent to charge, with nothing charged yet."""
    return world.make(
        *("pi", "payment_intent"),
        amount=cents,
        amount_received=0,
        currency=currency,
        customer=asked.get("customer"),
        description=asked.get("description"),
        metadata=asked.get("metadata", {}),
        transfer_group=asked.get("transfer_group"),
        setup_future_usage=asked.get("setup_future_usage"),
        payment_method=None,
        latest_charge=None,
        last_payment_error=None,
        status="requires_payment_method",
    )


@route("POST", "/v1/payment_intents", params.PaymentIntentCreateParams)
def create_intent(world: World, call: Call) -> Thing:
    """An intent; with `confirm`, charged at once with a saved method."""
    asked = call.params
    intent = intent_of(world, cents=asked["amount"], currency=asked["currency"], asked=asked)
    return _confirmed(world, intent, asked) if asked.get("confirm") else intent


@route("POST", "/v1/payment_intents/{}/confirm", params.PaymentIntentConfirmParams)
def confirm_intent(world: World, call: Call) -> Thing:
    """Charge the method that is named."""
    return _confirmed(world, world.get("payment_intent", call.ids[0]), call.params)


def _confirmed(world: World, intent: Thing, asked: dict[str, Any]) -> Thing:
    if "payment_method" not in asked:
        raise unchecked(
            "Missing required param: payment_method.",
            code="parameter_missing",
            param="payment_method",
        )
    method = world.get("payment_method", asked["payment_method"], param="payment_method")
    if asked.get("off_session") and method["customer"] != intent["customer"]:
        raise Refusal("The PaymentMethod does not belong to the Customer.", param="payment_method")
    charge_now(world, intent, method)
    if intent["last_payment_error"]:
        error = intent["last_payment_error"]
        raise Refusal(
            error["message"],
            code=error["code"],
            kind="card_error",
            status=402,
            payment_intent=intent["id"],
        )
    return intent


@route("GET", "/v1/payment_intents/{}", params.PaymentIntentRetrieveParams)
def get_intent(world: World, call: Call) -> Thing:
    """One intent."""
    return world.get("payment_intent", call.ids[0])


@route("POST", "/v1/payment_intents/{}/cancel", params.PaymentIntentCancelParams)
def cancel_intent(world: World, call: Call) -> Thing:
    """Give it up."""
    intent = world.get("payment_intent", call.ids[0])
    if intent["status"] in ("succeeded", "processing", "canceled"):
        raise Refusal(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    intent["status"] = "canceled"
    world.emit("payment_intent.canceled", intent)
    return intent


def charge_now(world: World, intent: Thing, method: Thing) -> None:
    """A card is charged at once; a bank debit takes days, and may come back."""
    if intent["status"] == "succeeded":
        raise Refusal(
            "This PaymentIntent has already succeeded.", code="payment_intent_unexpected_state"
        )
    intent["payment_method"] = method["id"]
    if method["type"] == "us_bank_account":
        intent.update(status="processing", last_payment_error=None)
        world.emit("payment_intent.processing", intent)
        world.later(BANK_DAYS * DAY, lambda: _end(world, intent, method, RETURNED, wait=0))
    else:
        _end(world, intent, method, DECLINED, wait=CARD_DAYS * DAY)


def _end(world: World, intent: Thing, method: Thing, error: Thing, *, wait: int) -> None:
    if method["_outcome"] == "fails":
        intent.update(status="requires_payment_method", last_payment_error=error)
        world.emit("payment_intent.payment_failed", intent)
        _tell_session(world, intent, "failed")
        return
    charge = world.make(
        *("ch", "charge"),
        amount=intent["amount"],
        amount_refunded=0,
        refunded=False,
        disputed=False,
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": method["type"]},
        metadata=intent["metadata"],
        status="succeeded",
        paid=True,
    )
    txn = booked(
        world,
        "charge" if wait else "payment",
        charge,
        cents=charge["amount"],
        fee=fee_of(charge["amount"], method["type"]),
        available_in=wait,
    )
    charge["balance_transaction"] = txn["id"]
    intent.update(
        status="succeeded",
        latest_charge=charge["id"],
        last_payment_error=None,
        amount_received=intent["amount"],
    )
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    _tell_session(world, intent, "succeeded")


def fee_of(cents: int, kind: str) -> int:
    """Stripe's share, as its public prices had it: 2.9% and 30 cents, or 0.8% up to 5 dollars."""
    if kind == "us_bank_account":
        return min(500, cents * 8 // 1000)
    return (cents * 29 + 500) // 1000 + 30


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


def _tell_session(world: World, intent: Thing, how: str) -> None:
    """The session whose intent this is learns how it ended."""
    for session in world.of("checkout.session"):
        if session["payment_intent"] == intent["id"] and session["payment_status"] == "unpaid":
            if how == "succeeded":
                session["payment_status"] = "paid"
            if session["status"] == "complete":
                world.emit(f"checkout.session.async_payment_{how}", session)
