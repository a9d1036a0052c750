"""A Stripe to speak to, on the test's clock, and the settings that lead there."""

import pytest

from tests.stripe_server import StripeServer


@pytest.fixture
def there(clock):
    """A stand-in whose clock is the test's."""
    with StripeServer(now=lambda: clock.now) as server:
        yield server


@pytest.fixture
def library(there):
    """The library as it comes, with its own retries off."""
    return there.client()


@pytest.fixture
def live(there, db):
    """Live money goes to the stand-in."""
    from tests.stripe_gateway import leads_to

    with leads_to(there):
        yield there
