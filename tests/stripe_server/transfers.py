"""Money from the platform's balance to a payee's account, and back; a payee's own payouts."""

from stripe import params

from tests.stripe_server.balance import DAY, booked, require
from tests.stripe_server.refusal import Refusal, missing, unchecked
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World


def positive(call: Call) -> int:
    """The amount, which Stripe requires though its types don't say so."""
    if "amount" not in call.params:
        raise unchecked("Missing required param: amount.", code="parameter_missing", param="amount")
    if call.params["amount"] < 1:
        raise unchecked(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
        )
    amount: int = call.params["amount"]
    return amount


@route("POST", "/v1/transfers", params.TransferCreateParams)
def create_transfer(world: World, call: Call) -> Thing:
    """At once, out of what is available, to an account whose transfers are active."""
    asked, cents = call.params, positive(call)
    payee = world.things.get(asked["destination"])
    if payee is None or payee["object"] != "account" or payee.get("_is_gone"):
        raise missing("destination", asked["destination"], param="destination", status=400)
    if payee["capabilities"].get("transfers") != "active":
        raise Refusal(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    require(world, cents, asked["currency"])
    made = world.make(
        *("tr", "transfer"),
        amount=cents,
        amount_reversed=0,
        reversed=False,
        currency=asked["currency"],
        destination=payee["id"],
        description=asked.get("description"),
        metadata=asked.get("metadata", {}),
        transfer_group=asked.get("transfer_group"),
        source_transaction=asked.get("source_transaction"),
        source_type=asked.get("source_type", "card"),
    )
    made["balance_transaction"] = booked(world, "transfer", made, cents=-cents)["id"]
    booked(world, "payment", made, cents=cents, account=payee["id"])
    world.emit("transfer.created", made)
    return made


@route("GET", "/v1/transfers/{}", params.TransferRetrieveParams)
def get_transfer(world: World, call: Call) -> Thing:
    """One transfer."""
    return world.get("transfer", call.ids[0])


@route("GET", "/v1/transfers", params.TransferListParams)
def list_transfers(world: World, call: Call) -> Thing:
    """By group or destination, newest first."""
    asked = {n: call.params[n] for n in ("transfer_group", "destination") if n in call.params}
    found = [
        transfer
        for transfer in world.of("transfer")
        if all(transfer[name] == value for name, value in asked.items())
    ]
    return world.page(found, call, url="/v1/transfers")


@route("POST", "/v1/transfers/{}/reversals", params.TransferReversalCreateParams)
def reverse(world: World, call: Call) -> Thing:
    """Take a transfer back, as far as the payee still has it."""
    transfer = world.get("transfer", call.ids[0])
    left = transfer["amount"] - transfer["amount_reversed"]
    cents = call.params.get("amount", left)
    if cents > left or cents < 1:
        raise Refusal(
            f"Reversal amount ({cents}) is greater than unreversed amount on transfer ({left})",
            param="amount",
        )
    require(world, cents, transfer["currency"], transfer["destination"])
    transfer["amount_reversed"] += cents
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    made = world.make(
        "trr",
        "transfer_reversal",
        amount=cents,
        currency=transfer["currency"],
        transfer=transfer["id"],
        metadata=call.params.get("metadata", {}),
    )
    booked(world, "transfer_refund", made, cents=cents)
    booked(world, "payment_refund", made, cents=-cents, account=transfer["destination"])
    world.emit("transfer.reversed", transfer)
    return made


@route("POST", "/v1/payouts", params.PayoutCreateParams)
def create_payout(world: World, call: Call) -> Thing:
    """To the bank: it arrives after two days, or comes back."""
    cents = positive(call)
    require(world, cents, call.params["currency"], call.account)
    made = world.make(
        *("po", "payout"),
        account=call.account,
        amount=cents,
        currency=call.params["currency"],
        status="pending",
        failure_code=None,
        failure_message=None,
        arrival_date=world.now + 2 * DAY,
        metadata=call.params.get("metadata", {}),
    )
    booked(world, "payout", made, cents=-cents, account=call.account)
    world.emit("payout.created", made, account=call.account)
    world.later(2 * DAY, lambda: arrive(world, made))
    return made


def arrive(world: World, payout: Thing) -> None:
    """The bank took it, or sent it back."""
    account = payout["_account"]
    if payout["status"] == "failed":
        return
    payout["status"] = "paid"
    world.emit("payout.paid", payout, account=account)


def bounce(world: World, payout: Thing, code: str = "account_closed") -> None:
    """The bank sent it back, days later: the payee's balance has it again."""
    account = payout["_account"]
    payout.update(status="failed", failure_code=code, failure_message="The bank account is closed.")
    booked(world, "payout_failure", payout, cents=payout["amount"], account=account)
    world.emit("payout.failed", payout, account=account)


@route("GET", "/v1/payouts/{}", params.PayoutRetrieveParams)
def get_payout(world: World, call: Call) -> Thing:
    """One payout."""
    return world.get("payout", call.ids[0], account=call.account)


@route("GET", "/v1/payouts", params.PayoutListParams)
def list_payouts(world: World, call: Call) -> Thing:
    """An account's payouts."""
    return world.page(world.of("payout", account=call.account), call, url="/v1/payouts")
