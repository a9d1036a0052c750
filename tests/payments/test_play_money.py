"""Play money keeps a real gateway's promises: once per key, found again, refused if misused."""

from dataclasses import replace

import pytest

from payments.gateway import DepositOrder, GatewayError, PayoutOrder, RefundOrder, gateway_named
from payments.models import PlayPayout

pytestmark = pytest.mark.django_db
PAYOUT = PayoutOrder(
    idempotency_key="payout_1",
    transfer_group="payout_1",
    destination="AWORKER",
    amount_cents=500,
    currency="XTS",
)
REFUND = RefundOrder(
    idempotency_key="refund_1_2", name="refund_1", payment="", amount_cents=500, currency="XTS"
)


@pytest.fixture
def play():
    return gateway_named("play")


def test_one_key_pays_once_and_is_answered_the_same(play):
    assert play.send_payout(PAYOUT) == play.send_payout(PAYOUT)
    sent = PlayPayout.objects.get()
    assert (sent.destination, sent.amount_cents, sent.currency) == ("AWORKER", 500, "XTS")


@pytest.mark.parametrize("change", [{"amount_cents": 501}, {"currency": "USD"}])
def test_a_key_that_was_used_for_another_payout_is_refused(play, change):
    play.send_payout(PAYOUT)
    with pytest.raises(GatewayError, match="another payout"):
        play.send_payout(replace(PAYOUT, **change))


def test_what_was_sent_is_found_by_its_name_and_what_was_not_is_not(play):
    assert play.find_payout("payout_1") is None
    assert play.find_refund(REFUND) is None
    assert play.send_payout(PAYOUT) == play.find_payout("payout_1") is not None
    assert play.send_refund(REFUND) == play.find_refund(REFUND) is not None


def test_a_charge_is_started_once_per_key_and_one_that_was_never_started_has_failed(play, clock):
    order = DepositOrder(
        idempotency_key="deposit_1", name="deposit_1", amount_cents=500, currency="USD",
        return_url="/",
    )  # fmt: skip
    first = play.charge(order)
    assert first == play.charge(order)
    asked = {"reference": first.reference, "idempotency_key": "deposit_1"}
    assert play.charge_state(**asked) == first
    unknown = play.charge_state(reference="x", idempotency_key="deposit_2")
    assert (unknown.is_settled, unknown.failure) == (False, "Unknown charge.")
