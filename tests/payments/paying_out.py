"""A worker's payout, asked for and sent, and what Stripe has of it."""

from payments.actions.request_payout import request_payout
from payments.gateway.payouts import send_payout

WORKER = "AWORKER"


def ask(clock, **changes):
    return request_payout(**{"worker": WORKER, "currency": "USD", "at": clock.now, **changes})


def send(payout, clock):
    send_payout(payout_id=payout.pk, at=clock.now)
    payout.refresh_from_db()
    return payout.status


def transfers(live):
    return [(t["amount"], t["destination"]) for t in live.world.of("transfer")]
