"""A stand-in for Stripe's servers, for tests: the real `stripe` library speaks to it over HTTP.

It keeps Stripe's rules for what the marketplace uses, and remembers. What it can't show is
Stripe's own behaviour: it was written from Stripe's documentation and from the types in the
installed library, and nobody has compared it with the real thing.

    with StripeServer(now=clock.now) as there:
        client = stripe.StripeClient(KEY, base_addresses={"api": there.url})
        there.hands.pays(session_id)          what a person does on Stripe's pages
        there.faults.next("lost_after")       what goes wrong with the next call
"""

from tests.stripe_server.server import SECRET_KEY, StripeServer

__all__ = ["SECRET_KEY", "StripeServer"]
