"""Stripe's own payouts to workers' banks, which may come back days later."""

import pytest

from marketplace.models import OutboxMessage
from payments import jobs as payment_jobs
from payments.actions.note_bounce import note_bounce
from payments.gateway.onboarding import check_payee, hear_of_bank_payout
from payments.models import GatewayEvent, Payee, Transfer
from tests import world
from tests.payments.stripe.test_webhooks import hooks  # noqa: F401 - a fixture
from tests.stripe_gateway import a_payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(live, settings):
    settings.MANYHANDS_BASE_URL, settings.MANYHANDS_SITE_NAME = "https://hands.test", "Hands"
    return world.a_worker("wanda")


@pytest.fixture
def payee(live, worker):
    return a_payee(live, worker.public_id)


def paid_to_the_bank(live, account):
    live.hands.tops_up(500)
    client = live.client()
    client.transfers.create({"amount": 500, "currency": "usd", "destination": account})
    given = {"amount": 500, "currency": "usd"}
    return client.payouts.create(given, {"stripe_account": account}).id


def test_what_the_bank_sent_back_is_the_payees_problem_and_a_letter(
    live,
    worker,
    payee,
    clock,
    hooks,  # noqa: F811
):
    Payee.objects.update(return_path="/work/account/")
    other = a_payee(live, "AOTHER")
    payout = paid_to_the_bank(live, payee.reference)
    clock.forward(days=3)
    live.hands.payout_comes_back(payout)
    hooks.deliver()
    payment_jobs.process_gateway_events()
    payee.refresh_from_db()
    text = (
        "Your bank sent back what Stripe had paid to it: The bank account is closed. The money is "
        "on your balance at Stripe. Name another bank account there, or put this one right; "
        "Stripe pays it out again."
    )
    assert (payee.problem, payee.checked_at) == (text, clock.now)
    other.refresh_from_db()
    assert other.problem == ""
    (letter,) = OutboxMessage.objects.all()
    assert (letter.kind, letter.key) == ("email", f"payout-bounced:{payout}")
    assert letter.payload == {
        "to": worker.user.email,
        "subject": "Hands: your bank sent a payout back",
        "text": f"{text}\n\nhttps://hands.test/work/account/\n",
    }
    assert not Transfer.objects.exists()
    hear_of_bank_payout(payee_id=payee.pk, bank_payout=payout, at=clock.now)
    assert OutboxMessage.objects.count() == 1
    live.hands.onboards(payee.reference, fingerprint="bank-2")
    clock.forward(minutes=1)
    check_payee(payee_id=payee.pk, at=clock.now)
    payee.refresh_from_db()
    assert payee.problem == "", "it was one of the bank account before"


def test_one_that_arrived_is_no_problem_and_one_without_words_is(live, payee, clock):
    payout = paid_to_the_bank(live, payee.reference)
    hear_of_bank_payout(payee_id=payee.pk, bank_payout=payout, at=clock.now)
    payee.refresh_from_db()
    assert payee.problem == ""
    live.hands.payout_comes_back(payout)
    live.world.things[payout]["failure_message"] = None
    hear_of_bank_payout(payee_id=payee.pk, bank_payout=payout, at=clock.now)
    payee.refresh_from_db()
    assert "paid to it: It does not say why. The money" in payee.problem


def test_the_operators_own_payouts_are_nobodys(live, payee, clock):
    GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_1", kind="payout.failed", object_id="po_1",
        happened_at=clock.now, received_at=clock.now, due_at=clock.now,
    )  # fmt: skip
    payment_jobs.process_gateway_events()
    event = GatewayEvent.objects.get()
    assert (event.processed_at, event.problem) == (clock.now, "")


def test_a_problem_of_many_words_is_cut_short(payee, clock):
    kept = note_bounce(payee_id=payee.pk, bank_payout="po_1", words="?" * 400, at=clock.now)
    assert len(kept.problem) == 300
