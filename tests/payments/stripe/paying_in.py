"""Requesters who have paid in through Stripe."""

from payments import jobs, queries
from payments.actions.make_deposit import make_deposit
from payments.gateway.deposits import settle_deposit


def paid_in(live, lab, clock, cents, *, by="card", **more):
    """A deposit that Stripe has the money of."""
    given = {"by": lab.by, "user": lab.user, "amount_cents": cents, "currency": "USD"}
    deposit = make_deposit(**given, **more, at=clock.now)
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    live.hands.pays(deposit.gateway_reference, by=by)
    if by != "card":
        clock.forward(days=5)
    settle_deposit(deposit_id=deposit.pk, at=clock.now)
    deposit.refresh_from_db()
    assert deposit.status == "settled"
    return deposit


def balance(lab, kind="requester"):
    return queries.balance_of(kind, lab.requester.public_id, "USD")


def told(live, clock):
    """What Stripe has to tell arrives, by the poll, and is looked at."""
    clock.forward(minutes=5)
    jobs.poll_gateway_events()
    jobs.process_gateway_events()


def held_by_stripe(live):
    funds = live.client().balance.retrieve()
    return funds.available[0].amount + funds.pending[0].amount
