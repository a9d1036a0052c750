"""What Stripe's answers mean for money that may have moved."""

import pytest

from payments.gateway import GatewayError
from payments.gateway.stripe_client import asked


def test_a_declined_card_is_a_refusal_for_good_in_the_banks_words(live):
    library = live.client()
    customer = library.customers.create({"email": "a@x.test"}).id
    saving = {"mode": "setup", "customer": customer, "currency": "usd"}
    page = library.checkout.sessions.create({**saving, "success_url": "https://x.test/"})
    card = live.hands.saves_a_method(page.id, outcome="fails")
    given = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": card}
    with pytest.raises(GatewayError, match="declined"):
        asked(lambda: library.payment_intents.create({**given, "confirm": True}))
