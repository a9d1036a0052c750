"""A Stripe to speak to, on the test's clock, and the settings that lead there."""

import pytest
import stripe

from tests.stripe_server import SECRET_KEY, StripeServer


@pytest.fixture
def there(clock):
    """A stand-in whose clock is the test's."""
    with StripeServer(now=lambda: clock.now) as server:
        yield server


@pytest.fixture
def client(there):
    """The library as it comes, with its own retries off."""
    addresses = {"api": there.url}
    return stripe.StripeClient(SECRET_KEY, base_addresses=addresses, max_network_retries=0).v1
