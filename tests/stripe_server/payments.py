"""What is charged: intents and charges. Whose methods they use is beside it, in methods."""

from typing import Any

from stripe import params

from tests.stripe_server.balance import CARD_DAYS, DAY, booked
from tests.stripe_server.refusal import Refusal, unchecked
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World

BANK_DAYS = 4


def _declined(code: str, decline_code: str | None, message: str) -> Thing:
    error = {"type": "card_error", "code": code, "message": message}
    return error | ({"decline_code": decline_code} if decline_code else {})


DECLINES = {
    "fails": _declined("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": _declined(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "expired_card": _declined("expired_card", None, "Your card has expired."),
    "asks": _declined(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
    "asks_softly": _declined("card_declined", "authentication_required", "Your card was declined."),
}
"""What Stripe's test cards do, by the `outcome` that a method was made with. Those that ask do so
only where the payer is not there (4000002760003184, 4000002500003155)."""
ASKING = ("asks", "asks_softly")
RETURNED = {
    "type": "card_error",
    "code": "payment_method_bank_account_blocked",
    "message": "The customer's bank account has insufficient funds.",
}


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
        capture_method=asked.get("capture_method", "automatic"),
        payment_method=None,
        latest_charge=None,
        last_payment_error=None,
        status="requires_payment_method",
    )


@route("POST", "/v1/payment_intents", params.PaymentIntentCreateParams)
def create_intent(world: World, call: Call) -> Thing:
    """An intent; with `confirm`, charged at once with a saved method."""
    asked = call.params
    if asked.get("off_session") and not asked.get("confirm"):
        raise unchecked(
            "off_session can only be used when confirm=true.",
            code="parameter_invalid",
            param="off_session",
        )
    if "customer" in asked:
        world.get("customer", asked["customer"], param="customer")
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
    _require_chargeable(method, intent, asked)
    charge_now(world, intent, method, is_payer_there=not asked.get("off_session"))
    if intent["last_payment_error"]:
        error = {n: v for n, v in intent["last_payment_error"].items() if n != "type"}
        words = error.pop("message")
        raise Refusal(words, kind="card_error", status=402, payment_intent=intent["id"], **error)
    return intent


def _require_chargeable(method: Thing, intent: Thing, asked: dict[str, Any]) -> None:
    """As the documentation of payment methods has it: detached is for ever, and whose is whose."""
    if method["_is_detached"]:
        raise Refusal(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple "
            "times, you must attach it to a Customer first.",
            param="payment_method",
        )
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        raise Refusal("The PaymentMethod does not belong to the Customer.", param="payment_method")
    if asked.get("off_session") and not method["_has_mandate"]:
        raise Refusal(
            "The provided mandate is invalid and can't be used for the payment intent.",
            code="payment_intent_mandate_invalid",
        )
    if asked.get("off_session") and method["customer"] is None:
        raise Refusal("Attach the PaymentMethod to a Customer first.", param="payment_method")
    kinds = asked.get("allowed_payment_method_types")
    if kinds and method["type"] not in kinds:
        raise Refusal(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            param="payment_method",
        )


@route("GET", "/v1/payment_intents", params.PaymentIntentListParams)
def list_intents(world: World, call: Call) -> Thing:
    """A customer's, newest first."""
    asked = {n: call.params[n] for n in ("customer",) if n in call.params}
    found = [i for i in world.of("payment_intent") if all(i[n] == v for n, v in asked.items())]
    return world.page(found, call, url="/v1/payment_intents")


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


def charge_now(world: World, intent: Thing, method: Thing, *, is_payer_there: bool = True) -> None:
    """A card is charged at once; a bank debit takes days, and may come back."""
    if intent["status"] == "succeeded":
        raise Refusal(
            "This PaymentIntent has already succeeded.", code="payment_intent_unexpected_state"
        )
    intent["payment_method"] = method["id"]
    if method["type"] == "us_bank_account":
        intent.update(status="processing", last_payment_error=None)
        world.emit("payment_intent.processing", intent)
        if world.failed_debits:
            _charged(world, intent, method, status="pending", wait=BANK_DAYS * DAY)
        world.later(BANK_DAYS * DAY, lambda: _end(world, intent, method, RETURNED, wait=0))
        return
    error = DECLINES.get(method["_outcome"])
    if method["_outcome"] in ASKING and is_payer_there:
        error = None
    if error is None and intent["capture_method"] == "manual":
        intent.update(status="requires_capture", last_payment_error=None)
        return
    _end(world, intent, method, error, wait=CARD_DAYS * DAY)


def _end(world: World, intent: Thing, method: Thing, error: Thing | None, *, wait: int) -> None:
    if error is RETURNED and method["_outcome"] != "fails":
        error = None
    if error is not None:
        intent.update(status="requires_payment_method", last_payment_error=error)
        if intent["latest_charge"]:
            _taken_back(world, world.things[intent["latest_charge"]])
        world.emit("payment_intent.payment_failed", intent)
        _tell_session(world, intent, "failed")
        return
    if intent["latest_charge"]:
        charge = world.things[intent["latest_charge"]]
        charge.update(status="succeeded", paid=True)
    else:
        charge = _charged(world, intent, method, status="succeeded", wait=wait)
    intent.update(status="succeeded", last_payment_error=None, amount_received=intent["amount"])
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    _tell_session(world, intent, "succeeded")


def _charged(world: World, intent: Thing, method: Thing, *, status: str, wait: int) -> Thing:
    """A charge, and its line, whose money is available after `wait` seconds."""
    is_card = method["type"] == "card"
    charge = world.make(
        *("ch" if is_card else "py", "charge"),
        amount=intent["amount"],
        amount_refunded=0,
        refunded=False,
        disputed=False,
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": method["type"], method["type"]: method[method["type"]]},
        metadata=intent["metadata"],
        status=status,
        paid=status == "succeeded",
    )
    txn = booked(
        world,
        "charge" if is_card else "payment",
        charge,
        cents=charge["amount"],
        fee=fee_of(charge["amount"], method["type"]),
        available_in=wait,
    )
    charge["balance_transaction"] = txn["id"]
    intent["latest_charge"] = charge["id"]
    return charge


def _taken_back(world: World, charge: Thing) -> None:
    """A debit that was booked at once has failed: its money and its fee go back."""
    charge["status"] = "failed"
    source, cents = charge, charge["amount"]
    if world.failed_debits == "refund":
        names = {name: charge[name] for name in ("currency", "payment_intent")}
        source = world.make(
            "pyr", "refund", amount=cents, charge=charge["id"], metadata={}, **names
        )
    fee = fee_of(cents, charge["payment_method_details"]["type"])
    booked(world, "payment_failure_refund", source, cents=-cents, fee=-fee)


def fee_of(cents: int, kind: str) -> int:
    """Stripe's share, as its public prices had it: 2.9% and 30 cents, or 0.8% up to 5 dollars."""
    if kind == "us_bank_account":
        return min(500, cents * 8 // 1000)
    return (cents * 29 + 500) // 1000 + 30


def _tell_session(world: World, intent: Thing, how: str) -> None:
    """The session whose intent this is learns how it ended."""
    for session in world.of("checkout.session"):
        if session["payment_intent"] == intent["id"] and session["payment_status"] == "unpaid":
            if how == "succeeded":
                session["payment_status"] = "paid"
            if session["status"] == "complete":
                world.emit(f"checkout.session.async_payment_{how}", session)
