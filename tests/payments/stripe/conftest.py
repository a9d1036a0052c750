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
def live(there, db, monkeypatch):
    """Live money goes to the stand-in. No page is asked for twice."""
    from payments.gateway import stripe_client
    from tests.stripe_gateway import leads_to

    monkeypatch.setattr(stripe_client, "PAUSES", ())
    with leads_to(there):
        yield there


@pytest.fixture
def lab(live, clock):
    """A requester that has paid nothing in."""
    from tests import world

    return world.a_lab(cents=0)


@pytest.fixture
def paid(live, lab, clock):
    """A lab paid $100 in by card, three days ago; a worker has $5 of it, and is ready."""
    from tests.payments.stripe.comparing import WORKER, rewarded
    from tests.payments.stripe.paying_in import paid_in
    from tests.stripe_gateway import a_payee

    paid_in(live, lab, clock, 100_00)
    clock.forward(days=3)
    rewarded(lab, clock, 5_00)
    a_payee(live, WORKER)
    return lab


@pytest.fixture
def staff(db):
    """Who looks after the marketplace."""
    from tests import world

    return world.a_user("staff@desk.test", is_staff=True)
