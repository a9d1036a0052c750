"""What workers are told by letter about their payouts, word by word."""

import pytest

from marketplace.models import OutboxMessage
from payments.actions.advance_payout import finish_payout, take_payout
from payments.actions.record_payee import PayeeState, record_payee
from payments.actions.request_payout import request_payout
from payments.models import Payee
from tests import world
from tests.payments.earning import earn

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(db, settings):
    settings.MANYHANDS_BASE_URL, settings.MANYHANDS_SITE_NAME = "https://hands.test", "Hands"
    world.a_worker("otto")
    return world.a_worker("wanda")


@pytest.fixture
def payee(worker, clock, settings):
    settings.MANYHANDS_GATEWAY = "stripe"
    return Payee.objects.create(
        holder=worker.public_id, gateway="stripe", reference="acct_1", country="US",
        is_submitted=True, is_ready=True, fingerprint="bank-1", return_path="/work/account/",
        created_at=clock.now,
    )  # fmt: skip


def ended(worker, clock, currency="USD", **said):
    earn(clock, worker.public_id, 500, currency)
    payout = request_payout(worker=worker.public_id, currency=currency, at=clock.now)
    taken = take_payout(payout_id=payout.pk, at=clock.now)
    return finish_payout(payout=taken, at=clock.now, **said)


def test_a_worker_is_told_of_a_payout_that_failed_and_of_no_other(worker, payee, clock):
    payout = ended(worker, clock, failure="The account is closed.")
    (letter,) = OutboxMessage.objects.all()
    assert (letter.kind, letter.key) == ("email", f"payout-failed:{payout.public_id}")
    assert (letter.created_at, letter.due_at) == (clock.now, clock.now)
    assert letter.payload == {
        "to": worker.user.email,
        "subject": "Hands: a payout did not go through",
        "text": (
            "$5.00 could not be sent, and the money is yours again. The reason: The account is "
            "closed.\n\nPut that right where payouts are set up, and ask for the payout again. "
            "Where you have chosen a schedule, it is asked for by itself.\n\n"
            "https://hands.test/work/account/\n"
        ),
    }
    finish_payout(payout=payout, at=clock.now, failure="Again.")
    clock.forward(days=1)
    ended(worker, clock, reference="tr_1")
    assert OutboxMessage.objects.count() == 1


def test_one_without_a_payee_is_told_too_and_nobody_of_the_sandbox(worker, clock):
    ended(worker, clock, currency="XTS", failure="No.")
    assert not OutboxMessage.objects.exists()
    ended(worker, clock, failure="No.")
    assert OutboxMessage.objects.get().payload["text"].endswith("\n\nhttps://hands.test\n")


@pytest.mark.parametrize(("hint", "digits"), [("6789", " It ends in 6789 now."), ("", "")])
def test_a_worker_is_told_of_each_change_of_bank_account(worker, payee, clock, hint, digits):
    def says(fingerprint):
        said = PayeeState(is_submitted=True, is_ready=True, fingerprint=fingerprint, bank_hint=hint)
        record_payee(
            payee_id=payee.pk, reference=payee.reference, said=said, asked_at=clock.now,
            at=clock.now,
        )  # fmt: skip

    says("bank-1")
    assert not OutboxMessage.objects.exists()
    for fingerprint in ("bank-2", "bank-2", "bank-1", "bank-2"):
        clock.forward(minutes=1)
        says(fingerprint)
    assert OutboxMessage.objects.count() == 3
    letter = OutboxMessage.objects.latest("pk")
    assert letter.key == f"payee-changed:{payee.public_id}:{clock.now.isoformat()}"
    assert (letter.kind, letter.created_at) == ("email", clock.now)
    payee.refresh_from_db()
    assert letter.payload == {
        "to": worker.user.email,
        "subject": "Hands: the bank account for your payouts was changed",
        "text": (
            f"The bank account that your payouts go to was changed.{digits} Payouts wait for 48 "
            f"hours, until {payee.held_until():%Y-%m-%d %H:%M} (UTC).\n\nIf it wasn't you: change "
            "your password here and at Stripe, set your own bank account again, and write to the "
            "operator now.\n\nhttps://hands.test/work/account/\n"
        ),
    }
