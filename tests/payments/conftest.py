"""Payers at both gateways."""

import pytest

from tests.payments.lock_rules import LockRules
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


@pytest.fixture(autouse=True)
def lock_rules(request):
    """Nothing that a test of money does breaks tests/payments/lock_rules.py."""
    marker = request.node.get_closest_marker("django_db")
    needs = {"db", *request.fixturenames} if marker else set(request.fixturenames)
    if "db" not in needs or "transactional_db" in needs or (marker and marker.kwargs):
        yield
        return
    request.getfixturevalue("db")
    with LockRules().watching() as rules:
        yield
    assert rules.broken == []
