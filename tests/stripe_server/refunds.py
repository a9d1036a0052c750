"""Money that goes back to who paid: refunds, and disputes that the payer's bank opens."""

from stripe import params

from tests.stripe_server.balance import available, booked
from tests.stripe_server.refusal import Refusal
from tests.stripe_server.routes import route
from tests.stripe_server.world import Call, Thing, World

DISPUTE_FEE = 1500
TRIES_AGAIN = 600
"""Seconds until a refund is tried again that the balance did not cover."""


@route("POST", "/v1/refunds", params.RefundCreateParams)
def create_refund(world: World, call: Call) -> Thing:
    """All of a charge or a part of it, to the method that paid. Fees stay with Stripe. What the
    balance doesn't cover waits (docs.stripe.com/changelog/basil/2025-04-30/refund-pending-reason).
    """
    asked = call.params
    if "payment_intent" in asked:
        intent = world.get("payment_intent", asked["payment_intent"], param="payment_intent")
        charge_id = intent["latest_charge"] or ""
    else:
        charge_id = asked.get("charge", "")
    charge = world.get("charge", charge_id, param="charge")
    left = charge["amount"] - charge["amount_refunded"]
    cents = asked.get("amount", left)
    if left == 0:
        raise Refusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if charge["disputed"]:
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if not 1 <= cents <= left:
        raise Refusal(
            f"Refund amount (${cents / 100:.2f}) is greater than unrefunded amount on charge "
            f"(${left / 100:.2f})",
            param="amount",
        )
    charge["amount_refunded"] += cents
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    made = world.make(
        *("re", "refund"),
        amount=cents,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        metadata=asked.get("metadata", {}),
        reason=asked.get("reason"),
        status="pending",
        pending_reason="insufficient_funds",
        balance_transaction=None,
        failure_reason=None,
    )
    _carry_out(world, made)
    world.emit("refund.created", made)
    world.emit("charge.refunded", charge)
    return made


def _carry_out(world: World, refund: Thing) -> None:
    """Now, or once the balance covers it."""
    if refund["status"] != "pending":
        return
    if available(world, refund["currency"]) < refund["amount"]:
        world.later(TRIES_AGAIN, lambda: _carry_out(world, refund))
        return
    is_card = world.things[refund["charge"]]["payment_method_details"]["type"] == "card"
    kind = "refund" if is_card else "payment_refund"
    line = booked(world, kind, refund, cents=-refund["amount"])
    refund.update(status="succeeded", pending_reason=None, balance_transaction=line["id"])
    world.emit("refund.updated", refund)


def fail(world: World, refund: Thing, reason: str = "expired_or_canceled_card") -> None:
    """The payer's bank did not take it: the money is the platform's again, if it had left."""
    refund.update(status="failed", failure_reason=reason)
    if refund["balance_transaction"]:
        booked(world, "refund_failure", refund, cents=refund["amount"])
    world.emit("refund.failed", refund)


@route("GET", "/v1/refunds/{}", params.RefundRetrieveParams)
def get_refund(world: World, call: Call) -> Thing:
    """One refund."""
    return world.get("refund", call.ids[0])


@route("GET", "/v1/refunds", params.RefundListParams)
def list_refunds(world: World, call: Call) -> Thing:
    """Refunds of a charge or intent."""
    asked = {n: call.params[n] for n in ("charge", "payment_intent") if n in call.params}
    found = [r for r in world.of("refund") if all(r[n] == v for n, v in asked.items())]
    return world.page(found, call, url="/v1/refunds")


@route("GET", "/v1/charges/{}", params.ChargeRetrieveParams)
def get_charge(world: World, call: Call) -> Thing:
    """One charge."""
    return world.get("charge", call.ids[0])


INQUIRY = "warning_"
"""How the status of a dispute begins by which a bank only asks: nothing is withdrawn, and the
payment can be refunded (docs.stripe.com/disputes/how-disputes-work)."""


def open_dispute(world: World, charge: Thing, reason: str, status: str) -> Thing:
    """The payer's bank takes the money back at once, and a fee with it; or it only asks. One of a
    bank debit is `lost` from the first, without appeal: also where the debit comes back after it
    has succeeded (docs.stripe.com/payments/ach-direct-debit)."""
    made = world.make(
        *("du", "dispute"),
        amount=charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=status,
        balance_transactions=[],
    )
    if status.startswith(INQUIRY):
        world.emit("charge.dispute.created", made)
        return made
    _withdraw(world, made)
    if charge["payment_method_details"]["type"] == "us_bank_account":
        # "It invalidates the mandate associated with the payment method and you can't reuse it."
        world.things[charge["payment_method"]]["_has_mandate"] = False
    world.emit("charge.dispute.created", made)
    world.emit("charge.dispute.funds_withdrawn", made)
    if status == "lost":
        world.emit("charge.dispute.closed", made)
    return made


def escalate(world: World, dispute: Thing) -> None:
    """The bank that asked takes the money back now: the same dispute goes on."""
    dispute["status"] = "needs_response"
    _withdraw(world, dispute)
    world.emit("charge.dispute.updated", dispute)
    world.emit("charge.dispute.funds_withdrawn", dispute)


def _withdraw(world: World, dispute: Thing) -> None:
    world.things[dispute["charge"]]["disputed"] = True
    for refund in world.of("refund"):
        if refund["charge"] == dispute["charge"] and refund["status"] == "pending":
            fail(world, refund, "charge_for_pending_refund_disputed")
    cents, fee = -dispute["amount"], DISPUTE_FEE
    taken = booked(world, "adjustment", dispute, cents=cents, fee=fee, category="dispute")
    dispute["balance_transactions"].append(taken)


def close_dispute(world: World, dispute: Thing, status: str) -> None:
    """`won` brings the money back; `lost` leaves it where it went; `warning_closed` ends one that
    took nothing."""
    dispute["status"] = status
    if status == "won":
        back = booked(
            *(world, "adjustment", dispute), cents=dispute["amount"], category="dispute_reversal"
        )
        dispute["balance_transactions"].append(back)
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)


@route("GET", "/v1/disputes/{}", params.DisputeRetrieveParams)
def get_dispute(world: World, call: Call) -> Thing:
    """One dispute."""
    return world.get("dispute", call.ids[0])
