"""What an account has: its balance transactions, and what they add up to."""

from stripe import params

from tests.stripe_server.refusal import Refusal
from tests.stripe_server.routes import route
from tests.stripe_server.world import ACCOUNT, Call, Thing, World

DAY = 86_400
CARD_DAYS = 2
"""How long a card's money is pending before it is available."""

CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "reserved_funds": "risk_reserved_funds",
    "reserve_transaction": "connect_reserved_funds",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "tax",
    "transfer_refund": "transfer_reversal",
}
"""What Stripe files a type under, where it is not the type's own name:
docs.stripe.com/reports/reporting-categories."""


def booked(
    world: World,
    kind: str,
    source: Thing | None,
    *,
    cents: int,
    fee: int = 0,
    account: str = ACCOUNT,
    available_in: int = 0,
    category: str = "",
    currency: str = "usd",
) -> Thing:
    """Write one balance transaction; `cents` is negative for money out, `available_in` seconds.
    Costs of Stripe's own have no source."""
    made = world.make(
        "txn",
        "balance_transaction",
        account=account,
        amount=cents,
        fee=fee,
        net=cents - fee,
        currency=source["currency"] if source else currency,
        type=kind,
        reporting_category=category or CATEGORIES.get(kind, kind),
        source=source["id"] if source else None,
        balance_type="payments",
        description=None,
        exchange_rate=None,
        fee_details=_details(fee, source["currency"] if source else currency),
        available_on=world.now + available_in,
        status="pending" if available_in else "available",
    )
    world.funds[account, made["currency"], made["status"]] += made["net"]
    if available_in:
        world.later(available_in, lambda: _release(world, made))
    return made


def _details(fee: int, currency: str) -> list[Thing]:
    what = {"amount": fee, "currency": currency, "application": None, "type": "stripe_fee"}
    return [{**what, "description": "Stripe processing fees"}] if fee else []


def _release(world: World, txn: Thing) -> None:
    for status, net in (("pending", -txn["net"]), ("available", txn["net"])):
        world.funds[txn["_account"], txn["currency"], status] += net
    txn["status"] = "available"


def available(world: World, currency: str, account: str = ACCOUNT) -> int:
    """What can be sent on, in cents."""
    return world.funds[account, currency, "available"]


def require(world: World, cents: int, currency: str, account: str = ACCOUNT) -> None:
    """Refuse what is more than what is available. Stripe keeps this answer under its key."""
    if available(world, currency, account) < cents:
        raise Refusal(
            "You have insufficient available funds in your Stripe account. Try adding funds "
            "directly to your available balance by creating Charges using the 4000000000000077 "
            "test card. You can use the the /v1/balance endpoint to view your Stripe balance (for "
            "more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )


@route("GET", "/v1/balance", params.BalanceRetrieveParams)
def balance(world: World, call: Call) -> Thing:
    """Available and pending, by currency."""
    known = {currency for account, currency, _ in world.funds if account == call.account}
    answer: Thing = {"object": "balance", "livemode": False, "available": [], "pending": []}
    for currency in sorted(known | {"usd"}):
        for status in ("available", "pending"):
            cents = world.funds[call.account, currency, status]
            answer[status].append({"amount": cents, "currency": currency})
    return answer


@route("GET", "/v1/balance_transactions", params.BalanceTransactionListParams)
def balance_transactions(world: World, call: Call) -> Thing:
    """The movements, newest first."""
    asked = {
        name: call.params[name]
        for name in ("type", "source", "currency", "payout")
        if name in call.params
    }
    found = [
        txn
        for txn in world.of("balance_transaction", account=call.account)
        if all(txn.get(name) == value for name, value in asked.items())
    ]
    return world.page(found, call, url="/v1/balance_transactions")


@route("GET", "/v1/balance_transactions/{}", params.BalanceTransactionRetrieveParams)
def balance_transaction(world: World, call: Call) -> Thing:
    """One movement."""
    return world.get("balance_transaction", call.ids[0], account=call.account)
