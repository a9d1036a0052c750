"""Which of a worker's bank accounts at Stripe is the one that payouts go to."""

from datetime import timedelta

import pytest

from tests.payments.stripe.test_onboarding import checked, onboarded

pytestmark = pytest.mark.django_db


def bank(fingerprint, currency="usd", *, is_default=True):
    return {
        "id": f"ba_{fingerprint}", "object": "bank_account", "fingerprint": fingerprint,
        "last4": fingerprint[-4:], "currency": currency, "default_for_currency": is_default,
    }  # fmt: skip


def has(live, payee, *banks, currency="usd"):
    account = live.world.things[payee.reference]
    account["external_accounts"]["data"] = list(banks)
    account["default_currency"] = currency


@pytest.mark.parametrize(
    ("currency", "banks", "used"),
    [
        ("usd", [bank("euro", "eur"), bank("gbp1", "gbp"), bank("ours")], "ours"),
        ("eur", [bank("gbp1", "gbp"), bank("euro", "eur"), bank("ours")], "ours"),
        ("eur", [bank("gbp1", "gbp"), bank("euro", "eur")], "euro"),
        ("usd", [bank("old1", is_default=False), bank("ours")], "ours"),
        ("usd", [bank("only", is_default=False), bank("more", is_default=False)], "only"),
        ("chf", [bank("gbp1", "gbp"), bank("euro", "eur")], "gbp1"),
    ],
)
def test_the_one_of_our_currency_or_else_of_the_accounts_own(live, clock, currency, banks, used):
    payee = onboarded(live, clock)
    has(live, payee, *banks, currency=currency)
    checked(payee, clock)
    assert (payee.fingerprint, payee.bank_hint) == (used, used)


def test_an_account_that_tells_no_currency_of_its_own_has_its_first(live, clock):
    payee = onboarded(live, clock)
    has(live, payee, bank("gbp1", "gbp"), bank("euro", "eur"))
    del live.world.things[payee.reference]["default_currency"]
    checked(payee, clock)
    assert (payee.fingerprint, payee.bank_hint) == ("gbp1", "gbp1")


def test_without_a_bank_account_none_is_shown(live, clock):
    payee = onboarded(live, clock, bank="bank-1")
    has(live, payee)
    checked(payee, clock)
    assert (payee.fingerprint, payee.bank_hint) == ("bank-1", "")


def test_a_change_of_the_one_that_is_used_delays_payouts_and_of_another_does_not(live, clock):
    payee = onboarded(live, clock, bank="mine")
    has(live, payee, bank("euro", "eur"), bank("mine"))
    assert checked(payee, clock).held_until() is None
    has(live, payee, bank("more", "eur"), bank("mine"))
    assert checked(payee, clock).held_until() is None
    has(live, payee, bank("more", "eur"), bank("else"))
    assert checked(payee, clock).held_until() == clock.now + timedelta(hours=48)


def test_two_workers_who_are_paid_to_one_bank_account_are_one(live, clock):
    onboarded(live, clock, bank="ours")
    second = onboarded(live, clock, "AOTHER", bank="else")
    has(live, second, bank("euro", "eur"), bank("ours"))
    assert checked(second, clock).is_duplicate
