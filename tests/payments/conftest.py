"""Payers at both gateways."""

import pytest

from tests.stripe_server import StripeServer


@pytest.fixture(params=["play", "stripe"])
def wallet(request, clock, db):
    """Each test runs with play money's gateway, and with Stripe's before the stand-in."""
    from tests.payments.wallets import PlayWallet, StripeWallet
    from tests.stripe_gateway import leads_to

    if request.param == "play":
        yield PlayWallet()
        return
    with StripeServer(now=lambda: clock.now) as server, leads_to(server):
        yield StripeWallet(server)
