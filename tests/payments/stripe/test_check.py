"""`manage.py check_stripe` finds what is not as it must be, and leaves nothing behind."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from payments.gateway import stripe_checks
from payments.gateway.stripe_events import KINDS
from payments.models import Payee
from tests.payments.stripe.paying_in import held_by_stripe
from tests.stripe_gateway import a_payee
from tests.stripe_server.idempotency import Keys

ADDRESS = settings.MANYHANDS_BASE_URL + stripe_checks.WEBHOOK_PATH


@pytest.fixture
def ready(live):
    """An account as docs/operate.md says to set it up, with a worker who is."""
    live.hands.tops_up(100_00)
    for _both in ("its own", "connected accounts'"):
        live.client().webhook_endpoints.create({"url": ADDRESS, "enabled_events": list(KINDS)})
    a_payee(live, "AWORKER")
    with override_settings(STRIPE_WEBHOOK_SECRETS=["whsec_own", "whsec_connect"]):
        yield live


def check():
    """What is printed; "failed" at its end when the command ends with an error."""
    out = StringIO()
    try:
        call_command("check_stripe", stdout=out, stderr=out)
    except SystemExit as error:
        return f"{out.getvalue()}failed" if error.code == 1 else "left"
    return out.getvalue()


def outcome_of(question):
    return next(one for one in stripe_checks.outcomes() if question in one.question)


def test_all_checks_pass_and_leave_nothing_behind(ready):
    before = held_by_stripe(ready)
    printed = check()
    assert printed.count("ok     ") == len(stripe_checks.CHECKS)
    assert "Nothing failed." in printed
    fees = sum(line["fee"] for line in ready.world.of("balance_transaction"))
    assert fees > 0, "for the payment that was given back"
    assert held_by_stripe(ready) == before - fees
    assert {page["status"] for page in ready.world.of("checkout.session")} == {"expired"}
    assert sum(not account.get("_is_gone") for account in ready.world.of("account")) == 1
    assert all(customer["_is_gone"] for customer in ready.world.of("customer"))
    reserved, paid = sorted(ready.world.of("payment_intent"), key=lambda one: one["status"])
    assert (reserved["status"], paid["status"]) == ("canceled", "succeeded")
    (charge,) = ready.world.of("charge")
    assert (charge["amount_refunded"], len(ready.world.of("refund"))) == (100, 1)


def test_a_charge_that_is_not_found_fails_and_a_live_key_is_not_tried(ready, monkeypatch):
    nothing = {"object": "list", "data": [], "has_more": False}
    monkeypatch.setattr(ready.world, "page", lambda *_a, **_k: nothing)
    assert "isn't found by its customer" in outcome_of("saved card").words
    assert "isn't found by its payment" in outcome_of("given back").words
    with override_settings(STRIPE_SECRET_KEY="sk_live_real"):
        assert outcome_of("saved card").verdict == "skipped"


def test_an_account_of_another_currency_fails(ready):
    ready.world.platform_currency = "eur"
    assert "currency is EUR" in outcome_of("account ready").words
    assert check().endswith("failed")


def test_a_balance_that_stripe_pays_out_by_itself_fails(ready):
    ready.world.payout_interval = "daily"
    assert "set payouts to manual" in outcome_of("where it is").words


def test_books_are_read_for_reconciliation_or_it_says_why_not(live):
    assert "no lines yet" in outcome_of("its transactions").words
    live.hands.tops_up(1_50)
    assert "$1.50 available and $0.00 pending" in outcome_of("its transactions").words
    live.faults.next("lost_before", path="/v1/balance_transactions")
    assert outcome_of("its transactions").words.startswith("Reconciliation needs them.")


def test_events_are_asked_for_as_the_hourly_job_does_or_it_says_why_not(live):
    check = stripe_checks.CHECKS["Can missed events be asked for?"]
    assert check() == "0 in the last two hours"
    for kind in ("transfer.created", "payout.failed"):  # of the first question, and of the last
        live.world.emit(kind, {"id": "it", "object": "thing"})
    assert check() == "2 in the last two hours"
    live.faults.next("refused", path="/v1/events")
    assert outcome_of("missed events").words.startswith("The hourly question for them fails.")


def test_an_endpoint_that_is_missing_deaf_or_has_no_secret_fails(live):
    assert "No enabled endpoint" in outcome_of("events find").words
    make = live.client().webhook_endpoints.create
    make({"url": ADDRESS, "enabled_events": ["transfer.created"]})
    assert "It takes two" in outcome_of("events find").words
    make({"url": ADDRESS, "enabled_events": ["transfer.created"]})
    assert "account.updated" in outcome_of("events find").words
    make({"url": ADDRESS, "enabled_events": ["*"]})
    assert "each has a secret of its own" in outcome_of("events find").words
    with override_settings(STRIPE_WEBHOOK_SECRETS=["one", "two", "three"]):
        assert outcome_of("events find").verdict == "passed"


def test_a_transfer_that_can_not_be_tried_is_skipped_and_says_why(live):
    assert outcome_of("transfer").words.startswith("Nobody has set up payouts yet")
    a_payee(live, "AWORKER")
    skipped = outcome_of("transfer")
    assert (skipped.verdict, skipped.words.split(":")[0]) == (
        "skipped",
        "Nothing is available at Stripe",
    )


def test_an_account_that_is_not_activated_fails(ready):
    ready.bent["GET /v1/account"] = {"charges_enabled": False}
    assert "finish its activation" in outcome_of("account ready").words


def test_a_page_that_leads_nowhere_fails_and_is_closed(ready):
    ready.bent["POST /v1/checkout/sessions"] = {"url": None}
    assert outcome_of("open a page").verdict == "failed"
    assert {page["status"] for page in ready.world.of("checkout.session")} == {"expired"}


class Forgetful(Keys):
    """Knows no key a second time."""

    def claim(self, key, path, params, now):
        self.kept.clear()
        return super().claim(key, path, params, now)


def test_a_service_that_knows_no_idempotency_keys_fails(ready):
    ready.keys = Forgetful()
    assert "would happen twice" in outcome_of("repeated").words
    assert "was taken" in outcome_of("refused for something else").words


def test_a_transfer_that_is_refused_or_can_not_be_found_again_fails(ready):
    ready.bent["GET /v1/transfers"] = {"data": []}
    assert "could not be made up" in outcome_of("transfer").words
    ready.hands.is_refused(Payee.objects.get().reference)
    refused = outcome_of("transfer")
    assert (refused.verdict, refused.words.split(":")[0]) == ("failed", "Stripe answered")


def test_a_key_that_is_refused_fails_each_check_in_stripes_words(live):
    with override_settings(STRIPE_SECRET_KEY="sk_test_another"):
        found = list(stripe_checks.outcomes())
    assert "failed" in {one.verdict for one in found}
    assert outcome_of("account ready").verdict == "passed"
    assert any("Invalid API Key" in one.words for one in found)


def test_a_live_key_is_refused_without_the_word_and_none_at_all():
    for key in ("sk_live_real", ""):
        with override_settings(STRIPE_SECRET_KEY=key), pytest.raises(CommandError):
            call_command("check_stripe")
