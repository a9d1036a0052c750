"""Every row of the books says in a line what it is: in the admin, in logs, in a shell."""

from datetime import UTC, date, datetime

import pytest

from marketplace.accounts.models import Requester
from payments.models import (
    Account,
    Deposit,
    Dispute,
    GatewayEvent,
    GatewayPoll,
    MethodSetup,
    Payee,
    Payer,
    Payout,
    PayoutBatch,
    PayoutSettings,
    PlayCharge,
    PlayPayout,
    Refund,
    SavedMethod,
    TopUp,
    Transfer,
)

ID = "5b7d1a36-4c0d-4a8e-9a53-6d1f0d3f2b11"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Account(kind="worker", holder="AW", currency="USD"), "worker AW USD"),
        (Account(kind="clearing", currency="USD"), "clearing USD"),
        (Transfer(key="reward:3X", amount_cents=5, currency="USD"), "reward:3X 5 USD"),
        (Deposit(public_id=ID), f"deposit {ID} created"),
        (Payout(public_id=ID), f"payout {ID} held"),
        (Refund(public_id=ID), f"refund {ID} held"),
        (Dispute(reference="dp_1", status="won"), "dispute dp_1 won"),
        (MethodSetup(public_id=ID), f"setup {ID} created"),
        (SavedMethod(kind="card", brand="visa", last4="4242"), "Visa card ending 4242"),
        (Payer(requester=Requester(public_id="AR"), gateway="play"), "AR at play"),
        (TopUp(requester=Requester(public_id="AR"), is_on=True), "AR: on"),
        (TopUp(requester=Requester(public_id="AR")), "AR: off"),
        (Payee(holder="AW", gateway="stripe"), "AW at stripe"),
        (PayoutSettings(worker="AW", schedule="daily"), "AW: daily"),
        (GatewayEvent(kind="refund.failed", event_id="evt_1"), "refund.failed evt_1"),
        (
            GatewayPoll(gateway="stripe", asked_at=datetime(2026, 3, 2, 9, 5, tzinfo=UTC)),
            "stripe up to 2026-03-02 09:05",
        ),
        (PlayCharge(idempotency_key="deposit_1"), "deposit_1"),
        (PlayPayout(idempotency_key="payout_1"), "payout_1"),
    ],
)
def test_a_row_says_what_it_is(row, words):
    assert str(row) == words


def test_a_batch_is_called_after_its_kind_and_day():
    batch = PayoutBatch(kind="daily", on=date(2026, 3, 2), currency="USD")
    assert "2026-03-02" in str(batch)
